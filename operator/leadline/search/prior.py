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
from leadline.search.sampling.samplers import DEFAULT_SAMPLER
from leadline.search.space.fields import show
from leadline.search.space.fit import MisfitError, fit
from leadline.search.space.kinds import meant
from leadline.search.space.lookup import is_number, key_of
from leadline.search.space.parameters import Finite
from leadline.search.space.parse import parse_space
from leadline.search.space.space import Space
from leadline.search.space.when import values_of

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


def unlearning(algorithm: Algorithm, matrix: Matrix) -> str:
    """What makes results of before have no say in what is suggested, such as ``kind random``; empty where they have."""
    if "metric" not in algorithm.needs:
        return f"kind {algorithm.kind}"
    if "sampler" in algorithm.takes and (matrix.get("sampler") or DEFAULT_SAMPLER) == DEFAULT_SAMPLER:
        return f"sampler {DEFAULT_SAMPLER}"
    return ""


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
        elif value is not None and (what := unlearning(algorithm, matrix)):
            message = f"{what} does not learn from results: this point is not used"
            yield Problem(f"{path}.value", message, "without value the point is tried first", "warning")
        params = point.get("params")
        if not isinstance(params, Mapping):
            continue
        try:
            fitted = fit(space, params)
        except MisfitError as error:
            yield Problem(f"{path}.params.{error.name}", error.words, _remedy(error.name, params, space))
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
    if named and algorithm is not None and kind not in WITHOUT and (what := unlearning(algorithm, matrix)):
        message = f"{what} does not learn from results: nothing is taken over"
        choice = "another one" if not what.startswith("kind") else "kind auto"
        yield Problem("groups", message, f"remove it, or choose {choice}", "warning")


def _remedy(name: str, params: Params, space: Space) -> str:
    if name not in space.parameters:
        return meant(name, space.names)
    parameter = space.parameters[name]
    return values_of(parameter, params[name]) if isinstance(parameter, Finite) and name in params else ""


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
        try:
            fitted = fit(space, point["params"])
        except MisfitError:
            continue  # refused by check_points
        value = point.get("value")
        if value is None:
            first.append(fitted)
        elif is_number(value) and isfinite(value):
            told.append((fitted, float(value)))
    whole = matrix.get("maxIterations") if matrix.get("resource") is not None else None
    results = [
        Completed(-1 - place, params, place - len(told), "succeeded", value, whole)
        for place, (params, value) in enumerate(told)
    ]
    return Prior(tuple(first), tuple(results))
