"""The Gaussian process agrees with the textbook's formulas, and its gradients with differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate, optimize, stats

from leadline.search.models.encoding import INACTIVE
from leadline.search.models.gp import kernel
from leadline.search.models.gp.acquisition import (
    Acquisition,
    log_expected_improvement,
    log_probability_of_improvement,
    lower_confidence_bound,
)
from leadline.search.models.gp.fit import Evidence, Hyperparameters, fit
from leadline.search.models.gp.priors import usual
from leadline.search.models.gp.regression import Regression
from leadline.search.models.gp.split import Split
from leadline.search.models.gp.surface import GaussianSurface

Floats = NDArray[np.float64]
CATEGORIES = np.array([0, 3, 0])
PROFILES = [kernel.matern52, kernel.matern32, kernel.matern12, kernel.rbf]
HYPER = Hyperparameters(lengths=np.array([0.3, 0.8, 1.5]), signal=1.3, noise=0.01)


def rows(count: int, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    drawn = rng.random((count, 3))
    drawn[:, 1] = rng.integers(3, size=count)
    return drawn


def losses(count: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).standard_normal(count)


def regression(count: int = 12, profile: kernel.Profile = kernel.matern52) -> Regression:
    return Regression(kernel.Embedding(CATEGORIES), profile, HYPER, rows(count), losses(count))


def covariance(a: Floats, b: Floats, profile: kernel.Profile) -> Floats:
    """The kernel by its definition, one pair at a time."""
    found = np.empty((len(a), len(b)))
    for i, left in enumerate(a):
        for j, right in enumerate(b):
            differences = left - right
            differences[1] = float(left[1] != right[1])
            found[i, j] = HYPER.signal * profile(np.sum((differences / HYPER.lengths) ** 2))[0]
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_mean_and_variance_are_those_of_the_textbook(profile: kernel.Profile) -> None:
    known, values, new = rows(12), losses(12), rows(5, seed=2)
    matrix = covariance(known, known, profile) + HYPER.noise * np.eye(12)
    # An unknown constant mean with a standard normal prior is one more term of the kernel, but for its own spread.
    inverse = np.linalg.inv(matrix)
    mean = inverse.sum(axis=1) @ values / (inverse.sum() + 1.0)
    cross = covariance(new, known, profile)
    expected = mean + cross @ inverse @ (values - mean)
    variance = HYPER.signal - np.einsum("ij,jk,ik->i", cross, inverse, cross)
    found = Regression(kernel.Embedding(CATEGORIES), profile, HYPER, known, values).predict(new)
    assert found[0] == pytest.approx(expected, rel=1e-8)
    assert found[1] == pytest.approx(variance, rel=1e-6)


def test_an_inactive_value_is_as_far_from_every_category() -> None:
    embedding = kernel.Embedding(np.array([3]))
    points = embedding(np.array([[0.0], [1.0], [2.0], [INACTIVE]]))
    squared = kernel.squared_distances(points, points)
    assert squared[:3, :3] == pytest.approx(1.0 - np.eye(3))
    assert squared[3, :3] == pytest.approx([0.5] * 3)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_derivative_of_a_profile_is_its_slope(profile: kernel.Profile) -> None:
    squared = np.linspace(0.05, 6.0, 40)
    step = 1e-6
    slope = (profile(squared + step)[0] - profile(squared - step)[0]) / (2 * step)
    assert profile(squared)[1]() == pytest.approx(slope, rel=1e-5)
    assert profile(np.zeros(1))[0] == pytest.approx(1.0)


@pytest.mark.parametrize("profile", PROFILES)
def test_gradients_of_the_evidence_are_right(profile: kernel.Profile) -> None:
    embedding = kernel.Embedding(CATEGORIES)
    evidence = Evidence(embedding(rows(15)), embedding.owner, losses(15), profile, usual(3))
    for seed in range(3):
        theta = usual(3).start(3) + 0.5 * np.random.default_rng(seed).standard_normal(5)
        found = evidence(theta)[1]
        expected = optimize.approx_fprime(theta, lambda t: evidence(t)[0], 1e-6)
        assert found == pytest.approx(expected, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("profile", PROFILES)
def test_gradients_of_predictions_are_right(profile: kernel.Profile) -> None:
    fitted = regression(profile=profile)
    fitted.imagine(rows(2, seed=5))
    row = rows(1, seed=9)[0]

    def at(x: Floats, which: int) -> float:
        moved = row.copy()
        moved[[0, 2]] = x
        return float(fitted.predict_with_gradient(moved)[which])

    gradients = fitted.predict_with_gradient(row)[2:]
    for which in (0, 1):
        found = gradients[which][[0, 2]]
        expected = optimize.approx_fprime(row[[0, 2]], lambda x, w=which: at(x, w), 1e-7)
        assert found == pytest.approx(expected, abs=1e-5)
    assert gradients[0][1] == 0.0
    mean, variance = fitted.predict(row[None, :])
    assert fitted.predict_with_gradient(row)[:2] == pytest.approx((mean[0], variance[0]))


def test_what_is_imagined_leaves_the_mean_and_shrinks_the_variance() -> None:
    plain, imagining = regression(), regression()
    new, pending = rows(20, seed=3), rows(4, seed=4)
    imagining.imagine(pending[:2])
    imagining.imagine(pending[2:])
    assert imagining.predict(new)[0] == pytest.approx(plain.predict(new)[0])
    assert (imagining.predict(new)[1] <= plain.predict(new)[1] + 1e-12).all()
    assert (imagining.predict(pending)[1] < 0.02).all()
    # The same as having seen them all, whatever their values are.
    seen = Regression(
        kernel.Embedding(CATEGORIES), kernel.matern52, HYPER, np.vstack([rows(12), pending]), np.zeros(16)
    )
    assert imagining.predict(new)[1] == pytest.approx(seen.predict(new)[1], rel=1e-6)


def test_a_fit_finds_which_column_matters_and_how_much_noise_there_is() -> None:
    rng = np.random.default_rng(0)
    points = rng.random((60, 3))
    values = np.sin(9 * points[:, 0]) + 0.3 * rng.standard_normal(60)
    values = (values - values.mean()) / values.std()
    found = fit(points, np.arange(3), values, kernel.matern52, usual(3), np.empty((0, 5)))
    assert found.lengths[0] < 0.5 * min(found.lengths[1:])
    assert 0.05 < found.noise < 0.5


@pytest.mark.parametrize("z", [-30.0, -8.0, -3.0, 0.0, 2.0, 9.0])
def test_log_expected_improvement_is_the_logarithm_of_the_integral(z: float) -> None:
    best, deviation = 0.7, 0.4
    mean = best - z * deviation
    value, _, _ = log_expected_improvement(best)(np.array([mean]), np.array([deviation**2]))
    # E = deviation * integral of Phi up to z; scaled by its greatest value, so that it does not vanish.
    peak = stats.norm.logcdf(z)
    whole, _ = integrate.quad(lambda t: np.exp(stats.norm.logcdf(z - t) - peak), 0, 50, points=[1.0])
    assert value[0] == pytest.approx(np.log(deviation) + peak + np.log(whole), rel=1e-6)


def test_log_expected_improvement_stays_finite_and_ordered_far_away() -> None:
    means = np.array([1e1, 1e2, 1e4, 1e6])
    values, by_mean, by_variance = log_expected_improvement(0.0)(means, np.ones(4))
    assert np.isfinite(values).all()
    assert np.isfinite(by_mean).all()
    assert np.isfinite(by_variance).all()
    assert (np.diff(values) < 0).all()


@pytest.mark.parametrize(
    "acquisition",
    [log_expected_improvement(0.2), log_probability_of_improvement(0.2, 0.01), lower_confidence_bound(2.0)],
)
@pytest.mark.parametrize(("mean", "variance"), [(0.1, 0.3), (1.5, 0.02), (-0.4, 0.5), (4.0, 0.01)])
def test_gradients_of_acquisitions_are_right(acquisition: Acquisition, mean: float, variance: float) -> None:
    def at(x: Any) -> float:
        return float(acquisition(np.array([x[0]]), np.array([x[1]]))[0][0])

    _, by_mean, by_variance = acquisition(np.array([mean]), np.array([variance]))
    expected = optimize.approx_fprime(np.array([mean, variance]), at, 1e-8)
    assert [by_mean[0], by_variance[0]] == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_a_surface_falls_where_trials_have_failed_and_its_gradient_knows() -> None:
    embedding = kernel.Embedding(CATEGORIES)
    known = rows(20)
    labels = (known[:, 0] > 0.5).astype(float)
    feasibility = Regression(embedding, kernel.matern52, HYPER, known, labels)
    objective = regression()
    with_failures = GaussianSurface([(objective, log_expected_improvement(-0.5), 1.0)], feasibility)
    without = GaussianSurface([(objective, log_expected_improvement(-0.5), 1.0)])
    new = rows(40, seed=8)
    lost = without.values(new) - with_failures.values(new)
    assert (lost > 0).all()
    assert lost[new[:, 0] > 0.7].mean() > 3 * lost[new[:, 0] < 0.3].mean()
    row = new[0]
    found = with_failures.value_and_gradient(row)
    assert found[0] == pytest.approx(with_failures.values(row[None, :])[0])

    def at(x: Floats) -> float:
        moved = row.copy()
        moved[[0, 2]] = x
        return with_failures.value_and_gradient(moved)[0]

    assert found[1][[0, 2]] == pytest.approx(
        optimize.approx_fprime(row[[0, 2]], at, 1e-7), rel=1e-3, abs=1e-4
    )


def test_a_split_knows_of_each_category_only_what_was_seen_of_it() -> None:
    embedding = kernel.Embedding(CATEGORIES)
    known, values = rows(20), losses(20)
    parts = {}
    for category in (0.0, 1.0):
        here = known[:, 1] == category
        parts[category] = Regression(embedding, kernel.matern52, HYPER, known[here], values[here])
    nothing = Regression(embedding, kernel.matern52, HYPER, known[:0], values[:0])
    split = Split(1, parts, nothing)
    new = rows(12, seed=3)
    mean, variance = split.predict(new)
    for i, row in enumerate(new):
        part = parts.get(row[1], nothing)
        expected = part.predict(row[None, :])
        assert (mean[i], variance[i]) == pytest.approx((expected[0][0], expected[1][0]))
        assert split.predict_with_gradient(row)[:2] == pytest.approx((mean[i], variance[i]))
    unknown = new[:, 1] == 2.0
    assert unknown.any()
    assert (mean[unknown] == 0.0).all()
    assert variance[unknown] == pytest.approx(HYPER.signal)
    split.imagine(new)
    assert (split.predict(new)[1] < variance).all()
    assert split.predict(new)[0] == pytest.approx(mean)
    assert split.leave_one_out() == pytest.approx(
        sum(part.leave_one_out() for part in parts.values()), rel=0.5
    )


def test_leaving_one_out_is_what_the_others_predict() -> None:
    known, values = rows(10), losses(10)
    whole = Regression(kernel.Embedding(CATEGORIES), kernel.matern52, HYPER, known, values)
    total = 0.0
    matrix = covariance(known, known, kernel.matern52) + HYPER.noise * np.eye(10)
    for i in range(10):
        others = np.arange(10) != i
        weights = np.linalg.solve(matrix[np.ix_(others, others)], matrix[others, i])
        mean = whole.mean + weights @ (values[others] - whole.mean)
        variance = matrix[i, i] - weights @ matrix[others, i]
        total += stats.norm.logpdf(values[i], mean, np.sqrt(variance))
    assert whole.leave_one_out() == pytest.approx(total)


def test_an_outlook_is_kept_up_to_date_with_what_is_imagined() -> None:
    embedding = kernel.Embedding(CATEGORIES)
    known, values, new = rows(20), losses(20), rows(15, seed=6)
    whole = regression()
    parts = {
        category: Regression(embedding, kernel.matern52, HYPER, known[here], values[here])
        for category in (0.0, 1.0)
        if (here := known[:, 1] == category).any()
    }
    nothing = Regression(embedding, kernel.matern52, HYPER, known[:0], values[:0])
    for model in (whole, Split(1, parts, nothing)):
        outlook = model.outlook(new)
        for pending in (rows(1, seed=7), rows(3, seed=8)):
            model.imagine(pending)
            outlook.refresh()
            expected, found = model.predict(new), outlook.predict()
            assert found[0] == pytest.approx(expected[0])
            assert found[1] == pytest.approx(expected[1], abs=1e-9)


def test_a_fixed_surface_has_the_values_of_the_surface() -> None:
    feasibility = Regression(
        kernel.Embedding(CATEGORIES), kernel.matern52, HYPER, rows(20), (rows(20)[:, 0] > 0.5).astype(float)
    )
    model = regression()
    surface = GaussianSurface([(model, log_expected_improvement(-0.5), 1.0)], feasibility)
    new = rows(9, seed=4)
    values = surface.fixed(new)
    model.imagine(rows(2, seed=5))
    assert values() == pytest.approx(surface.values(new))
