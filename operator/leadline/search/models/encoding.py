"""Configurations as rows of numbers, one column for each parameter that has more than one value.

A parameter that its configuration does not have (its condition does not hold) is ``INACTIVE``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from leadline.search.interface import Params
from leadline.search.models.columns import Column, Floats
from leadline.search.space.space import Space

INACTIVE: Final = -1.0
"""In place of a number, where a parameter plays no part."""


_DIGITS: Final = 9
"""After the point: nearer rows are the same."""

_Needs = dict[int, NDArray[np.bool_]]
"""By column: which of its values, by index, let a parameter play a part."""


class Encoding:
    """A space's columns: by name, but parents before the parameters that depend on them.

    names: of the columns. categories: for each column how many it has, 0 where its values are ordered.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        self._all = {name: Column(space.parameters[name]) for name in space.by_name().order}
        self.names = tuple(name for name, column in self._all.items() if column.informs)
        self.columns = tuple(self._all[name] for name in self.names)
        self.categories = np.array([column.categories for column in self.columns], dtype=int)
        self.width = len(self.columns)
        self._place = {name: place for place, name in enumerate(self.names)}
        self._needs: dict[str, _Needs] = {}
        for name in self._all:
            self._needs[name] = self._needs_of(name)

    def _needs_of(self, name: str) -> _Needs:
        """Which values of which columns a parameter needs. A parent of a single value has no column, and needs what
        its own condition does."""
        condition = self.space.conditions.get(name)
        needs: _Needs = {}
        for parent, wanted in () if condition is None else condition.parents.items():
            if parent in self._place:
                size = self._all[parent].parameter.size
                assert size is not None
                more = {self._place[parent]: np.isin(np.arange(size), list(wanted))}
            else:
                more = self._needs[parent]
            for place, values in more.items():
                needs[place] = needs[place] & values if place in needs else values
        return needs

    def encode(self, params: Params) -> Floats:
        """One configuration as a row (width,). Raises ValueError for a value that its parameter can't have."""
        return np.array(
            [
                column.encode(params[name]) if name in params else INACTIVE
                for name, column in zip(self.names, self.columns, strict=True)
            ]
        )

    def rows(self, many: Sequence[Params]) -> Floats:
        """Configurations as a matrix (n, width)."""
        if not many:
            return np.empty((0, self.width))
        return np.stack([self.encode(params) for params in many])

    def decode(self, row: Floats) -> dict[str, Any]:
        """The configuration of a row, in the order of the space's names."""
        values: dict[str, Any] = {}
        for name in self.space.names:
            place = self._place.get(name)
            if place is None:
                # A single value, if its condition holds.
                if self._holds(name, row[None, :])[0]:
                    values[name] = self._all[name].decode(0.0)
            elif row[place] != INACTIVE:
                values[name] = self.columns[place].decode(row[place])
        return values

    def _holds(self, name: str, rows: Floats) -> NDArray[np.bool_]:
        """Whether a parameter's condition holds, in rows whose parents are settled."""
        active = np.ones(len(rows), dtype=bool)
        for parent, wanted in self._needs[name].items():
            active &= rows[:, parent] != INACTIVE
            if active.any():
                active[active] = wanted[self.columns[parent].index(rows[active, parent])]
        return active

    def settle(self, rows: Floats) -> Floats:
        """The nearest real configurations: values that exist, and conditional ones inactive where they must be.

        rows: (n, width), every entry a number; what is INACTIVE but has to be active becomes the middle.
        """
        settled = rows.copy()
        for place, column in enumerate(self.columns):
            missing = settled[:, place] == INACTIVE
            if missing.any():
                settled[missing, place] = 0.0 if column.categories else 0.5
            if column.finite is not None:
                settled[:, place] = column.snap(settled[:, place])
        return self.deactivate(settled)

    def deactivate(self, rows: Floats) -> Floats:
        """The same rows, changed in place, with INACTIVE wherever a condition does not hold."""
        for place, name in enumerate(self.names):
            if self._needs[name]:
                rows[~self._holds(name, rows), place] = INACTIVE
        return rows

    def is_active(self, place: int, row: Floats) -> bool:
        """Whether a column is active in a row whose columns before it are settled."""
        return bool(self._holds(self.names[place], row[None, :])[0])

    def every(self) -> Floats:
        """All points of a finite space (size, width), in the order of their index. Kept, once asked for."""
        if self._every is None:
            assert self.space.size is not None
            self._every = self.rows([self.space.point(i) for i in range(self.space.size)])
        return self._every

    _every: Floats | None = None

    def sample(self, shares: Floats) -> Floats:
        """Configurations drawn by their probability, from uniform numbers (n, width) between 0 and 1."""
        return self.deactivate(self.values(shares))

    def values(self, shares: Floats) -> Floats:
        """The same without conditions: a value for every column (n, width), whether it is active or not."""
        columns = [column.sample(shares[:, place]) for place, column in enumerate(self.columns)]
        return np.stack(columns, axis=1) if columns else np.empty((len(shares), 0))


def key(row: Floats) -> bytes:
    """A row (width,) as something that can be looked up; equal for rows that stand for the same configuration."""
    return keys(row[None, :])[0]


def keys(rows: Floats) -> list[bytes]:
    """``key`` of each row (n, width). A value that was decoded and encoded again differs in its last digits."""
    return [row.tobytes() for row in np.round(rows, _DIGITS) + 0.0]
