"""What earlier searches came to, as far as it says something about this one's space; and why the rest was left out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from leadline.problems import errors
from leadline.search.history import comparable, order
from leadline.search.interface import Completed, Params
from leadline.search.space.fit import MisfitError, fit
from leadline.search.space.lookup import canonical
from leadline.search.space.parse import parse_space
from leadline.search.space.space import Space

MOST_BYTES: Final = 32_768
"""Of all results together, as JSON: they are kept in the status of the group, which is written often."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier search. matrix: None where there is none of this name. results: in their order."""

    name: str
    matrix: Mapping[str, Any] | None = None
    results: tuple[Completed, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """One result for this space. value: None where the configuration could not be used."""

    params: Params
    value: float | None = None
    resource: float | int | None = None


@dataclass(frozen=True, slots=True)
class Recalled:
    """results: what is taken over, oldest first. left_out: how many were not, by the reason."""

    results: tuple[Known, ...]
    left_out: Mapping[str, int]


def earlier_results(known: Sequence[Known], newer: int = 0) -> tuple[Completed, ...]:
    """What is known, oldest first, as the results of a ``Prior``. newer: how many more follow them there."""
    count = len(known) + newer
    return tuple(
        Completed(
            number=-1 - newer - place,
            params=one.params,
            sequence=place - count,
            outcome="succeeded" if one.value is not None else "failed",
            value=one.value,
            resource=one.resource,
        )
        for place, one in enumerate(known)
    )


def recall(matrix: Mapping[str, Any], groups: Sequence[Earlier], most: int) -> Recalled:
    """At most ``most`` results that fit a matrix without errors; of several for one point the last."""
    space, found = parse_space(matrix.get("params") or {})
    assert space is not None
    assert not errors(found)
    left_out: Counter[str] = Counter()
    taken: dict[str, Known] = {}
    for group in groups:
        why = _other(matrix, group)
        if why:
            left_out[f"{group.name}: {why}"] += max(1, len(group.results))
            continue
        for known in _fitting(matrix, space, group, left_out):
            key = canonical([dict(known.params), known.resource])
            if key in taken:
                left_out["there is a newer result of the same point"] += 1
                del taken[key]
            taken[key] = known
    kept = _within(list(taken.values()), most, matrix)
    if len(kept) < len(taken):
        left_out[f"beyond the {len(kept)} that are kept, evenly from the best to the worst"] = len(
            taken
        ) - len(kept)
    return Recalled(tuple(kept), dict(left_out))


def _other(matrix: Mapping[str, Any], group: Earlier) -> str:
    """Why nothing of a group says anything here; empty if it may."""
    if group.matrix is None:
        return "there is no such earlier group"
    mine, theirs = matrix.get("metric") or {}, group.matrix.get("metric") or {}
    if any(mine.get(key) != theirs.get(key) for key in ("name", "optimization")):
        shown = " ".join(str(theirs[key]) for key in ("optimization", "name") if key in theirs) or "none"
        return f"it has another metric ({shown})"
    return ""


def _fitting(
    matrix: Mapping[str, Any], space: Space, group: Earlier, left_out: Counter[str]
) -> Iterator[Known]:
    assert group.matrix is not None
    mine, theirs = matrix.get("resource"), group.matrix.get("resource")
    alike = bool(mine and theirs and mine["name"] == theirs["name"])
    # Without rungs of the same kind a trial's last result is what it came to, on all that it was given.
    results = sorted(map(comparable, group.results), key=order)
    last = {result.number: result for result in results}
    for result in results:
        if not alike and last[result.number] is not result:
            continue
        if result.value is None and result.outcome != "failed":
            left_out["it ended without a value"] += 1
            continue
        try:
            fitted = fit(space, result.params)
        except MisfitError as error:
            left_out[str(error)] += 1
        else:
            whole = matrix.get("maxIterations") if mine else None
            yield Known(fitted, result.value, result.resource if alike else whole)


def _within(known: list[Known], most: int, matrix: Mapping[str, Any]) -> list[Known]:
    """As many as fit, evenly by rank, the best one among them; in their order."""
    maximize = (matrix.get("metric") or {}).get("optimization") == "maximize"

    def loss(place: int) -> float:
        value = known[place].value
        return float("inf") if value is None else -value if maximize else value

    ranked = sorted(range(len(known)), key=loss)
    count = min(most, len(known))
    while count:
        places = sorted({ranked[i * len(ranked) // count] for i in range(count)})
        kept = [known[place] for place in places]
        if sum(len(json.dumps(dict(one.params))) for one in kept) <= MOST_BYTES:
            return kept
        count = count * 3 // 4
    return []
