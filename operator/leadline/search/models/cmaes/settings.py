"""What the size of the space and of a generation make of the strategy's parameters.

Hansen 2016, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772, table 1; names are those of the tutorial.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log, sqrt
from typing import Final

import numpy as np

from leadline.search.models.columns import Floats

SIGMA: Final = 1 / 6
"""The first step size: three of them from the middle of the box to its walls."""


def usual_size(width: int) -> int:
    """Results of one generation, in a space of so many parameters."""
    return 4 + floor(3 * log(max(width, 1)))


@dataclass(frozen=True)
class Strategy:
    """width: of the normal distribution. size: results of a generation, best first where weights are given."""

    width: int
    size: int
    weights: Floats
    """(size,): of the covariance; the better half is positive and of sum 1, the others are negative."""
    mu_eff: float
    c_sigma: float
    d_sigma: float
    c_c: float
    c_1: float
    c_mu: float
    expected: float
    """Length of a standard normal vector."""

    @property
    def parents(self) -> Floats:
        """(size,): of the mean."""
        return np.maximum(self.weights, 0.0)

    @classmethod
    def of(cls, width: int, size: int) -> Strategy:
        """For a normal distribution of this width and generations of this size."""
        n = max(width, 1)
        raw = log((size + 1) / 2) - np.log(np.arange(1, size + 1))
        good, bad = np.maximum(raw, 0.0), np.maximum(-raw, 0.0)
        mu_eff = float(good.sum() ** 2 / (good**2).sum())
        mu_eff_bad = float(bad.sum() ** 2 / max((bad**2).sum(), 1e-300))
        c_1 = 2 / ((n + 1.3) ** 2 + mu_eff)
        c_mu = min(1 - c_1, 2 * (mu_eff - 1.75 + 1 / mu_eff) / ((n + 2) ** 2 + mu_eff))
        # The most that bad results may weigh together.
        most = min(1 + c_1 / max(c_mu, 1e-300), 1 + 2 * mu_eff_bad / (mu_eff + 2))
        most = min(most, (1 - c_1 - c_mu) / (n * max(c_mu, 1e-300)))
        c_sigma = (mu_eff + 2) / (n + mu_eff + 5)
        return cls(
            width=width,
            size=size,
            weights=good / good.sum() - (most / max(bad.sum(), 1e-300)) * bad,
            mu_eff=mu_eff,
            c_sigma=c_sigma,
            d_sigma=1 + 2 * max(0.0, sqrt((mu_eff - 1) / (n + 1)) - 1) + c_sigma,
            c_c=(4 + mu_eff / n) / (n + 4 + 2 * mu_eff / n),
            c_1=c_1,
            c_mu=c_mu,
            expected=sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
        )
