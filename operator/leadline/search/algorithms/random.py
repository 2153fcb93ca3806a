"""Points drawn at random, none of them twice.

Number n gets the same point whatever was asked for before, on every platform. How "none twice" is kept:

- a continuous parameter is cut into at least 2^28 parts of equal probability, and numbers meet them in a random
  order: one that is always active makes every point different, and the others are drawn independently;
- a finite space without conditions whose points are all equally likely is gone through in a random order;
- any other space is drawn from without replacement, which needs the points before: they are kept. Where a continuous
  parameter is active under a condition, only the points without one can come again.

Parameters are taken in the order of their names, since the API server does not keep the order they were written in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leadline.search.algorithms.algorithm import Algorithm, Matrix, no_rules
from leadline.search.algorithms.budget import total_by_runs
from leadline.search.algorithms.indexed import Indexed
from leadline.search.interface import New, Searcher
from leadline.search.sampling.keyed import Keyed, Permutation
from leadline.search.sampling.points import ATTEMPTS, Draws, has_endless
from leadline.search.sampling.unseen import Point, Unseen
from leadline.search.space.parameters import Even
from leadline.search.space.space import Space


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """Chooses the one of the three ways that this space allows."""
    assert space is not None
    point = _point_function(space.by_name(), seed)

    def suggestion(number: int) -> New:
        params = point(number)
        return New(space.in_order(params), origin={"algorithm": "random", "index": number})

    return Indexed(matrix, space.size, suggestion)


def _point_function(space: Space, seed: int) -> Callable[[int], dict[str, Any]]:
    if has_endless(space):
        return Draws(space, seed).params
    if not space.conditions and all(isinstance(parameter, Even) for parameter in space.parameters.values()):
        return _Permuted(space, seed)
    return _WithoutReplacement(space, seed)


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

    def __init__(self, space: Space, seed: int) -> None:
        self._draws = Draws(space, seed)
        self._left = Keyed(seed, "left")
        self._unseen = Unseen(space)
        self._points: list[Point] = []
        self._same: dict[Point, Point] = {}

    def __call__(self, number: int) -> dict[str, Any]:
        while len(self._points) <= number:
            point = self._next(len(self._points))
            # Of points with a continuous parameter many are the same but for its value.
            self._points.append(self._same.setdefault(point, point))
        return self._draws.at(self._points[number], number)

    def _next(self, number: int) -> Point:
        for attempt in range(0 if self._unseen.scarce else ATTEMPTS):
            point = self._draws.point(number, attempt)
            if self._unseen.take(point):
                return point
        return self._unseen.draw(lambda limit, depth: self._left.below(limit, number, depth))


RANDOM = Algorithm(
    "random", needs=("params", "numRuns"), takes=(), check=no_rules, total=total_by_runs, build=build
)
