"""Losses keep their order and lose their extremes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.search.models.outputs import standardise, yeo_johnson

LOSSES = st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=60)


@given(LOSSES)
def test_any_losses_become_values_of_the_same_order(losses: list[float]) -> None:
    values = standardise(np.array(losses))
    assert np.isfinite(values).all()
    assert (np.diff(values[np.argsort(losses, kind="stable")]) >= -1e-9).all()
    if values.any():
        assert values.mean() == pytest.approx(0.0, abs=1e-6)
        assert values.std() == pytest.approx(1.0)


def test_an_outlier_does_not_hide_the_differences_of_the_others() -> None:
    losses = np.append(np.linspace(0.1, 0.9, 20), 1e12)
    values = standardise(losses)
    assert values[19] - values[0] > 1.5


def test_losses_that_are_all_alike_say_nothing() -> None:
    assert not standardise(np.full(10, 3.7)).any()
    assert not standardise(np.array([5.0])).any()


@pytest.mark.parametrize("power", [-2.0, 0.0, 0.7, 1.0, 2.0])
def test_the_power_transform_is_that_of_the_paper(power: float) -> None:
    values = np.linspace(-3, 4, 30)
    assert yeo_johnson(values, power) == pytest.approx(stats.yeojohnson(values, power))


def test_skewed_losses_become_nearly_normal() -> None:
    losses = np.exp(2.0 * np.random.default_rng(0).standard_normal(300))
    assert abs(stats.skew(standardise(losses))) < 0.4
