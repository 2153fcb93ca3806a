"""Continuous parameters: cut into cells, no two of which hold the same number. Uniqueness of trials rests on it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.search import parse_space
from leadline.search.space.parameters import Continuous

SIZES = st.sampled_from([0.0, 1.0, 1e-6, 12345.678, 1e6, -3e5, 1e200, -1e-200])
SPREADS = st.sampled_from([1.1e-6, 1e-4, 0.1, 1.0, 7.0, 1e4])


def parse(kind: str, value: Any) -> Continuous:
    space, problems = parse_space({"p": {"kind": kind, "value": value}})
    assert space is not None, problems
    parameter = space.parameters["p"]
    assert isinstance(parameter, Continuous)
    return parameter


@st.composite
def parameters(draw: st.DrawFn) -> Continuous:
    kind = draw(st.sampled_from(["uniform", "loguniform", "normal", "lognormal"]))
    spread = draw(SPREADS)
    if kind in ("uniform", "normal"):
        size = draw(SIZES)
        width = spread * (abs(size) or 1.0)
        return parse(kind, [size, size + width if kind == "uniform" else width])
    low = draw(st.floats(-30, 30))
    return parse(kind, [low, low + min(spread, 30) if kind == "loguniform" else min(spread, 10)])


@given(parameters(), st.floats(0, 1), st.sampled_from(["low end", "high end", "middle", "anywhere"]))
@settings(max_examples=400)
def test_neighbouring_cells_hold_different_numbers(parameter: Continuous, share: float, where: str) -> None:
    assert 2**28 <= parameter.cells <= 2**48
    cells = max(parameter.cells, 2**30)  # as fine as a Sobol sequence
    cell = {
        "low end": 0,
        "high end": cells - 2,
        "middle": cells // 2 - 1,
        "anywhere": int(share * (cells - 2)),
    }[where]
    below, above = (parameter.from_unit((2 * place + 1) / (2 * cells)) for place in (cell, cell + 1))
    low, high = parameter.bounds
    assert low <= below < above <= high


@given(parameters(), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=200)
def test_a_greater_share_never_gives_a_smaller_number(
    parameter: Continuous, one: float, other: float
) -> None:
    if one > other:
        one, other = other, one
    # Rounding may turn the order of shares that are closer than a cell.
    if other - one > 1 / parameter.cells:
        assert parameter.from_unit(one) <= parameter.from_unit(other)


@pytest.mark.parametrize("width", [1.0, 0.99, 0.3, 1.0 + 2**-40])
def test_a_uniform_of_a_millionth_is_the_narrowest(width: float) -> None:
    _, problems = parse_space({"p": {"kind": "uniform", "value": [999_999, 999_999 + width]}})
    assert bool(problems) == (width < 1)
