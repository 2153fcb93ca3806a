"""Losses keep their order and lose their extremes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.search.models.outputs import scale

LOSSES = st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=60)


@given(LOSSES)
def test_any_losses_become_values_of_the_same_order(losses: list[float]) -> None:
    values = scale(np.array(losses))
    assert np.isfinite(values).all()
    assert (np.diff(values[np.argsort(losses, kind="stable")]) >= -1e-9).all()


def test_the_middle_of_the_first_is_zero_and_the_best_is_minus_one() -> None:
    values = scale(np.array([5.0, 3.0, 4.0, 1.0, 9.0]))
    assert values[:4] == pytest.approx([1 / 3, -1 / 3, 0.0, -1.0])


def test_an_outlier_does_not_hide_the_differences_of_the_others() -> None:
    losses = np.append(np.linspace(0.1, 0.9, 20), 1e12)
    values = scale(losses)
    assert values[19] - values[0] > 1.5
    assert values[20] < 40


def test_a_loss_beyond_all_measure_among_the_first_hides_nothing() -> None:
    losses = np.append(1e210, np.linspace(0.1, 0.9, 20))
    values = scale(losses)
    assert values[20] - values[1] > 1.5
    assert values[0] < 40


def test_results_gathered_near_the_best_do_not_change_the_measure() -> None:
    spread_out = [0.9, 0.5, 0.7, 0.3, 1.0, 0.6, 0.8, 0.4, 0.95, 0.55, 0.65, 0.75]
    few, many = scale(np.array([*spread_out, 0.1])), scale(np.array([*spread_out, *[0.1] * 200]))
    assert many[:13] == pytest.approx(few)


def test_losses_that_are_all_alike_say_nothing() -> None:
    assert not scale(np.full(10, 3.7)).any()
    assert not scale(np.array([5.0])).any()


def test_losses_further_apart_than_a_number_can_say_say_nothing() -> None:
    assert not scale(np.array([1.7e308] * 7 + [-1.7e308] * 5)).any()
