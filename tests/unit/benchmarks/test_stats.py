"""Normalised regret, means and verdicts, on numbers made by hand."""

from __future__ import annotations

import math

import pytest
from benchmarks.search.stats import (
    CLIP,
    Estimate,
    estimate,
    mean_error,
    normalise,
    paired,
    random_medians,
    verdict,
)


def test_regret_is_nought_at_the_best_and_one_at_the_median_of_random_search() -> None:
    assert normalise((9.0, 5.0, 3.0), 1.0, (9.0, 9.0, 5.0)) == (1.0, 0.5, 0.5)
    assert normalise((1.0,), 1.0, (2.0,)) == (0.0,)


def test_regret_is_clipped_and_a_run_without_success_is_the_worst() -> None:
    assert normalise((None, 1e9), 0.0, (1.0, 1.0)) == (CLIP, CLIP)


def test_a_loss_below_the_best_known_by_rounding_counts_as_the_best() -> None:
    assert normalise((0.999999,), 1.0, (2.0,)) == (0.0,)


def test_where_random_search_finds_the_best_the_first_gap_gives_the_scale() -> None:
    assert normalise((2.0, 1.005), 1.0, (2.0, 1.0)) == pytest.approx((1.0, 0.5))


def test_the_median_over_runs_bears_runs_without_success() -> None:
    assert random_medians([(None, 3.0), (4.0, 2.0), (None, 1.0)]) == (2.0, 2.0)


def test_means_have_standard_errors() -> None:
    assert mean_error([1.0, 3.0]) == (2.0, 1.0)
    assert math.isnan(mean_error([1.0])[1])


def test_an_estimate_is_over_all_pairs_and_its_second_error_over_tasks() -> None:
    found = estimate({("a", 0): 0.0, ("a", 1): 2.0, ("b", 0): 3.0, ("b", 1): 3.0})
    assert (found.mean, found.n) == (2.0, 4)
    assert found.error == pytest.approx(math.sqrt((4 + 0 + 1 + 1) / 3 / 4))
    assert found.by_task == pytest.approx(1.0)


def test_differences_are_taken_where_both_have_run() -> None:
    ours = {("a", 0): 0.2, ("a", 1): 0.5, ("b", 0): 9.0}
    theirs = {("a", 0): 0.3, ("a", 1): 0.7}
    found = paired(ours, theirs)
    assert found is not None
    assert found.mean == pytest.approx(-0.15)
    assert found.n == 2
    assert paired(ours, {}) is None


@pytest.mark.parametrize(
    ("mean", "error", "said"),
    [(-0.3, 0.1, "below"), (-0.2, 0.1, "at or below"), (0.05, 0.1, "at or below"), (0.3, 0.1, "above")],
)
def test_verdicts(mean: float, error: float, said: str) -> None:
    assert verdict(Estimate(mean, error, error, 10)) == said
