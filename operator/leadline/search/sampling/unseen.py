"""Drawing from a space without replacement, each point with its own probability, exactly.

Two ways with one distribution. Drawing from everything and refusing what was seen is fast while little is seen.
Where most of the mass is gone, a tree of the seen points' prefixes knows how much is left below each branch, so
that a draw goes straight to what is left (Shi, Bieber and Sutton 2020, "Incremental Sampling Without Replacement
for Sequence Models", arXiv:2002.09067). Masses are whole numbers: a space is used up when nothing is left, not when
patience is.

A parameter that is not active at a point has its whole mass in one place there, so that all points together still
have that of the product. Points with a continuous parameter never run out: they are not kept, and whoever draws gives
each of them another value.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from math import prod
from operator import itemgetter
from typing import Final

from leadline.search.space.parameters import Finite
from leadline.search.space.space import Space

Point = tuple[int, ...]
"""For each name in the space's order: the index of its value, ENDLESS if it is continuous, INACTIVE if not active."""

INACTIVE: Final = -1
ENDLESS: Final = -2

_SCARCE = 32
"""One part in so many of the mass."""


class Unseen:
    """The points of a space that were not given out yet."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._totals = [
            parameter.total if isinstance(parameter, Finite) else 1
            for parameter in (space.parameters[name] for name in space.order)
        ]
        # What one value's unit of mass is worth: the mass of everything that may follow it.
        self._below = [prod(self._totals[depth + 1 :]) for depth in range(len(self._totals))]
        self._total = prod(self._totals)
        self._seen: dict[Point, None] = {}
        self._tree: _Branch | None = None

    @property
    def scarce(self) -> bool:
        """Whether so little is left that drawing from everything would hardly ever meet it."""
        return self._tree is not None and self._tree.used * _SCARCE > self._total * (_SCARCE - 1)

    def take(self, point: Point) -> bool:
        """Give this point out; False if it was given out before and can't be again."""
        if ENDLESS in point:
            return True
        if point in self._seen:
            return False
        self._seen[point] = None
        if self._tree is not None:
            self._add(self._tree, point)
        return True

    def draw(self, below: Callable[[int, int], int]) -> Point:
        """Give out one of the points left, by its probability among them.

        below: a uniform number from 0 to limit - 1 for (limit, depth). Raises LookupError if none is left.
        """
        if self._tree is None:
            self._tree = _Branch()
            for seen in self._seen:
                self._add(self._tree, seen)
        branch: _Branch | None = self._tree
        point: list[int] = []
        indices: dict[str, int] = {}
        for depth, name in enumerate(self._space.order):
            parameter = self._space.parameters[name]
            if not self._space.is_active(name, indices):
                index = INACTIVE
            elif isinstance(parameter, Finite):
                index = indices[name] = self._descend(branch, depth, parameter, below)
            else:
                index = ENDLESS
            point.append(index)
            branch = branch.children.get(index) if branch else None
        drawn = tuple(point)
        self.take(drawn)
        return drawn

    def _descend(
        self, branch: _Branch | None, depth: int, parameter: Finite, below: Callable[[int, int], int]
    ) -> int:
        worth = self._below[depth]
        left = parameter.total * worth - (branch.used if branch else 0)
        if left <= 0:
            raise LookupError("every point was given out")
        place = below(left, depth)
        if branch:
            # The used part of each child is cut out of the line of masses; step over those to the left.
            for start, mass, child in branch.order:
                if place < start:
                    break
                place += mass * child.used
        return parameter.locate(place // worth)

    def _add(self, root: _Branch, point: Point) -> None:
        spans = [self._span(depth, index) for depth, index in enumerate(point)]
        rest = prod(mass for _, mass in spans)
        branch = root
        branch.used += rest
        for index, (start, mass), worth in zip(point, spans, self._below, strict=True):
            child = branch.children.get(index)
            if child is None:
                child = branch.children[index] = _Branch()
                insort(branch.order, (start * worth, mass, child), key=itemgetter(0))
            rest //= mass
            child.used += rest
            branch = child

    def _span(self, depth: int, index: int) -> tuple[int, int]:
        """Where this value lies on its parameter's line of masses, and how much it takes."""
        parameter = self._space.parameters[self._space.order[depth]]
        if index == INACTIVE or not isinstance(parameter, Finite):
            return 0, self._totals[depth]
        start = parameter.start(index)
        return start, parameter.start(index + 1) - start


class _Branch:
    """A prefix of seen points: the mass given out below it (as if the prefix itself were certain), and each longer
    prefix by its index, and in order with its place on the line of masses and its own mass."""

    __slots__ = ("children", "order", "used")

    def __init__(self) -> None:
        self.used = 0
        self.children: dict[int, _Branch] = {}
        self.order: list[tuple[int, int, _Branch]] = []
