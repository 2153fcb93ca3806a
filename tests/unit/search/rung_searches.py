"""Searches by rungs in which trials end in any order, and what hyperband must come to whatever that order was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contract.search.engine import Fate, Group
from leadline.search import Searcher
from leadline.search.rungs.brackets import Bracket

LINE = {"x": {"kind": "uniform", "value": [0, 1]}}


def matrix(
    kind: str = "hyperband", most: int = 81, eta: float = 3, whole: bool = True, **more: Any
) -> dict[str, Any]:
    """A matrix by rungs over one parameter."""
    return {
        "kind": kind,
        "maxIterations": most,
        "eta": eta,
        "resource": {"name": "epochs", "type": "int" if whole else "float"},
        "metric": {"name": "loss", "optimization": "minimize"},
        "params": LINE,
        **more,
    }


class AnyOrder(Group):
    """``pick``: which of so many running trials ends next."""

    def __init__(self, searcher: Searcher, parallel: int, fate: Fate, pick: Callable[[int], int]) -> None:
        super().__init__(searcher, parallel, fate)
        self.pick = pick

    def finish(self) -> None:
        """End the one picked."""
        self.running.insert(0, self.running.pop(self.pick(len(self.running))))
        super().finish()


def expected_promotions(bracket: Bracket, fate: Fate) -> set[tuple[int, float | int]]:
    """(trial, resource) of every promotion of a bracket, by the book: one rung after the other."""
    found = set()
    here = list(bracket.numbers)
    for size, amount in list(zip(bracket.sizes, bracket.amounts, strict=True))[1:]:
        results = {number: fate(number, {}) for number in here}
        good = [n for n, (outcome, value) in results.items() if outcome == "succeeded" and value is not None]
        here = sorted(good, key=lambda n: (results[n][1], n))[:size]
        found |= {(number, amount) for number in here}
    return found
