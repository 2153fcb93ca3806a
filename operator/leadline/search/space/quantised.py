"""A distribution rounded to multiples of q: finite, but with values of unequal probability.

The bounds are part of it: values are rounded first and then clipped, so that the ends can be reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from leadline.search.space.distributions import Distribution
from leadline.search.space.numbers import Number, exact, nearest_float, round_half_down, round_half_up
from leadline.search.space.parameters import Finite
from leadline.search.space.sequences import LazySequence

GREATEST_MULTIPLE = 2**52
"""Beyond it neighbouring multiples can round to the same double."""

_MASS_BITS = 128
_STARTS_KEPT = 4096


def multiples(distribution: Distribution, q: Fraction) -> tuple[int, int]:
    """The smallest and the greatest k for which k * q is the rounded value of something in the support.

    Halves round so that no multiple is counted that only a single point would round to.
    """
    low, high = distribution.support
    return round_half_up(low / q), round_half_down(high / q)


class Quantised(Finite):
    """The nearest multiple of q to a draw, clipped to ``clip`` (as written) where that is given.

    Masses are probabilities in units of 2^-128, and one unit more for each value, so that none is without.
    Multiples of a whole q are whole numbers.

    distribution: what is rounded. step: q, exactly. first: how many steps the first value is, before it is clipped.
    """

    bounds: tuple[Number, Number]

    def __init__(
        self,
        kind: str,
        distribution: Distribution,
        q: Number,
        shape: Mapping[str, Number],
        clip: tuple[Number, Number] | None = None,
    ) -> None:
        self.kind, self.distribution, self._shape = kind, distribution, shape
        self._q, self.step, self._clip = q, exact(q), clip
        self.first, last = multiples(distribution, self.step)
        self.size = last - self.first + 1
        self.total = (1 << _MASS_BITS) + self.size
        self._cached_start = lru_cache(maxsize=_STARTS_KEPT)(self._start)
        self.values = _Multiples(self.size, self)
        self.bounds = self.values[0], self.values[-1]

    def start(self, index: int) -> int:
        return self._cached_start(index)

    def _start(self, index: int) -> int:
        if index in (0, self.size):
            return self.total if index else 0
        boundary = (self.first + index - Fraction(1, 2)) * self.step
        share = min(max(self.distribution.cdf(boundary), Fraction(0)), Fraction(1))
        return int(share * (1 << _MASS_BITS)) + index

    def locate(self, mass: int) -> int:
        # The quantile function is a guess good to some 1e-15, so the first two looks nearly always agree.
        guess = (
            round_half_up(Fraction(self.distribution.quantile(mass / self.total)) / self.step) - self.first
        )
        low = min(max(guess, 0), self.size - 1)
        high, stride = low + 1, 1
        while self.start(low) > mass:
            low, high, stride = max(low - stride, 0), low, stride * 2
        while self.start(high) <= mass:
            low, high, stride = high, min(high + stride, self.size), stride * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.start(middle) <= mass else (low, middle)
        return low

    def at(self, index: int) -> Number:
        """The value of one index."""
        multiple = (self.first + index) * self.step
        if self._clip is not None and index in (0, self.size - 1):  # no other can lie outside
            low, high = self._clip
            if multiple < exact(low):
                return low
            if multiple > exact(high):
                return high
        return int(multiple) if isinstance(self._q, int) else nearest_float(multiple)

    def describe(self) -> dict[str, Any]:
        low, high = self.bounds
        return {"kind": self.kind, "low": low, "high": high, "q": self._q, **self._shape}


class _Multiples(LazySequence):
    def __init__(self, size: int, parameter: Quantised) -> None:
        super().__init__(size)
        self._parameter = parameter

    def _at(self, position: int) -> Number:
        return self._parameter.at(position)
