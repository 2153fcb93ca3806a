"""Points drawn at random, each active parameter by its own probability: what random search and others begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from leadline.search.interface import Params
from leadline.search.sampling.keyed import Keyed, Permutation
from leadline.search.sampling.unseen import ENDLESS, INACTIVE, Point, Unseen
from leadline.search.space.lookup import key_of
from leadline.search.space.parameters import Continuous, Finite
from leadline.search.space.space import Space

ATTEMPTS = 64
"""Refused draws before the exact way, which takes more memory and time per point."""


class Draws:
    """The values that numbers draw, each parameter on its own, so that adding others does not change it.

    A continuous parameter is cut into cells, and numbers meet them in a random order: no two have the same value.
    """

    def __init__(self, space: Space, seed: int) -> None:
        self._space = space
        self._indices = {
            name: _index_draw(name, parameter, seed)
            for name, parameter in space.parameters.items()
            if isinstance(parameter, Finite)
        }
        self._values = {
            name: _value_draw(name, parameter, seed)
            for name, parameter in space.parameters.items()
            if isinstance(parameter, Continuous)
        }

    def params(self, number: int) -> dict[str, Any]:
        """What a number draws at its first attempt."""

        def choose(name: str) -> Any:
            return self._indices[name](number, 0) if name in self._indices else self._values[name](number)

        return self._space.params_of(choose)

    def point(self, number: int, attempt: int) -> Point:
        """What a number draws at an attempt, as indices."""
        return point_of(self._space, lambda name: self._indices[name](number, attempt))

    def at(self, point: Point, number: int) -> dict[str, Any]:
        """The configuration of a point; continuous values are the number's."""
        return params_at(self._space, point, lambda name: self._values[name](number))


class Fresh:
    """Draws configurations that are not among those known: for algorithms that learn.

    left: how many different configurations are left; None where there is no end of them.
    """

    def __init__(self, space: Space, seed: int, known: Iterable[Params] = ()) -> None:
        self._space = space
        self._draws = Draws(space, seed)
        self._left = Keyed(seed, "left")
        self._unseen = Unseen(space)
        self._known: set[str] = set()
        self.left = space.size
        for params in known:
            self.take(params)

    def take(self, params: Params) -> bool:
        """Count a configuration as known; False if it was known before. One of another space counts for nothing."""
        indices = self._space.indices_of(params)
        if indices is None:
            return False
        point = point_of(self._space, indices.__getitem__)
        if ENDLESS in point:
            text = key_of(params)
            new = text not in self._known
            self._known.add(text)
            return new
        return self._give(point)

    def draw(self, number: int) -> dict[str, Any] | None:
        """A configuration not known before, and known from now on; None if there is none left.

        number: the source of randomness; each number should be asked for once.
        """
        for attempt in range(0 if self._unseen.scarce or self.left == 0 else ATTEMPTS):
            point = self._draws.point(number, attempt)
            if self._give(point):
                break
        else:
            try:
                point = self._unseen.draw(lambda limit, depth: self._left.below(limit, number, depth))
            except LookupError:
                return None
            self._count_down()
        params = self._draws.at(point, number)
        if ENDLESS in point:
            self._known.add(key_of(params))
        return params

    def _give(self, point: Point) -> bool:
        taken = self._unseen.take(point)
        if taken:
            self._count_down()
        return taken

    def _count_down(self) -> None:
        if self.left is not None:
            self.left -= 1


def point_of(space: Space, index: Callable[[str], int]) -> Point:
    """A point from a function that is asked, in order, for the index of each active finite parameter."""
    indices: dict[str, int] = {}
    point: list[int] = []
    for name in space.order:
        if not space.is_active(name, indices):
            point.append(INACTIVE)
        elif isinstance(space.parameters[name], Finite):
            indices[name] = index(name)
            point.append(indices[name])
        else:
            point.append(ENDLESS)
    return tuple(point)


def params_at(space: Space, point: Point, value: Callable[[str], Any]) -> dict[str, Any]:
    """The configuration of a point; ``value`` is asked for continuous parameters only."""
    place: Mapping[str, int] = dict(zip(space.order, point, strict=True))
    return space.params_of(lambda name: value(name) if place[name] == ENDLESS else place[name])


def _index_draw(name: str, parameter: Finite, seed: int) -> Callable[[int, int], int]:
    keyed = Keyed(seed, f"value {name}")
    return lambda number, attempt: parameter.locate(keyed.below(parameter.total, number, attempt))


def _value_draw(name: str, parameter: Continuous, seed: int) -> Callable[[int], float]:
    cells = parameter.cells
    order = Permutation(cells, seed, f"cell {name}")
    return lambda number: parameter.from_unit((2 * order(number) + 1) / (2 * cells))


def has_endless(space: Space) -> bool:
    """Whether a continuous parameter is active at every point, so that numbers alone make points different."""
    return any(
        parameter.size is None and name not in space.conditions
        for name, parameter in space.parameters.items()
    )
