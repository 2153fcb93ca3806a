"""The four distributions of a continuous parameter; how they are drawn from is not their business.

Each is given by its quantile function: a number from 0 to 1 in, a value out, the same on every platform.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import erfc, log, sqrt
from typing import Protocol

from leadline.search.space.numbers import (
    MASSES,
    NORMAL_REACH,
    VALUES,
    decimal_of,
    nearest_float,
    normal_cdf,
    normal_quantile,
)


class Distribution(Protocol):
    """What every parameter over the real numbers is made of."""

    @property
    def support(self) -> tuple[Fraction, Fraction]:
        """The smallest and the greatest value."""

    @property
    def spread(self) -> float:
        """How wide it is against the size of its numbers; at least MINIMAL_SPREAD, or doubles run out."""

    def quantile(self, u: float) -> float:
        """The value below which the share ``u`` (0 to 1) lies, correct but for its last digits."""

    def cdf(self, value: Fraction) -> Fraction:
        """The share below a value inside the support, to an absolute error below 1e-45."""

    def share(self, value: float) -> float:
        """``cdf`` as fast as doubles go: good to some 1e-15, and not the same to the last bit everywhere."""


MINIMAL_SPREAD = 1e-6
"""A uniform from 1,000,000 to 1,000,001 has it. Narrower ones hold too few doubles to draw from."""


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every value from low to high is equally likely."""

    low: Fraction
    high: Fraction

    @property
    def support(self) -> tuple[Fraction, Fraction]:
        return self.low, self.high

    @property
    def spread(self) -> float:
        return nearest_float((self.high - self.low) / max(abs(self.low), abs(self.high)))

    def quantile(self, u: float) -> float:
        # low + u (high - low) in whole numbers, rounded once: fractions would be made shorter at every step.
        part, whole = u.as_integer_ratio()
        low = self.low.numerator * self.high.denominator
        high = self.high.numerator * self.low.denominator
        return (low * whole + part * (high - low)) / (self.low.denominator * self.high.denominator * whole)

    def cdf(self, value: Fraction) -> Fraction:
        return (value - self.low) / (self.high - self.low)

    def share(self, value: float) -> float:
        low = float(self.low)
        return _within_one((value - low) / (float(self.high) - low))


@dataclass(frozen=True, slots=True)
class LogUniform:
    """The logarithm is uniform. low, high: natural-log exponents; support: the real values they stand for."""

    low: Decimal
    high: Decimal
    support: tuple[Fraction, Fraction]

    @classmethod
    def of_exponents(cls, low: Fraction, high: Fraction) -> LogUniform:
        exponents = decimal_of(low), decimal_of(high)
        ends = [Fraction(MASSES.exp(exponent)) for exponent in exponents]
        return cls(*exponents, (ends[0], ends[1]))

    @classmethod
    def of_values(cls, low: Fraction, high: Fraction) -> LogUniform:
        return cls(MASSES.ln(decimal_of(low)), MASSES.ln(decimal_of(high)), (low, high))

    @property
    def spread(self) -> float:
        return min(1.0, float(MASSES.subtract(self.high, self.low)))

    def quantile(self, u: float) -> float:
        width = VALUES.subtract(self.high, self.low)
        return float(VALUES.exp(VALUES.fma(Decimal(u), width, self.low)))

    def cdf(self, value: Fraction) -> Fraction:
        above = MASSES.subtract(MASSES.ln(decimal_of(value)), self.low)
        return Fraction(MASSES.divide(above, MASSES.subtract(self.high, self.low)))

    def share(self, value: float) -> float:
        low = float(self.low)
        return _within_one((log(value) - low) / (float(self.high) - low)) if value > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Normal:
    """Mean loc, standard deviation scale, cut at NORMAL_REACH scales."""

    loc: Fraction
    scale: Fraction

    @property
    def support(self) -> tuple[Fraction, Fraction]:
        return self.loc - NORMAL_REACH * self.scale, self.loc + NORMAL_REACH * self.scale

    @property
    def spread(self) -> float:
        return nearest_float(self.scale / max(abs(self.loc), self.scale))

    def quantile(self, u: float) -> float:
        return nearest_float(self.loc + self.scale * Fraction(normal_quantile(u)))

    def cdf(self, value: Fraction) -> Fraction:
        return Fraction(normal_cdf(decimal_of((value - self.loc) / self.scale)))

    def share(self, value: float) -> float:
        return _normal_share((value - float(self.loc)) / float(self.scale))


@dataclass(frozen=True, slots=True)
class LogNormal:
    """The logarithm is normal with mean loc and standard deviation scale, cut at NORMAL_REACH scales."""

    loc: Fraction
    scale: Fraction

    @property
    def support(self) -> tuple[Fraction, Fraction]:
        low, high = Normal(self.loc, self.scale).support
        return Fraction(MASSES.exp(decimal_of(low))), Fraction(MASSES.exp(decimal_of(high)))

    @property
    def spread(self) -> float:
        return min(1.0, nearest_float(self.scale))

    def quantile(self, u: float) -> float:
        exponent = self.loc + self.scale * Fraction(normal_quantile(u))
        return float(VALUES.exp(decimal_of(exponent, VALUES)))

    def cdf(self, value: Fraction) -> Fraction:
        exponent = Fraction(MASSES.ln(decimal_of(value)))
        return Fraction(normal_cdf(decimal_of((exponent - self.loc) / self.scale)))

    def share(self, value: float) -> float:
        return _normal_share((log(value) - float(self.loc)) / float(self.scale)) if value > 0 else 0.0


def _within_one(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _normal_share(z: float) -> float:
    return erfc(-z / sqrt(2.0)) / 2.0
