"""Hyper-parameters of a Gaussian process by maximum a posteriori: likelihood times prior, with analytic gradients.

Rasmussen and Williams 2006, section 5.4.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import linalg, optimize

from leadline.search.models.columns import Floats
from leadline.search.models.gp.kernel import Profile
from leadline.search.models.gp.priors import Prior

LEAST_NOISE: Final = 1e-6
"""Variance, in units of the standardised objective: keeps the matrix well conditioned."""
_MEAN_PRECISION: Final = 1.0
"""Of the constant mean, in the same units."""
_BOUND_LENGTH: Final = (-4.6, 4.6)
_BOUND_SIGNAL: Final = (-4.0, 4.0)
_BOUND_NOISE: Final = (-13.8, 1.5)
_ITERATIONS: Final = 50


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Of one kernel: length scale of each column, variance of signal and noise."""

    lengths: Floats
    signal: float
    noise: float

    @classmethod
    def from_logs(cls, theta: Floats) -> Hyperparameters:
        return cls(np.exp(theta[:-2]), float(np.exp(theta[-2])), float(np.exp(theta[-1])) + LEAST_NOISE)


class Evidence:
    """Minus the log posterior of hyper-parameters, given points and values.

    points: (n, coordinates) as the kernel's Embedding gives them; owner: the column of each coordinate.
    """

    def __init__(
        self, points: Floats, owner: np.ndarray, values: Floats, profile: Profile, prior: Prior
    ) -> None:
        self._values, self._profile, self._prior = values, profile, prior
        self._columns = int(owner.max()) + 1 if len(owner) else 0
        rows, cols = np.triu_indices(len(points), 1)
        self._upper = (rows, cols)
        differences = (points[rows] - points[cols]) ** 2
        self._squares = np.zeros((len(rows), self._columns))
        for coordinate, column in enumerate(owner):
            self._squares[:, column] += differences[:, coordinate]

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        """(value, gradient) at log length scales, log signal, log noise."""
        n = len(self._values)
        inverse_squares = np.exp(-2.0 * theta[:-2])
        signal, noise = np.exp(theta[-2]), np.exp(theta[-1])
        correlation, slope = self._profile(self._squares @ inverse_squares)
        matrix = np.zeros((n, n))
        matrix[self._upper] = signal * correlation
        matrix += matrix.T
        matrix.flat[:: n + 1] = signal + noise + LEAST_NOISE
        penalty, gradient = self._prior.penalty(theta)
        try:
            lower = linalg.cholesky(matrix, lower=True, overwrite_a=False, check_finite=False)
        except linalg.LinAlgError:
            return 1e10, np.zeros_like(theta)
        inverse, _ = linalg.lapack.dpotri(lower, lower=1)
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        whole = inverse.sum(axis=1)
        mean = float(whole @ self._values) / (float(whole.sum()) + _MEAN_PRECISION)
        alpha = inverse @ (self._values - mean)
        value = (
            0.5 * float((self._values - mean) @ alpha)
            + float(np.log(np.diag(lower)).sum())
            + 0.5 * _MEAN_PRECISION * mean * mean
        )
        residual = inverse - np.outer(alpha, alpha)
        off_diagonal = residual[self._upper]
        # Each pair stands twice in the trace, and the trace is halved.
        by_length = -2.0 * inverse_squares * ((off_diagonal * slope() * signal) @ self._squares)
        trace = float(np.trace(residual))
        by_signal = signal * (float(off_diagonal @ correlation) + 0.5 * trace)
        by_noise = 0.5 * noise * trace
        return value + penalty, gradient + np.concatenate([by_length, [by_signal, by_noise]])


def fit(
    points: Floats, owner: np.ndarray, values: Floats, profile: Profile, prior: Prior, starts: Floats
) -> Hyperparameters:
    """The most probable hyper-parameters: the best of a climb from the prior's centre and of one from each start.

    values: of size 1, (n,). starts: (restarts, columns + 2) standard normal numbers, in deviations of the prior.
    """
    evidence = Evidence(points, owner, values, profile, prior)
    columns = int(owner.max()) + 1 if len(owner) else 0
    bounds = [_BOUND_LENGTH] * columns + [_BOUND_SIGNAL, _BOUND_NOISE]
    low, high = np.array(bounds).T
    centre = prior.start(columns)
    attempts = [
        optimize.minimize(
            evidence,
            np.clip(start, low, high),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": _ITERATIONS, "gtol": 1e-3, "ftol": 1e-7},
        )
        for start in (centre, *(centre + starts * prior.spreads(columns)))
    ]
    return Hyperparameters.from_logs(np.asarray(min(attempts, key=lambda attempt: float(attempt.fun)).x))
