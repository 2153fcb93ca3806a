"""The normal distribution of the ordered columns, and how a generation of results moves it."""

from __future__ import annotations

from math import sqrt
from typing import Final

import numpy as np

from leadline.search.models.cmaes.settings import SIGMA, Strategy
from leadline.search.models.columns import Floats

_MOST_DEVIATION: Final = 1.0
"""Of any column, in boxes: more only hits the walls."""
_MOST_GROWTH: Final = 1.0
"""Of the logarithm of the step size in one generation."""
_LEAST_AXIS: Final = 1e-20


class Normal:
    """mean (n,) of the box, step size sigma, covariance (n, n), and a further scale of each column, which the margin of
    integers widens."""

    def __init__(self, strategy: Strategy, mean: Floats) -> None:
        n = strategy.width
        self.strategy, self.mean, self.sigma = strategy, mean.copy(), SIGMA
        self.covariance, self.scale = np.eye(n), np.ones(n)
        self._axes, self._lengths = np.eye(n), np.ones(n)
        self._path_sigma, self._path_c = np.zeros(n), np.zeros(n)
        self._generation = 0

    @property
    def deviations(self) -> Floats:
        """Of each column (n,), in boxes."""
        found: Floats = self.sigma * self.scale * np.sqrt(np.diag(self.covariance))
        return found

    @property
    def condition(self) -> float:
        """Of the covariance: the greatest variance of any direction by the smallest."""
        return float((self._lengths.max() / self._lengths.min()) ** 2) if len(self._lengths) else 1.0

    def sample(self, standard: Floats) -> Floats:
        """Points (m, n) from standard normal numbers of the same shape."""
        points: Floats = self.mean + self.sigma * self.scale * ((standard * self._lengths) @ self._axes.T)
        return points

    def update(self, points: Floats) -> None:
        """Learn from a generation (size, n), best first. A number that is not there is NaN, and pulls nowhere.

        Points need not come from this very distribution: those that lie far outside of it count as if they lay at its
        edge (Hansen 2011, "Injecting External Solutions Into CMA-ES", arXiv:1110.4181). So results that began before
        the last update, or that another search has found, do no harm.
        """
        strategy, n = self.strategy, self.strategy.width
        if not n:
            return
        self._generation += 1
        steps = np.nan_to_num((points - self.mean) / (self.sigma * self.scale), nan=0.0)
        white = (steps @ self._axes) / self._lengths
        norms = np.sqrt((white**2).sum(axis=1))
        edge = sqrt(n) + 2 * n / (n + 2)
        shrink = np.minimum(1.0, edge / np.maximum(norms, 1e-300))[:, None]
        steps, white, norms = steps * shrink, white * shrink, np.minimum(norms, edge)
        towards, towards_white = strategy.parents @ steps, strategy.parents @ white
        self.mean = np.clip(self.mean + self.sigma * self.scale * towards, 0.0, 1.0)
        root = sqrt(strategy.c_sigma * (2 - strategy.c_sigma) * strategy.mu_eff)
        self._path_sigma = (1 - strategy.c_sigma) * self._path_sigma + root * (self._axes @ towards_white)
        length = float(np.linalg.norm(self._path_sigma))
        # While the step size grows fast, the covariance does not learn from the same steps ("h sigma").
        decay = 1 - (1 - strategy.c_sigma) ** (2 * self._generation)
        leaps = length / sqrt(decay) > (1.4 + 2 / (n + 1)) * strategy.expected
        root = 0.0 if leaps else sqrt(strategy.c_c * (2 - strategy.c_c) * strategy.mu_eff)
        self._path_c = (1 - strategy.c_c) * self._path_c + root * towards
        # A bad point counts by its direction alone, or a far one would make the matrix indefinite.
        weights = strategy.weights * np.where(strategy.weights < 0, n / np.maximum(norms, 1e-8) ** 2, 1.0)
        lost = strategy.c_1 * strategy.c_c * (2 - strategy.c_c) if leaps else 0.0
        kept = 1 + lost - strategy.c_1 - strategy.c_mu * float(strategy.weights.sum())
        self.covariance = (
            kept * self.covariance
            + strategy.c_1 * np.outer(self._path_c, self._path_c)
            + strategy.c_mu * (steps.T * weights) @ steps
        )
        growth = strategy.c_sigma / strategy.d_sigma * (length / strategy.expected - 1)
        self.sigma *= float(np.exp(min(growth, _MOST_GROWTH)))
        self._decompose()
        widest = float(self.deviations.max())
        self.sigma *= min(1.0, _MOST_DEVIATION / widest)

    def _decompose(self) -> None:
        self.covariance = (self.covariance + self.covariance.T) / 2
        values, axes = np.linalg.eigh(self.covariance)
        # eigh leaves the sign open: each axis points where its greatest number is positive.
        signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(len(values))])
        self._axes, self._lengths = axes * signs, np.sqrt(np.maximum(values, _LEAST_AXIS))
