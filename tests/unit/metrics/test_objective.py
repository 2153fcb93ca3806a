from __future__ import annotations

import pytest

from leadline.metrics import Objective, Strategy, objective

from .logs import read

LOG = "acc=0.5\nacc=0.9\nacc=0.4\n"


@pytest.mark.parametrize(
    ("strategy", "optimization", "value"),
    [
        ("last", "maximize", 0.4),
        ("last", "minimize", 0.4),
        ("best", "maximize", 0.9),
        ("best", "minimize", 0.4),
        ("mean", "maximize", 0.6),
    ],
)
def test_the_value_follows_the_strategy(strategy: Strategy, optimization: str, value: float) -> None:
    found = objective(read(LOG), "acc", optimization, strategy)  # type: ignore[arg-type]

    assert found.value == pytest.approx(value)
    assert found.reason == ""


@pytest.mark.parametrize("strategy", ["best", "mean"])
def test_best_and_mean_are_taken_of_the_finite_values(strategy: Strategy) -> None:
    assert objective(read("acc=0.5\nacc=nan\n"), "acc", "maximize", strategy) == Objective(0.5)


@pytest.mark.parametrize("strategy", ["last", "best", "mean"])
def test_a_metric_that_was_never_finite_has_no_value(strategy: Strategy) -> None:
    found = objective(read("acc=nan\nacc=inf\n"), "acc", "maximize", strategy)

    assert found.value is None
    assert found.reason == "MetricNotFinite"
    assert "NaN or infinite" in found.message


def test_a_diverged_trial_says_how_long_it_went_well() -> None:
    found = objective(read("acc=0.5\nacc=0.6\nacc=nan\n"), "acc", "maximize")

    assert found.reason == "MetricNotFinite"
    assert "finite values before it: 2" in found.message


def test_a_missing_metric_is_told_with_what_was_reported_and_the_nearest_name() -> None:
    found = objective(read("Acc: 0.5 loss: 0.1\n", objective="acc"), "acc", "maximize")

    assert found.reason == "MetricMissing"
    assert "reported were: Acc, loss" in found.message
    assert 'did you mean "Acc"?' in found.message


def test_a_metric_that_was_never_a_number_is_told_how_to_print_it() -> None:
    found = objective(read("acc=0,5\nacc=0,6\n"), "acc", "maximize")

    assert found.reason == "MetricMissing"
    assert "never as a number (reports: 2)" in found.message
    assert "acc=0.93" in found.message
