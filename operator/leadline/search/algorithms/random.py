"""Points drawn at random, none of them twice.

Number n gets the same point whatever was asked for before, on every platform. How "none twice" is kept:

- a continuous parameter is cut into at least 2^28 parts of equal probability, and numbers meet them in a random
  order: one such parameter makes every point of the space different, and the others are drawn independently;
- a finite space whose points are all equally likely is gone through in a random order;
- any other finite space is drawn from without replacement, which needs the points before: they are kept.

Parameters are taken in the order of their names, since the API server does not keep the order they were written in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leadline.search.algorithms.algorithm import Algorithm, Matrix, no_rules
from leadline.search.algorithms.indexed import Indexed, planned
from leadline.search.interface import New, Searcher
from leadline.search.sampling.keyed import Keyed, Permutation
from leadline.search.sampling.unseen import Point, Unseen
from leadline.search.space.parameters import Continuous, Even, Finite, Parameter
from leadline.search.space.space import Space

_ATTEMPTS = 64
"""Refused draws before the exact way, which takes more memory and time per point."""


def total(matrix: Matrix, space: Space | None) -> int | None:
    """``numRuns``, or every point where they are fewer."""
    return planned(matrix, space.size if space else None)


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """Chooses the one of the three ways that this space allows."""
    assert space is not None
    point = _point_function(space, seed)

    def suggestion(number: int) -> New:
        params = point(number)
        return New(
            {name: params[name] for name in space.names}, origin={"algorithm": "random", "index": number}
        )

    return Indexed(matrix, space.size, suggestion)


def _point_function(space: Space, seed: int) -> Callable[[int], dict[str, Any]]:
    ordered = dict(sorted(space.parameters.items()))
    finite = {name: parameter for name, parameter in ordered.items() if isinstance(parameter, Finite)}
    if len(finite) < len(ordered):
        return _Independent(ordered, seed)
    if all(isinstance(parameter, Even) for parameter in finite.values()):
        return _Permuted(Space(finite), seed)
    return _WithoutReplacement(finite, seed)


class _Independent:
    """Each parameter on its own, so that adding or reordering others does not change it."""

    def __init__(self, parameters: dict[str, Parameter], seed: int) -> None:
        self._draws = {name: _draw(name, parameter, seed) for name, parameter in parameters.items()}

    def __call__(self, number: int) -> dict[str, Any]:
        return {name: draw(number) for name, draw in self._draws.items()}


def _draw(name: str, parameter: Parameter, seed: int) -> Callable[[int], Any]:
    if isinstance(parameter, Continuous):
        cells = parameter.cells
        order = Permutation(cells, seed, f"cell {name}")
        return lambda number: parameter.from_unit((2 * order(number) + 1) / (2 * cells))
    assert isinstance(parameter, Finite)
    index = _index_draw(name, parameter, seed)
    return lambda number: parameter.value(index(number, 0))


def _index_draw(name: str, parameter: Finite, seed: int) -> Callable[[int, int], int]:
    keyed = Keyed(seed, f"value {name}")
    return lambda number, attempt: parameter.locate(keyed.below(parameter.total, number, attempt))


class _Permuted:
    """A random order of all points: no memory, however many there are."""

    def __init__(self, space: Space, seed: int) -> None:
        assert space.size is not None
        self._space = space
        self._order = Permutation(space.size, seed, "points")

    def __call__(self, number: int) -> dict[str, Any]:
        return self._space.point(self._order(number))


class _WithoutReplacement:
    """Unequal probabilities: the points so far are kept, and computed first where they are not known."""

    def __init__(self, parameters: dict[str, Finite], seed: int) -> None:
        self._parameters = parameters
        self._draws = [_index_draw(name, parameter, seed) for name, parameter in parameters.items()]
        self._left = Keyed(seed, "left")
        self._unseen = Unseen(tuple(parameters.values()))
        self._points: list[Point] = []

    def __call__(self, number: int) -> dict[str, Any]:
        while len(self._points) <= number:
            self._points.append(self._next(len(self._points)))
        return {
            name: parameter.value(index)
            for (name, parameter), index in zip(self._parameters.items(), self._points[number], strict=True)
        }

    def _next(self, number: int) -> Point:
        for attempt in range(0 if self._unseen.scarce else _ATTEMPTS):
            point = tuple(draw(number, attempt) for draw in self._draws)
            if self._unseen.take(point):
                return point
        return self._unseen.draw(lambda limit, depth: self._left.below(limit, number, depth))


RANDOM = Algorithm("random", needs=("params", "numRuns"), takes=(), check=no_rules, total=total, build=build)
