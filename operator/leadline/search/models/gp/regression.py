"""A Gaussian process that has seen its data: mean and variance anywhere, their gradients, what pending points do."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from leadline.search.models.columns import Floats
from leadline.search.models.gp.fit import Hyperparameters
from leadline.search.models.gp.kernel import Embedding, Profile, squared_distances

_LEAST_VARIANCE = 1e-12


class Regression:
    """The posterior of one kernel.

    rows: (n, columns) encoded points; values: (n,) standardised, smaller is better.
    """

    def __init__(
        self, embedding: Embedding, profile: Profile, hyper: Hyperparameters, rows: Floats, values: Floats
    ) -> None:
        self._embedding, self._profile, self.hyper = embedding, profile, hyper
        self._scale = 1.0 / hyper.lengths[embedding.owner]
        self._points = embedding(rows) * self._scale
        self._lower = np.empty((0, 0))
        if len(rows):
            covariance = self._covariance(self._points, self._points)
            covariance.flat[:: len(rows) + 1] = hyper.signal + hyper.noise
            self._lower = linalg.cholesky(covariance, lower=True, overwrite_a=True, check_finite=False)
        whole = self._solve(np.ones(len(rows)))
        self.mean = float(whole @ values) / (float(whole.sum()) + 1.0)
        self._alpha = self._solve(values - self.mean)

    def _solve(self, right: Floats) -> Floats:
        if not len(right):
            return right
        solved: Floats = linalg.cho_solve((self._lower, True), right, check_finite=False)
        return solved

    def _below(self, cross: Floats) -> Floats:
        """The inverse of the root times the covariances of new points with those known, (new, known): (known, new)."""
        if not len(self._lower):
            return cross.T
        solved: Floats = linalg.solve_triangular(self._lower, cross.T, lower=True, check_finite=False)
        return solved

    def _covariance(self, a: Floats, b: Floats) -> Floats:
        correlation, _ = self._profile(squared_distances(a, b))
        correlation *= self.hyper.signal
        return correlation

    def imagine(self, rows: Floats) -> None:
        """Take points as seen whose values are not known: the mean stays, the variance near them shrinks.

        Each is given its own predicted value: "kriging believer", Ginsbourger, Le Riche and Carraro 2010,
        doi:10.1007/978-3-642-10701-6_6.
        """
        if not len(rows):
            return
        points = self._embedding(rows) * self._scale
        cross = self._covariance(points, self._points)
        inner = self._covariance(points, points)
        inner.flat[:: len(rows) + 1] = self.hyper.signal + self.hyper.noise
        below = self._below(cross).T
        corner = linalg.cholesky(inner - below @ below.T, lower=True, check_finite=False)
        n, m = len(self._points), len(rows)
        lower = np.zeros((n + m, n + m))
        lower[:n, :n], lower[n:, :n], lower[n:, n:] = self._lower, below, corner
        self._lower = lower
        self._points = np.vstack([self._points, points])
        # What it believes of them already: weight nothing.
        self._alpha = np.concatenate([self._alpha, np.zeros(m)])

    @property
    def leave_one_out(self) -> float:
        """The sum over the data of log p(value | all others): Rasmussen and Williams 2006, section 5.4.2."""
        inverse = np.diag(self._solve(np.eye(len(self._points))))
        return float(np.sum(0.5 * np.log(inverse) - 0.5 * self._alpha**2 / inverse - 0.5 * np.log(2 * np.pi)))

    def predict(self, rows: Floats) -> tuple[Floats, Floats]:
        """Mean and variance (without noise) at each row."""
        cross = self._covariance(self._embedding(rows) * self._scale, self._points)
        solved = self._below(cross)
        variance = self.hyper.signal - np.einsum("ij,ij->j", solved, solved)
        return self.mean + cross @ self._alpha, np.maximum(variance, _LEAST_VARIANCE)

    def predict_with_gradient(self, row: Floats) -> tuple[float, float, Floats, Floats]:
        """Mean, variance and their gradients by the ordered columns (zero for categories) at one row (columns,)."""
        point = (self._embedding(row[None, :]) * self._scale)[0]
        differences = point - self._points
        squared = np.einsum("ij,ij->i", differences, differences)
        correlation, slope = self._profile(squared)
        cross = self.hyper.signal * correlation
        solved = self._solve(cross)
        mean = self.mean + float(cross @ self._alpha)
        variance = max(self.hyper.signal - float(cross @ solved), _LEAST_VARIANCE)
        # d squared / d coordinate = 2 * difference / length
        weights = (2.0 * self.hyper.signal) * slope
        towards = differences * self._scale
        by_mean = (weights * self._alpha) @ towards
        by_variance = (-2.0 * weights * solved) @ towards
        columns = len(self._embedding.categories)
        gradients = np.zeros((2, columns))
        ordered = self._embedding.ordered
        coordinates = self._embedding.place[ordered]
        gradients[0, ordered], gradients[1, ordered] = by_mean[coordinates], by_variance[coordinates]
        return mean, variance, gradients[0], gradients[1]
