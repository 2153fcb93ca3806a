"""How many points a finite space with conditions has, and which is the one with an index; none of them is listed.

What can still happen once some parameters have their values depends only on which of the others are not ruled out
yet. So a state is a set of names, and what is not connected by a condition is counted on its own and multiplied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from leadline.search.space.conditions import Conditions, children_of, descendants

MOST_STEPS = 50_000
"""About a second. Spaces that people write take a few dozen; more means that every parameter hangs on many others."""


_COUNTS_KEPT = 4096


class Entangled(ValueError):
    """The conditions hang together in too many ways for the points to be counted."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """One parameter: its values by what they rule out. Sets of names are bits of a whole number.

    otherwise: what a value rules out that no condition asks for. listed: what the others do, by ascending index.
    kinds: how many values rule out the same.
    """

    size: int
    otherwise: int
    listed: tuple[tuple[int, int], ...]
    kinds: Mapping[int, int]


class Counting:
    """The points of finite parameters, given in an order that has parents before children.

    sizes: how many values each has; None for one that is never active and counts nothing.
    """

    def __init__(self, order: Sequence[str], sizes: Mapping[str, int | None], conditions: Conditions) -> None:
        self._order = order
        self._bits = {name: 1 << i for i, name in enumerate(order)}
        self._near = [0] * len(order)
        for name, condition in conditions.items():
            for parent in condition.parents:
                self._near[order.index(parent)] |= self._bits[name]
                self._near[order.index(name)] |= self._bits[parent]
        self._axes = [_axis(name, sizes[name] or 0, self._bits, conditions) for name in order]
        self._everything = (1 << len(order)) - 1
        self._known: dict[int, int] = {}
        self._steps = 0
        self.total = self._count(self._everything)
        self._recalled_count = lru_cache(maxsize=_COUNTS_KEPT)(self._count)

    def indices(self, index: int) -> dict[str, int]:
        """The value's index of each active parameter at this point; the last name varies fastest."""
        chosen: dict[str, int] = {}
        possible = self._everything
        while possible:
            bit = possible & -possible
            place = bit.bit_length() - 1
            digit, ruled_out, index = self._choose(self._axes[place], possible ^ bit, index)
            chosen[self._order[place]] = digit
            possible &= ~(bit | ruled_out)
        return chosen

    def _choose(self, axis: _Axis, rest: int, index: int) -> tuple[int, int, int]:
        """The value below which the point is, what it rules out, and the point's index below that value."""
        counts = {ruled_out: self._recalled_count(rest & ~ruled_out) for ruled_out in axis.kinds}
        each = counts.get(axis.otherwise, 0)
        next_value = 0
        for listed, ruled_out in axis.listed:
            gap = (listed - next_value) * each
            if index < gap:
                break
            index -= gap
            if index < counts[ruled_out]:
                return listed, ruled_out, index
            index -= counts[ruled_out]
            next_value = listed + 1
        steps, index = divmod(index, each)
        return next_value + steps, axis.otherwise, index

    def _count(self, possible: int) -> int:
        """The points of these parameters, where every parent that is not among them suits them."""
        total = 1
        while possible:
            part = self._connected(possible)
            total *= self._count_connected(part)
            possible ^= part
        return total

    def _count_connected(self, part: int) -> int:
        if part not in self._known:
            bit = part & -part  # its parents would come before it, so it has none here: it is active
            axis, rest = self._axes[bit.bit_length() - 1], part ^ bit
            self._steps += len(axis.kinds)
            if self._steps > MOST_STEPS:
                raise Entangled("the conditions hang together in too many ways for the points to be counted")
            self._known[part] = sum(
                count * self._count(rest & ~ruled_out) for ruled_out, count in axis.kinds.items()
            )
        return self._known[part]

    def _connected(self, possible: int) -> int:
        """The first of these parameters and all that hang together with it."""
        part, edge = 0, possible & -possible
        while edge:
            part |= edge
            reached = 0
            while edge:
                bit = edge & -edge
                reached |= self._near[bit.bit_length() - 1]
                edge ^= bit
            edge = reached & possible & ~part
        return part


def _axis(name: str, size: int, bits: Mapping[str, int], conditions: Conditions) -> _Axis:
    wanted = {child: conditions[child].parents[name] for child in children_of(conditions).get(name, ())}
    below = {child: sum(bits[other] for other in descendants([child], conditions)) for child in wanted}

    def ruled_out(index: int | None) -> int:
        found = 0
        for child, indices in wanted.items():
            if index not in indices:
                found |= below[child]
        return found

    listed = tuple((index, ruled_out(index)) for index in sorted(frozenset().union(*wanted.values())))
    otherwise = ruled_out(None)
    kinds: dict[int, int] = {otherwise: size - len(listed)} if size > len(listed) else {}
    for _, out in listed:
        kinds[out] = kinds.get(out, 0) + 1
    return _Axis(size, otherwise, listed, kinds)
