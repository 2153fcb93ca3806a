"""What a Gaussian process makes of an acquisition function: a surface that can be climbed."""

from __future__ import annotations

import numpy as np
from scipy import special

from leadline.search.models.columns import Floats
from leadline.search.models.gp.acquisition import Acquisition
from leadline.search.models.gp.regression import Regression


class GaussianSurface:
    """The acquisition value of the objective, times the probability that a point can be used at all.

    feasibility: a regression of labels, 0 for points that could be used and 1 for those that failed; None where
    none failed.
    """

    def __init__(
        self, objective: Regression, acquisition: Acquisition, feasibility: Regression | None = None
    ) -> None:
        self._objective, self._acquisition, self._feasibility = objective, acquisition, feasibility

    def values(self, rows: Floats) -> Floats:
        """At each row (n, columns)."""
        value, _, _ = self._acquisition(*self._objective.predict(rows))
        if self._feasibility is not None:
            mean, variance = self._feasibility.predict(rows)
            value = value + _log_feasible(mean, variance + self._feasibility.hyper.noise)[0]
        return value

    def value_and_gradient(self, row: Floats) -> tuple[float, Floats]:
        """At one row (columns,)."""
        mean, variance, by_mean, by_variance = self._objective.predict_with_gradient(row)
        value, d_mean, d_variance = self._acquisition(np.array(mean), np.array(variance))
        gradient = float(d_mean) * by_mean + float(d_variance) * by_variance
        total = float(value)
        if self._feasibility is not None:
            mean, variance, by_mean, by_variance = self._feasibility.predict_with_gradient(row)
            log_p, d_mean, d_variance = _log_feasible(
                np.array(mean), np.array(variance + self._feasibility.hyper.noise)
            )
            gradient = gradient + float(d_mean) * by_mean + float(d_variance) * by_variance
            total += float(log_p)
        return total, gradient


def _log_feasible(mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
    """log P(label < 1/2), and its derivatives by mean and variance."""
    deviation = np.sqrt(variance)
    z = (0.5 - mean) / deviation
    log_cdf = special.log_ndtr(z)
    ratio = np.exp(-0.5 * z * z - 0.9189385332046727 - log_cdf)
    return log_cdf, -ratio / deviation, -ratio * z / (2.0 * variance)
