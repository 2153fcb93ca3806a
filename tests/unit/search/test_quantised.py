"""Quantised distributions: the mass of every value, and no rounding downwards."""

from __future__ import annotations

from itertools import pairwise
from math import erf, log, sqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.search import parse_space
from leadline.search.space.quantised import Quantised


def parse(kind: str, value: Any) -> Quantised:
    space, problems = parse_space({"p": {"kind": kind, "value": value}})
    assert space is not None, problems
    parameter = space.parameters["p"]
    assert isinstance(parameter, Quantised)
    return parameter


def shares(parameter: Quantised) -> list[float]:
    starts = [parameter.start(i) for i in range(parameter.size + 1)]
    return [(after - before) / parameter.total for before, after in pairwise(starts)]


def phi(z: float) -> float:
    return 0.5 * (1 + erf(z / sqrt(2)))


def test_the_ends_of_a_uniform_get_half_of_what_the_others_get() -> None:
    assert shares(parse("quniform", [0, 1, 0.25])) == pytest.approx([0.125, 0.25, 0.25, 0.25, 0.125])


def test_what_is_clipped_keeps_its_share() -> None:
    parameter = parse("quniform", [0.1, 1, 0.25])
    assert list(parameter.values) == [0.1, 0.25, 0.5, 0.75, 1.0]
    assert shares(parameter) == pytest.approx([0.025 / 0.9, 0.25 / 0.9, 0.25 / 0.9, 0.25 / 0.9, 0.125 / 0.9])


def test_the_others_have_the_shares_of_their_formulas() -> None:
    normal = parse("qnormal", [1, 2, 1])
    assert shares(normal)[list(normal.values).index(3)] == pytest.approx(phi(1.25) - phi(0.75))
    lognormal = parse("qlognormal", [1, 0.5, 1])
    assert shares(lognormal)[list(lognormal.values).index(3)] == pytest.approx(
        phi((log(3.5) - 1) / 0.5) - phi((log(2.5) - 1) / 0.5)
    )
    loguniform = parse("qloguniform", {"min": 1, "max": 100, "q": 1})
    assert shares(loguniform)[41] == pytest.approx((log(42.5) - log(41.5)) / log(100))


def test_rounding_is_not_biased_downwards() -> None:
    parameter = parse("qnormal", [0, 1, 0.5])
    mean = sum(value * share for value, share in zip(parameter.values, shares(parameter), strict=True))
    assert mean == pytest.approx(0, abs=1e-12)


KINDS = st.one_of(
    st.tuples(st.just("quniform"), st.floats(-5, 5), st.floats(0.5, 20), st.floats(0.01, 30)),
    st.tuples(st.just("qnormal"), st.floats(-50, 50), st.floats(0.1, 9), st.floats(0.001, 30)),
    st.tuples(st.just("qlognormal"), st.floats(-3, 3), st.floats(0.1, 1), st.floats(0.001, 30)),
    st.tuples(st.just("qloguniform"), st.floats(-3, 3), st.floats(0.1, 5), st.floats(0.001, 30)),
)


@given(KINDS, st.lists(st.integers(0, 2**128), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_every_unit_of_mass_belongs_to_the_value_that_contains_it(
    written: tuple[str, float, float, float], masses: list[int]
) -> None:
    kind, low, width, q = written
    second = width if "normal" in kind else low + width
    parameter = parse(kind, [low, second, q])
    for mass in (0, parameter.total - 1, *masses):
        index = parameter.locate(mass)
        assert 0 <= index < parameter.size
        assert parameter.start(index) <= mass < parameter.start(index + 1)
    assert parameter.from_unit(0.0) == parameter.values[0]
    assert parameter.from_unit(1.0) == parameter.values[-1]


@given(KINDS)
@settings(max_examples=150, deadline=None)
def test_every_value_has_mass_and_differs_from_its_neighbour(
    written: tuple[str, float, float, float],
) -> None:
    kind, low, width, q = written
    parameter = parse(kind, [low, width if "normal" in kind else low + width, q])
    ends = {0, 1, 2, parameter.size // 2, parameter.size - 3, parameter.size - 2, parameter.size - 1}
    for index in sorted(i for i in ends if 0 <= i < parameter.size):
        assert parameter.start(index) < parameter.start(index + 1)
        if index + 1 < parameter.size:
            assert parameter.values[index] < parameter.values[index + 1]
