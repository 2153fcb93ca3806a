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
        self.points = embedding(rows) * self._scale
        self.lower = np.empty((0, 0))
        if len(rows):
            covariance = self.covariance(self.points, self.points)
            covariance.flat[:: len(rows) + 1] = hyper.signal + hyper.noise
            self.lower = linalg.cholesky(covariance, lower=True, overwrite_a=True, check_finite=False)
        whole = self._solve(np.ones(len(rows)))
        self.mean = float(whole @ values) / (float(whole.sum()) + 1.0)
        self.alpha = self._solve(values - self.mean)

    def _solve(self, right: Floats) -> Floats:
        if not len(right):
            return right
        solved: Floats = linalg.lapack.dpotrs(self.lower, right, lower=1)[0]
        return solved

    def embed(self, rows: Floats) -> Floats:
        """Rows as points whose distance is the kernel's."""
        points: Floats = self._embedding(rows) * self._scale
        return points

    def below(self, cross: Floats) -> Floats:
        """The inverse of the root times the covariances of new points with those known, (new, known): (known, new)."""
        if not len(self.lower):
            return cross.T
        solved: Floats = linalg.lapack.dtrtrs(self.lower, cross.T, lower=1)[0]
        return solved

    def covariance(self, a: Floats, b: Floats) -> Floats:
        """Of embedded points, without noise: (n, m)."""
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
        points = self.embed(rows)
        cross = self.covariance(points, self.points)
        inner = self.covariance(points, points)
        inner.flat[:: len(rows) + 1] = self.hyper.signal + self.hyper.noise
        below = self.below(cross).T
        corner = linalg.cholesky(inner - below @ below.T, lower=True, check_finite=False)
        n, m = len(self.points), len(rows)
        lower = np.zeros((n + m, n + m), order="F")  # as LAPACK wants it, which else copies it at every use
        lower[:n, :n], lower[n:, :n], lower[n:, n:] = self.lower, below, corner
        self.lower = lower
        self.points = np.vstack([self.points, points])
        # What it believes of them already: weight nothing.
        self.alpha = np.concatenate([self.alpha, np.zeros(m)])

    def leave_one_out(self) -> float:
        """The sum over the data of log p(value | all others): Rasmussen and Williams 2006, section 5.4.2."""
        inverse = np.diag(self._solve(np.eye(len(self.points))))
        return float(np.sum(0.5 * np.log(inverse) - 0.5 * self.alpha**2 / inverse - 0.5 * np.log(2 * np.pi)))

    def predict(self, rows: Floats) -> tuple[Floats, Floats]:
        """Mean and variance (without noise) at each row."""
        cross = self.covariance(self.embed(rows), self.points)
        solved = self.below(cross)
        variance = self.hyper.signal - np.einsum("ij,ij->j", solved, solved)
        return self.mean + cross @ self.alpha, np.maximum(variance, _LEAST_VARIANCE)

    def outlook(self, rows: Floats) -> Outlook:
        """Predictions at these rows that can be brought up to date cheaply."""
        return Outlook(self, rows)

    def predict_with_gradient(self, row: Floats) -> tuple[float, float, Floats, Floats]:
        """Mean, variance and their gradients by the ordered columns (zero for categories) at one row (columns,)."""
        point = self._embedding.of_row(row) * self._scale
        differences = point - self.points
        squared = np.einsum("ij,ij->i", differences, differences)
        correlation, slope = self._profile(squared)
        cross = self.hyper.signal * correlation
        solved = self._solve(cross)
        mean = self.mean + float(cross @ self.alpha)
        variance = max(self.hyper.signal - float(cross @ solved), _LEAST_VARIANCE)
        # d squared / d coordinate = 2 * difference / length
        weights = (2.0 * self.hyper.signal) * slope()
        towards = differences * self._scale
        by_mean = (weights * self.alpha) @ towards
        by_variance = (-2.0 * weights * solved) @ towards
        return mean, variance, self._embedding.by_column(by_mean), self._embedding.by_column(by_variance)


class Outlook:
    """Mean and variance of a regression at rows that stay the same while points are imagined one by one.

    Each point costs time in proportion to data times rows, where predicting anew would cost data times more.
    """

    def __init__(self, regression: Regression, rows: Floats) -> None:
        self._regression = regression
        self._points = regression.embed(rows)
        cross = regression.covariance(self._points, regression.points)
        self._solved = regression.below(cross)
        self.mean: Floats = regression.mean + cross @ regression.alpha
        self.variance: Floats = regression.hyper.signal - np.einsum("ij,ij->j", self._solved, self._solved)

    def refresh(self) -> None:
        """Take in what was imagined since."""
        regression = self._regression
        before, now = len(self._solved), len(regression.points)
        if before == now:
            return
        solved = np.empty((now, len(self._points)))
        solved[:before] = self._solved
        for i in range(before, now):
            cross = regression.covariance(regression.points[i : i + 1], self._points)[0]
            solved[i] = (cross - regression.lower[i, :i] @ solved[:i]) / regression.lower[i, i]
            self.variance -= solved[i] ** 2
        self._solved = solved

    def predict(self) -> tuple[Floats, Floats]:
        """Mean and variance (without noise) at each row."""
        return self.mean, np.maximum(self.variance, _LEAST_VARIANCE)
