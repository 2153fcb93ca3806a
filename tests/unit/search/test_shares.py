"""A value's place on its parameter's own scale, in doubles, agrees with the exact way."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.search import parse_space
from leadline.search.space.parameters import Continuous

WRITTEN: dict[str, Any] = {
    "uniform": [-3, 5.5],
    "loguniform": {"min": 1e-6, "max": 40},
    "normal": [2, 0.3],
    "lognormal": [-1, 2],
}


def parameter(kind: str, value: Any) -> Any:
    space, _ = parse_space({"x": {"kind": kind, "value": value}})
    assert space is not None
    return space.parameters["x"]


@pytest.mark.parametrize("kind", WRITTEN)
@given(u=st.floats(1e-9, 1 - 1e-9))
def test_the_share_of_a_value_leads_back_to_it(kind: str, u: float) -> None:
    continuous = parameter(kind, WRITTEN[kind])
    assert isinstance(continuous, Continuous)
    value = continuous.from_unit(u)
    assert continuous.to_unit(value) == pytest.approx(u, abs=1e-9)
    exact = continuous.distribution.cdf(Fraction(value))
    assert continuous.to_unit(value) == pytest.approx(float(exact), abs=1e-12)


def test_the_ends_and_what_lies_beyond_stay_within_one() -> None:
    continuous = parameter("loguniform", {"min": 0.1, "max": 10})
    assert [continuous.to_unit(v) for v in (-1.0, 0.0, 0.1, 1.0, 10.0, 11.0)] == pytest.approx(
        [0, 0, 0, 0.5, 1, 1]
    )
