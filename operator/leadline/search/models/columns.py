"""One parameter as one column of numbers, so that a model can measure distances.

A column that orders its values holds their place on the parameter's own scale, mostly from 0 to 1: logarithmic kinds
by their logarithm, normal ones with three deviations on either side of the mean (rare values lie beyond), lists of
numbers by rank. A column of categories holds their index.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from math import inf, log
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from leadline.search.space.distributions import Distribution, LogNormal, Normal
from leadline.search.space.lookup import is_number
from leadline.search.space.numbers import NORMAL_REACH
from leadline.search.space.parameters import Continuous, Finite, Parameter
from leadline.search.space.quantised import Quantised

Floats = NDArray[np.float64]

_DEVIATION: Final = 1 / 6
"""Of a normal distribution, in units of the box."""
MOST_LEVELS: Final = 4096
"""Finite parameters with more values than this are searched as if they were continuous, then rounded."""


class Column:
    """A parameter and its numbers.

    levels: the number of each value by its index, ascending order not implied; None where the values are too many to
    list or have no end. categories: how many, 0 for a column whose values are ordered.
    """

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        self.finite = parameter if isinstance(parameter, Finite) else None
        self._distribution = (
            parameter.distribution if isinstance(parameter, (Continuous, Quantised)) else None
        )
        self._normal = isinstance(self._distribution, (Normal, LogNormal))
        self.categories = 0
        self.levels: Floats | None = None
        self._codes: dict[tuple[type, Any], float] = {}
        self._sorted: Floats | None = None
        self._order: NDArray[np.intp] | None = None
        if self.finite is not None:
            self._read_levels(self.finite)

    def _read_levels(self, finite: Finite) -> None:
        if isinstance(finite.values, list) and not _are_numbers(finite.values):
            self.categories = finite.size
            self.levels = np.arange(finite.size, dtype=float)
        elif isinstance(finite.values, list):
            ranks = np.empty(finite.size)
            ranks[sorted(range(finite.size), key=lambda i: finite.values[i])] = np.arange(finite.size)
            self.levels = ranks / max(finite.size - 1, 1)
        elif finite.size <= MOST_LEVELS:
            self.levels = np.array([self._place(index) for index in range(finite.size)])
        if self.levels is not None:
            self._order = np.argsort(self.levels, kind="stable")
            self._sorted = self.levels[self._order]

    def _place(self, index: int) -> float:
        """The number of one value of a formula."""
        assert self.finite is not None
        if isinstance(self.finite, Quantised):
            return _place(self.finite.distribution, float(self.finite.at(index)))
        return index / max(self.finite.size - 1, 1)

    @property
    def informs(self) -> bool:
        """Whether there is more than one value."""
        return self.finite is None or self.finite.size > 1

    def encode(self, value: Any) -> float:
        """The number of a value; of the nearest one where it is not among them."""
        if self.finite is None:
            assert self._distribution is not None
            return _place(self._distribution, float(value))
        if not isinstance(value, (int, float, str)):
            return self._encode(self.finite, value)
        # Looking up a value of a formula takes time, and what runs is encoded again for every suggestion.
        code = self._codes.get((type(value), value))
        if code is None:
            code = self._codes[type(value), value] = self._encode(self.finite, value)
        return code

    def _encode(self, finite: Finite, value: Any) -> float:
        index = finite.index_of(value)
        if index is None:
            raise ValueError(f"{value!r} is no value of this parameter")
        return self._place(index) if self.levels is None else float(self.levels[index])

    def index(self, numbers: Floats) -> NDArray[np.intp]:
        """The index of the value nearest to each number. Only for finite parameters."""
        assert self.finite is not None
        if self._sorted is None or self._order is None:
            return np.array([self.finite.index_from_unit(self._share(n)) for n in numbers], dtype=np.intp)
        if len(self._sorted) == 1:
            return np.zeros(np.shape(numbers), dtype=np.intp)
        # np.clip takes several times as long for so few numbers.
        right = np.minimum(np.maximum(np.searchsorted(self._sorted, numbers), 1), len(self._sorted) - 1)
        nearer = numbers - self._sorted[right - 1] <= self._sorted[right] - numbers
        found: NDArray[np.intp] = self._order[right - nearer]
        return found

    def snap(self, numbers: Floats) -> Floats:
        """The nearest numbers that values have."""
        if self.levels is not None:
            return self.levels[self.index(numbers)]
        if self.finite is None:
            return np.clip(numbers, 0.0, 1.0)
        return np.array([self._place(int(index)) for index in self.index(numbers)])

    def decode(self, number: float) -> Any:
        """The value of a number."""
        if self.finite is None:
            return self.parameter.from_unit(self._share(number))
        return self.finite.value(self._index_of(float(number)))

    def _index_of(self, number: float) -> int:
        """``index`` of one number; numpy takes several times as long for so few."""
        if self._sorted is None or self._order is None:
            return int(self.index(np.array([number]))[0])
        places = self._places
        if len(places) == 1:
            return 0
        right = min(max(bisect_left(places, number), 1), len(places) - 1)
        return int(self._order[right - (number - places[right - 1] <= places[right] - number)])

    @cached_property
    def _places(self) -> list[float]:
        assert self._sorted is not None
        return [float(place) for place in self._sorted]

    def sample(self, shares: Floats) -> Floats:
        """Numbers of values drawn by their probability, from uniform numbers between 0 and 1."""
        if self.levels is None:
            places = _DEVIATION * special.ndtri(shares) + 0.5 if self._normal else shares
            return np.clip(places, 0.0, 1.0) if self.finite is None else self.snap(places)
        assert self.finite is not None
        if self._starts is None:
            total = self.finite.total
            self._starts = np.array([self.finite.start(i) / total for i in range(1, self.finite.size)])
        return self.levels[np.searchsorted(self._starts, shares, side="right")]

    _starts: Floats | None = None

    def _share(self, number: float) -> float:
        """The share of the probability below a number of a column by a formula."""
        return (
            float(special.ndtr((number - 0.5) / _DEVIATION))
            if self._normal
            else min(max(float(number), 0.0), 1.0)
        )


def _place(distribution: Distribution, value: float) -> float:
    """Where a value lies: on the scale of an even distribution, and in deviations for a normal one."""
    if isinstance(distribution, (Normal, LogNormal)):
        if isinstance(distribution, LogNormal):
            value = log(value) if value > 0 else -inf
        z = (value - float(distribution.loc)) / float(distribution.scale)
        return _DEVIATION * min(max(z, -NORMAL_REACH), NORMAL_REACH) + 0.5
    return distribution.share(value)


def _are_numbers(values: Sequence[Any]) -> bool:
    """Whether values can be put in order: numbers, none of them twice (1 and 1.0 differ as JSON)."""
    return all(map(is_number, values)) and all(a < b for a, b in pairwise(sorted(values)))
