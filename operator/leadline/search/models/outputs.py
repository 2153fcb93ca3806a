"""Losses made fit for a model: comparable in size, and not ruled by the worst of them."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import stats

from leadline.search.models.columns import Floats

_REACH: Final = 3.0
"""In robust deviations: what is worse counts by its logarithm."""
_LEAST_FOR_POWER: Final = 8
_POWERS: Final = (-2.0, 2.0)


def standardise(losses: Floats) -> Floats:
    """Losses (n,) as values of mean 0 and variance 1 in the same order, the bad tail drawn in.

    First what lies beyond three deviations of the better half counts by its logarithm; then a Yeo-Johnson power,
    chosen by likelihood, makes the rest as normal as it can be (Yeo and Johnson 2000, doi:10.1093/biomet/87.4.954;
    for search: Cowen-Rivers et al. 2022, "HEBO", arXiv:2012.03826).
    """
    middle = float(np.median(losses))
    better = middle - losses[losses <= middle]
    spread = float(np.sqrt(np.mean(better * better)))
    if not spread > abs(middle) * 1e-12 + 1e-300:
        spread = float(np.std(losses))
        if not spread > 0:
            return np.zeros_like(losses)
    scaled = (losses - middle) / spread
    beyond = np.maximum(scaled - _REACH, 0.0)
    scaled = np.minimum(scaled, _REACH) + np.log1p(beyond)
    if len(losses) >= _LEAST_FOR_POWER and np.ptp(scaled) > 0:
        with np.errstate(all="ignore"):
            power = float(np.clip(stats.yeojohnson_normmax(scaled), *_POWERS))
            moved = stats.yeojohnson(scaled, power)
        if np.isfinite(moved).all() and np.ptp(moved) > 0:
            scaled = moved
    deviation = float(np.std(scaled))
    return (scaled - np.mean(scaled)) / deviation if deviation > 0 else np.zeros_like(losses)
