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
_DIFFERENCE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Of one kernel: length scale of each column, variance of signal and noise."""

    lengths: Floats
    signal: float
    noise: float

    @classmethod
    def from_logs(cls, theta: Floats) -> Hyperparameters:
        return cls(np.exp(theta[:-2]), float(np.exp(theta[-2])), float(np.exp(theta[-1])) + LEAST_NOISE)


@dataclass(frozen=True, slots=True)
class Fit:
    """What data and prior leave possible: the most probable logarithms of hyper-parameters, and draws around them.

    objective: minus the log of the posterior at theta, up to a constant. others: (draws, hyper-parameters).
    """

    theta: Floats
    objective: float
    others: Floats

    @property
    def hyperparameters(self) -> Hyperparameters:
        """The most probable ones."""
        return Hyperparameters.from_logs(self.theta)

    @property
    def plausible(self) -> list[Hyperparameters]:
        """The most probable ones, and the draws."""
        return [self.hyperparameters, *(Hyperparameters.from_logs(theta) for theta in self.others)]


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
        by_length = -2.0 * inverse_squares * ((off_diagonal * slope * signal) @ self._squares)
        trace = float(np.trace(residual))
        by_signal = signal * (float(off_diagonal @ correlation) + 0.5 * trace)
        by_noise = 0.5 * noise * trace
        return value + penalty, gradient + np.concatenate([by_length, [by_signal, by_noise]])


def fit(
    points: Floats,
    owner: np.ndarray,
    values: Floats,
    profile: Profile,
    prior: Prior,
    normals: Floats,
    restarts: int = 0,
) -> Fit:
    """The most probable hyper-parameters, and one more set for each row of ``normals`` after the first ``restarts``.

    values: standardised, (n,). normals: (restarts + draws, columns + 2) standard normal numbers; a restart begins at
    such a draw from the prior. The draws come from the normal
    distribution that the posterior looks like near its peak (Laplace's approximation; MacKay 2003, chapter 27): with
    few results many length scales are possible, and a search that believes in one only is too sure of itself.
    """
    evidence = Evidence(points, owner, values, profile, prior)
    columns = int(owner.max()) + 1 if len(owner) else 0
    bounds = [_BOUND_LENGTH] * columns + [_BOUND_SIGNAL, _BOUND_NOISE]
    low, high = np.array(bounds).T
    centre = prior.start(columns)
    starts = [centre, *(centre + normals[:restarts] * prior.spreads(columns))]
    attempts = [
        optimize.minimize(
            evidence,
            np.clip(start, low, high),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": _ITERATIONS, "gtol": 1e-3, "ftol": 1e-7},
        )
        for start in starts
    ]
    found = min(attempts, key=lambda attempt: float(attempt.fun))
    theta = np.asarray(found.x)
    others = np.empty((0, len(theta)))
    if len(normals) > restarts:
        others = np.clip(theta + normals[restarts:] @ _root_covariance(evidence, theta, prior).T, low, high)
    return Fit(theta, float(found.fun), others)


def _root_covariance(evidence: Evidence, theta: Floats, prior: Prior) -> Floats:
    """A matrix whose square is the inverse of the second derivatives at the peak, nowhere wider than the prior."""
    _, base = evidence(theta)
    hessian = np.stack(
        [(evidence(theta + step)[1] - base) / _DIFFERENCE for step in _DIFFERENCE * np.eye(len(theta))]
    )
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2.0)
    least = 1.0 / max(prior.length_spread, prior.signal_spread, prior.noise_spread) ** 2
    root: Floats = vectors / np.sqrt(np.maximum(values, least))
    return root
