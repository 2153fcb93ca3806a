"""The distribution of cmaes moves to where results are good, and never closes a way for good."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from leadline.search import Completed, New, make_searcher
from leadline.search.models.cmaes.categories import Categories
from leadline.search.models.cmaes.margin import with_margin
from leadline.search.models.cmaes.normal import Normal
from leadline.search.models.cmaes.settings import SIGMA, Strategy, usual_size

METRIC = {"name": "loss", "optimization": "minimize"}


# --- the strategy's parameters ---


def test_they_are_those_of_the_tutorial() -> None:
    size = usual_size(10)
    found = Strategy.of(10, size)
    raw = np.array([log(5.5) - log(i) for i in range(1, 6)])
    assert size == 10
    assert found.parents[:5] == pytest.approx(raw / raw.sum())
    assert found.parents[5:] == pytest.approx(0.0)
    assert found.mu_eff == pytest.approx(3.1673, abs=1e-4)
    assert found.c_sigma == pytest.approx(0.28443, abs=1e-5)
    assert found.expected == pytest.approx(3.0847, abs=1e-4)


@given(st.integers(1, 60), st.integers(2, 200))
def test_no_generation_can_make_the_covariance_indefinite(width: int, size: int) -> None:
    found = Strategy.of(width, size)
    lost = found.c_1 + found.c_mu * (1 + width * max(-float(found.weights[found.weights < 0].sum()), 0.0))
    assert 0 <= found.c_mu <= 1
    assert lost <= 1 + 1e-9


# --- the normal distribution ---


def descend(normal: Normal, loss: Any, generations: int) -> float:
    rng = np.random.default_rng(0)
    best = np.inf
    for _ in range(generations):
        points = normal.sample(rng.standard_normal((normal.strategy.size, normal.strategy.width)))
        losses = np.array([loss(point) for point in points])
        best = min(best, float(losses.min()))
        normal.update(points[np.argsort(losses, kind="stable")])
    return best


def test_it_comes_to_the_bottom_of_a_narrow_rotated_valley() -> None:
    axes, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((5, 5)))
    stretch = 10.0 ** np.linspace(0, 4, 5)

    def valley(point: Any) -> float:
        return float((stretch * (axes @ (point - 0.4)) ** 2).sum())

    normal = Normal(Strategy.of(5, usual_size(5)), np.full(5, 0.5))
    start = valley(normal.mean)
    assert descend(normal, valley, 300) < 1e-9 * start
    # The covariance has become the inverse of the valley's shape, up to its size.
    shape = axes.T @ np.diag(stretch) @ axes @ normal.covariance
    eigenvalues = np.linalg.eigvals(shape).real
    assert eigenvalues.max() / eigenvalues.min() < 20


def test_far_points_pull_no_more_than_those_at_the_edge() -> None:
    normal = Normal(Strategy.of(3, 6), np.full(3, 0.5))
    far = np.full((6, 3), 0.5)
    far[:, 0] = 1000.0
    normal.update(far)
    assert np.linalg.norm(normal.mean - 0.5) <= SIGMA * (3**0.5 + 6 / 5) + 1e-12
    assert np.linalg.eigvalsh(normal.covariance).min() > 0


def test_what_is_not_there_pulls_nowhere() -> None:
    normal = Normal(Strategy.of(2, 6), np.array([0.3, 0.5]))
    points = normal.sample(np.random.default_rng(0).standard_normal((6, 2)))
    points[:, 0] = np.nan
    normal.update(points)
    assert normal.mean[0] == 0.3
    assert normal.mean[1] != 0.5


def test_a_distribution_over_nothing_learns_nothing() -> None:
    normal = Normal(Strategy.of(0, 4), np.empty(0))
    normal.update(np.empty((4, 0)))
    assert normal.sample(np.empty((3, 0))).shape == (3, 0)


# --- the margin of integers ---


@given(
    st.floats(0, 1),
    st.floats(1e-8, 2.0),
    st.integers(2, 12),
    st.floats(0.001, 0.2),
)
def test_another_value_is_never_impossible(mean: float, deviation: float, count: int, least: float) -> None:
    levels = np.linspace(0, 1, count)
    moved, wider = with_margin(mean, deviation, levels, least)
    borders = (levels[1:] + levels[:-1]) / 2
    cell = int(np.searchsorted(borders, moved))
    below = ndtr((borders[cell - 1] - moved) / (deviation * wider)) if cell else 0.0
    above = ndtr((moved - borders[cell]) / (deviation * wider)) if cell < len(borders) else 0.0
    assert below + above >= least * (1 - 1e-6)
    assert cell == int(np.searchsorted(borders, mean))


def test_a_wide_distribution_stays_as_it_is() -> None:
    assert with_margin(0.5, 0.3, np.linspace(0, 1, 5), 0.01) == pytest.approx((0.5, 1.0))


# --- the distribution of categories ---


def test_the_better_category_becomes_likelier_and_none_impossible() -> None:
    categories = Categories([np.array([0.25, 0.25, 0.5]), np.array([0.5, 0.5])])
    rng, strategy = np.random.default_rng(0), Strategy.of(0, 8)
    for _ in range(60):
        drawn = categories.sample(rng.random((8, 2)))
        categories.update(strategy, drawn[np.argsort(drawn[:, 0] != 1, kind="stable")])
    drawn = categories.sample(rng.random((4000, 2)))
    shares = [np.bincount(drawn[:, i].astype(int), minlength=k) / 4000 for i, k in enumerate((3, 2))]
    assert shares[0].argmax() == 1
    assert shares[0][1] > 0.75
    assert min(shares[0].min(), shares[1].min()) > 0.03


def test_an_inactive_category_teaches_nothing() -> None:
    categories = Categories([np.array([0.5, 0.5])])
    shares = np.linspace(0.01, 0.99, 50)[:, None]
    before = categories.sample(shares)
    categories.update(Strategy.of(0, 4), np.full((4, 1), -1.0))
    assert (categories.sample(shares) == before).all()


# --- the whole search ---


def searched(params: dict[str, Any], loss: Any, trials: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The configurations and origins of a search, one trial after another."""
    searcher = make_searcher({"kind": "cmaes", "params": params, "numRuns": trials, "metric": METRIC}, 3)
    found = []
    for number in range(trials):
        new = searcher.suggest([number]).suggestions[0]
        assert isinstance(new, New)
        found.append((dict(new.params), dict(new.origin)))
        value = loss(new.params)
        outcome: Any = "failed" if value is None else "succeeded"
        searcher.update([Completed(number, new.params, number, outcome, value)], [])
    return found


MIXED = {
    "x": {"kind": "uniform", "value": [0, 1]},
    "rate": {"kind": "loguniform", "value": {"min": 1e-6, "max": 1}},
    "n": {"kind": "range", "value": [0, 50, 1]},
    "kind": {"kind": "choice", "value": ["a", "b", "c"]},
}


def test_numbers_integers_and_categories_are_searched_together() -> None:
    def loss(p: Any) -> float | None:
        if p["x"] > 0.9:
            return None
        far = (p["x"] - 0.7) ** 2 + (log(p["rate"]) / 14 + 0.5) ** 2 + abs(p["n"] - 31) / 50
        return float(far + (p["kind"] != "b"))

    last = searched(MIXED, loss, 300)[-20:]
    values = [value for params, _ in last if (value := loss(params)) is not None]
    assert float(np.median(values)) < 0.05


def test_a_search_that_finds_nothing_better_starts_again_with_larger_generations() -> None:
    params = {"x": {"kind": "uniform", "value": [0, 1]}, "y": {"kind": "uniform", "value": [0, 1]}}
    origins = [origin for _, origin in searched(params, lambda p: 1.0, 500)]
    restarts = [origin.get("restarts", 0) for origin in origins]
    assert restarts == sorted(restarts)
    begins = [restarts.index(k) for k in range(3)]
    assert begins[2] - begins[1] > begins[1] - begins[0]


def test_a_generation_of_failures_alone_changes_nothing() -> None:
    origins = [origin for _, origin in searched(MIXED, lambda p: None if p["x"] >= 0 else 0.0, 40)]
    assert all(origin.get("generation", 0) == 0 for origin in origins)
