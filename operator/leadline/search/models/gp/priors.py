"""What is believed of a kernel before any data: with ten points in ten dimensions the prior decides.

Length scales grow with the square root of the number of dimensions, so that a search in many dimensions does not
take every point for a world of its own: Hvarfner, Hellsten and Nardi 2024, "Vanilla Bayesian Optimization Performs
Great in High Dimensions", arXiv:2402.02229. Densities are of the logarithm, as ``fit`` optimises it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from leadline.search.models.columns import Floats


@dataclass(frozen=True, slots=True)
class Prior:
    """Normal distributions of logarithms: of length scales (units of the box), signal and noise variance
    (units of the standardised objective)."""

    length: float
    length_spread: float
    signal: float = 0.0
    signal_spread: float = 1.0
    noise: float = -7.0
    noise_spread: float = 2.5

    def start(self, dimensions: int) -> Floats:
        """Where a fit begins: log length scales, log signal, log noise."""
        return np.concatenate([np.full(dimensions, self.length), [self.signal, self.noise]])

    def spreads(self, dimensions: int) -> Floats:
        """The deviation of each logarithm."""
        return np.concatenate(
            [np.full(dimensions, self.length_spread), [self.signal_spread, self.noise_spread]]
        )

    def penalty(self, theta: Floats) -> tuple[float, Floats]:
        """Minus the logarithm of the density (up to a constant), and its gradient."""
        centre = self.start(len(theta) - 2)
        spread = self.spreads(len(theta) - 2)
        scaled = (theta - centre) / spread
        return 0.5 * float(scaled @ scaled), scaled / spread


def usual(dimensions: int, length: float | None = None) -> Prior:
    """For ``dimensions`` columns, and an expected length scale where one is given."""
    centre = 0.2 * sqrt(max(dimensions, 1)) if length is None else length
    return Prior(length=log(centre), length_spread=1.1)
