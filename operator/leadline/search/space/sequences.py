"""Finite values by formula: a range of 10^18 points takes no memory and its first value no time.

Values are computed from the numbers as they were written, so that 0.3 is 0.3 and whole numbers stay whole.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any, overload

from leadline.search.space.numbers import MASSES, decimal_of, integer_root, nearest_float


class LazySequence(Sequence[Any]):
    """A sequence whose items are computed when they are asked for."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self._at(i) for i in range(*index.indices(self._size))]
        position = index + self._size if index < 0 else index
        if not 0 <= position < self._size:
            raise IndexError(f"index {index} of {self._size} values")
        return self._at(position)

    @abstractmethod
    def _at(self, position: int) -> Any:
        """The value at a position from 0 to size - 1."""


class Arithmetic(LazySequence):
    """start, start + step, …: ``range`` and ``linspace``."""

    def __init__(self, start: Fraction, step: Fraction, size: int, *, whole: bool) -> None:
        super().__init__(size)
        self._denominator = lcm(start.denominator, step.denominator)
        self._start = int(start * self._denominator)
        self._step = int(step * self._denominator)
        self._whole = whole

    def _at(self, position: int) -> int | float:
        numerator = self._start + position * self._step
        return numerator // self._denominator if self._whole else numerator / self._denominator


class Geometric(LazySequence):
    """From start to stop with one ratio, both ends included: ``geomspace``. Both have one sign and are not 0."""

    def __init__(self, start: Fraction, stop: Fraction, size: int, *, whole: bool) -> None:
        super().__init__(size)
        self._ends = {0: start} if size == 1 else {0: start, size - 1: stop}
        self._first = decimal_of(start)
        self._log_ratio = MASSES.ln(decimal_of(stop / start))
        self._whole = whole

    def _at(self, position: int) -> int | float:
        if (end := self._ends.get(position)) is not None:
            return int(end) if self._whole else nearest_float(end)
        exponent = MASSES.divide(MASSES.multiply(self._log_ratio, Decimal(position)), Decimal(self._size - 1))
        value = MASSES.multiply(self._first, MASSES.exp(exponent))
        return round(value) if self._whole else float(value)


class Powers(LazySequence):
    """base to the power of evenly spaced exponents: ``logspace``."""

    def __init__(self, base: Fraction, start: Fraction, step: Fraction, size: int, *, whole: bool) -> None:
        super().__init__(size)
        self._log_base = MASSES.ln(decimal_of(base))
        self._start, self._step = start, step
        self._whole = whole

    def _at(self, position: int) -> int | float:
        exponent = decimal_of(self._start + position * self._step)
        value = MASSES.exp(MASSES.multiply(self._log_base, exponent))
        return round(value) if self._whole else float(value)


class Dates(LazySequence):
    """Days, as ISO 8601 text: ``daterange``."""

    def __init__(self, start: date, days: int, size: int) -> None:
        super().__init__(size)
        self._start, self._days = start, days

    def _at(self, position: int) -> str:
        return (self._start + timedelta(days=position * self._days)).isoformat()


class Datetimes(LazySequence):
    """Moments, as ISO 8601 text in the time zone of the first one, if it has any: ``datetimerange``."""

    def __init__(self, start: datetime, microseconds: int, size: int, *, zulu: bool) -> None:
        super().__init__(size)
        self._start, self._step, self._zulu = start, microseconds, zulu
        fractional = start.microsecond or microseconds % 1_000_000
        self._timespec = "microseconds" if fractional else "seconds"

    def _at(self, position: int) -> str:
        moment = self._start + timedelta(microseconds=position * self._step)
        text = moment.isoformat(timespec=self._timespec)
        return text.removesuffix("+00:00") + "Z" if self._zulu else text


def geometric_is_whole(start: int, stop: int, size: int) -> bool:
    """Whether every value from start to stop is a whole number: is the ratio of neighbours rational?"""
    ratio = Fraction(stop, start)
    over = integer_root(ratio.numerator, size - 1)
    under = integer_root(ratio.denominator, size - 1)
    # Then (over / under)^i times start is whole for each i: under^(size - 1) divides start.
    return over is not None and under is not None
