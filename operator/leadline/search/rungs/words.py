"""What is told of a trial at a rung: the same words for who goes on and for who is stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.search.interface import Promote
from leadline.search.rungs.ladder import Ladder
from leadline.search.rungs.resources import Resource


def place_at(rank: int, count: int, at: str) -> str:
    """``place 2 of the 9 results at epochs=3 so far``"""
    return f"{'the only result' if count == 1 else f'place {rank} of the {count} results'} at {at} so far"


def best_go_on(best: int) -> str:
    """``of which the best 3 go on``"""
    return f"of which the best {best} {'goes' if best == 1 else 'go'} on"


def certain_of(places: int) -> str:
    """``certain to be one of the 3 that go on``"""
    return f"certain to be {'the one that goes' if places == 1 else f'one of the {places} that go'} on"


def promotion(
    trial: int, rung: int, rank: int, ladder: Ladder, resource: Resource, origin: Mapping[str, Any], why: str
) -> Promote:
    """From ``rung`` to the next one. origin: what else is told of where it comes from; why: what follows its place."""
    count, amounts = ladder.count(rung), ladder.amounts
    return Promote(
        trial,
        amounts[rung + 1],
        {**origin, "rung": rung + 1, "place": rank, "of": count},
        last=rung + 2 == len(amounts),
        message=f"{place_at(rank, count, resource.told(amounts[rung]))}, {why}",
    )
