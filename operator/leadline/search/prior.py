"""What is known before a search begins: points that are to be tried first, and results of earlier trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from leadline.problems import Problem, errors
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.interface import Completed, Params
from leadline.search.registry import ALGORITHMS
from leadline.search.space.fields import show
from leadline.search.space.kinds import meant
from leadline.search.space.lookup import is_number, key_of
from leadline.search.space.parameters import Continuous, Finite
from leadline.search.space.parse import parse_space
from leadline.search.space.space import Space

WITHOUT: Final = ("mapping", "iterative")
"""Kinds that take nothing of the sort: they have no space, or a tuner of the user's own."""


@dataclass(frozen=True, slots=True)
class Prior:
    """Points of the space, and results in the order in which they are told, oldest first.

    points: the first trials. results: their numbers and sequences are below 0; never tried again.
    """

    points: tuple[Params, ...] = ()
    results: tuple[Completed, ...] = ()

    def believed(self) -> tuple[Completed, ...]:
        """The results, but those of points that are to be tried nevertheless: they will have newer ones."""
        again = {key_of(point) for point in self.points}
        return tuple(result for result in self.results if key_of(result.params) not in again)


NOTHING_KNOWN: Final = Prior()


def learns(algorithm: Algorithm) -> bool:
    """Whether results have a say in what it suggests."""
    return "metric" in algorithm.needs


def fit(space: Space, params: Mapping[str, Any]) -> dict[str, Any] | str:
    """A configuration as the space itself would give it, or why it is none of it: path and words, ``lr: no value``.

    Exactly the active parameters must be there, each with a value that it can have.
    """
    indices: dict[str, int] = {}
    fitted: dict[str, Any] = {}
    for name in space.order:
        if not space.is_active(name, indices):
            continue
        if name not in params:
            return f"{name}: it has no value"
        parameter, value = space.parameters[name], params[name]
        if isinstance(parameter, Finite):
            index = parameter.index_of(value)
            if index is None:
                return f"{name}: {show(value)} is not one of its values"
            indices[name] = index
            fitted[name] = parameter.value(index)
        else:
            assert isinstance(parameter, Continuous)
            low, high = parameter.bounds
            if not is_number(value) or not low <= value <= high:
                return f"{name}: {show(value)} is not between {low:g} and {high:g}"
            fitted[name] = float(value)
    for name in params:
        if name not in fitted:
            why = "is not active here" if name in space.parameters else "is not a parameter of this search"
            return f"{name}: it {why}"
    return space.in_order(fitted)


def check_points(matrix: Matrix, points: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """What is wrong with points written by hand, {params, value}, for a matrix; paths like ``points[0].params.lr``."""
    kind = matrix.get("kind")
    algorithm = ALGORITHMS.get(kind) if isinstance(kind, str) else None
    if algorithm is None or kind in WITHOUT:
        return
    space, found = parse_space(matrix.get("params") or {})
    if space is None or errors(found):
        return  # told where the parameters are
    seen: dict[str, int] = {}
    for place, point in enumerate(points):
        path, value = f"points[{place}]", point.get("value")
        if value is not None and (not is_number(value) or not isfinite(value)):
            yield Problem(f"{path}.value", f"{show(value)} is not a finite number")
        elif value is not None and not learns(algorithm):
            message = f"kind {kind} does not learn from results: this point is not used"
            yield Problem(f"{path}.value", message, "without value the point is tried first", "warning")
        params = point.get("params")
        if not isinstance(params, Mapping):
            continue
        fitted = fit(space, params)
        if isinstance(fitted, str):
            yield _misfit(f"{path}.params", fitted, space)
            continue
        key = key_of(fitted)
        if key in seen:
            yield Problem(path, f"the same point as points[{seen[key]}]", "leave it out")
        seen.setdefault(key, place)
    yield from _too_many(matrix, algorithm, space, points, found)


def check_groups(matrix: Matrix, named: bool) -> Iterator[Problem]:
    """Whether earlier groups, if any are named, have anything to say to a matrix."""
    kind = matrix.get("kind")
    algorithm = ALGORITHMS.get(kind) if isinstance(kind, str) else None
    if named and algorithm is not None and kind not in WITHOUT and not learns(algorithm):
        message = f"kind {kind} does not learn from results: nothing is taken over"
        yield Problem("groups", message, "remove it, or choose kind auto", "warning")


def _misfit(path: str, said: str, space: Space) -> Problem:
    name, _, words = said.partition(": ")
    remedy = meant(name, space.names) if name not in space.parameters else ""
    return Problem(f"{path}.{name}", words, remedy)


def _too_many(
    matrix: Matrix, algorithm: Algorithm, space: Space, points: Sequence[Mapping[str, Any]], found: Any
) -> Iterator[Problem]:
    first = sum(point.get("value") is None for point in points)
    if any(matrix.get(field) is None for field in algorithm.needs) or errors(algorithm.check(matrix, space)):
        return
    total = algorithm.total(matrix, space)
    if total is not None and first > total:
        message = f"{first} points are to be tried first, and only {total} trials will run"
        yield Problem(
            "points", message, "raise the number of trials, or the last points are not tried", "warning"
        )


def read_points(matrix: Matrix, points: Sequence[Mapping[str, Any]]) -> Prior:
    """Points written by hand, without errors: those without a value to be tried first, the others as results."""
    space, _ = parse_space(matrix.get("params") or {})
    if space is None or not points:
        return NOTHING_KNOWN
    first: list[Params] = []
    told: list[tuple[Params, float]] = []
    for point in points:
        fitted = fit(space, point["params"])
        if isinstance(fitted, str):
            continue  # refused by check_points
        if point.get("value") is None:
            first.append(fitted)
        else:
            told.append((fitted, float(point["value"])))
    whole = matrix.get("maxIterations") if matrix.get("resource") is not None else None
    results = [
        Completed(-1 - place, params, place - len(told), "succeeded", value, whole)
        for place, (params, value) in enumerate(told)
    ]
    return Prior(tuple(first), tuple(results))
