"""Numbers that are the same to the last bit on every machine."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from math import erf, sqrt
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.search.space.numbers import (
    exact,
    integer_root,
    nearest_float,
    normal_cdf,
    normal_quantile,
    round_half_down,
    round_half_up,
)


def test_a_float_stands_for_the_decimal_that_was_written() -> None:
    assert exact(0.1) * 3 == Fraction(3, 10)
    assert exact(1e-05) == Fraction(1, 100_000)
    assert exact(10**30) == 10**30


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=300)
def test_an_exact_number_comes_back_as_the_float_it_was(value: float) -> None:
    assert nearest_float(exact(value)) == value


def test_halves_round_up_or_down_as_the_name_says() -> None:
    assert [round_half_up(Fraction(n, 2)) for n in (-3, -1, 1, 3)] == [-1, 0, 1, 2]
    assert [round_half_down(Fraction(n, 2)) for n in (-3, -1, 1, 3)] == [-2, -1, 0, 1]


@given(st.floats(min_value=1e-15, max_value=1 - 1e-15))
@settings(max_examples=500)
def test_the_normal_quantile_agrees_with_the_standard_librarys(u: float) -> None:
    assert normal_quantile(u) == pytest.approx(NormalDist().inv_cdf(u), rel=4e-15, abs=1e-16)


def test_the_normal_quantile_ends_at_eight_scales() -> None:
    assert normal_quantile(0.0) == -8.0
    assert normal_quantile(1.0) == 8.0
    assert normal_quantile(1e-300) == -8.0
    assert normal_quantile(0.5) == 0.0


@given(st.floats(min_value=-7.9, max_value=7.9))
@settings(max_examples=300)
def test_the_normal_cdf_agrees_with_erf(z: float) -> None:
    assert float(normal_cdf(Decimal(z))) == pytest.approx(0.5 * (1 + erf(z / sqrt(2))), abs=1e-15)


@pytest.mark.parametrize("z", ["0", "1", "-1", "-6", "2.5", "7.9", "-7.999"])
def test_the_normal_cdf_has_far_more_digits_than_a_double(z: str) -> None:
    assert abs(normal_cdf(Decimal(z)) - _alternating_series(Decimal(z))) < Decimal("1e-45")
    assert normal_cdf(Decimal(8)) == 1
    assert normal_cdf(Decimal(-9)) == 0


def _alternating_series(z: Decimal) -> Decimal:
    """Φ by the textbook's series, which cancels: hence 120 digits."""
    with localcontext() as context:
        context.prec = 120
        pi = _pi()
        total, power, factor = Decimal(0), z, Decimal(1)
        for n in range(400):
            total += (-1) ** n * power / (factor * (2 * n + 1))
            power, factor = power * z * z, factor * 2 * (n + 1)
        return Decimal("0.5") + total / (2 * pi).sqrt()


def _pi() -> Decimal:
    """Machin's formula, in the current context."""

    def arctan_of_inverse(x: int) -> Decimal:
        return sum(((-1) ** n / (Decimal(x) ** (2 * n + 1) * (2 * n + 1)) for n in range(100)), Decimal(0))

    return 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239))


@given(st.integers(1, 10**6), st.integers(1, 12))
@settings(max_examples=300)
def test_the_integer_root_of_a_power_is_its_base(base: int, degree: int) -> None:
    assert integer_root(base**degree, degree) == base
    if base > 1 and degree > 1:
        assert integer_root(base**degree + 1, degree) is None
