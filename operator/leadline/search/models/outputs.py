"""Losses made fit for a model: comparable in size, and not ruled by the worst of them."""

from __future__ import annotations

from typing import Final

import numpy as np

from leadline.search.models.columns import Floats

_REACH: Final = 3.0
"""In robust deviations: what is worse counts by its logarithm."""
_LEAST_FOR_POWER: Final = 8
_POWERS: Final = np.linspace(-2.0, 2.0, 41)


def standardise(losses: Floats) -> Floats:
    """Losses (n,) as values of mean 0 and variance 1 in the same order, the bad tail drawn in.

    First what lies beyond three deviations of the better half counts by its logarithm; then a Yeo-Johnson power,
    chosen by likelihood, makes the rest as normal as it can be (Yeo and Johnson 2000, doi:10.1093/biomet/87.4.954;
    for search: Cowen-Rivers et al. 2022, "HEBO", arXiv:2012.03826).
    """
    middle = float(np.median(losses))
    better = middle - losses[losses <= middle]
    # Divided by the greatest first: squares of great numbers leave the doubles.
    greatest = float(better.max(initial=0.0))
    spread = greatest * float(np.sqrt(np.mean((better / greatest) ** 2))) if greatest > 0 else 0.0
    if not spread > abs(middle) * 1e-12:
        spread = float(np.ptp(losses))
        if not (spread > abs(middle) * 1e-12 and np.isfinite(spread)):
            return np.zeros_like(losses)
    scaled = losses / spread - middle / spread
    scaled = np.minimum(scaled, _REACH) + np.log1p(np.maximum(scaled - _REACH, 0.0))
    if len(losses) >= _LEAST_FOR_POWER:
        scaled = _normalised(scaled)
    deviation = float(np.std(scaled))
    return (scaled - np.mean(scaled)) / deviation if deviation > 0 else np.zeros_like(losses)


def _normalised(values: Floats) -> Floats:
    """The Yeo-Johnson transform of greatest likelihood among ``_POWERS``."""
    logs = np.sign(values) * np.log1p(np.abs(values))
    moved = np.stack([yeo_johnson(values, power) for power in _POWERS])
    variances = moved.var(axis=1)
    with np.errstate(divide="ignore"):
        likelihoods = (_POWERS - 1.0) * logs.sum() - 0.5 * len(values) * np.log(variances)
    usable = np.isfinite(likelihoods) & (variances > 0)
    if not usable.any():
        return values
    best: Floats = moved[int(np.argmax(np.where(usable, likelihoods, -np.inf)))]
    return best


def yeo_johnson(values: Floats, power: float) -> Floats:
    """A power for positive values, the mirrored power 2 - ``power`` for negative ones; 1 changes nothing."""
    positive, negative = np.maximum(values, 0.0), np.maximum(-values, 0.0)
    mirrored = 2.0 - power
    above = np.log1p(positive) if abs(power) < 1e-9 else (np.power(positive + 1.0, power) - 1.0) / power
    below = (
        np.log1p(negative) if abs(mirrored) < 1e-9 else (np.power(negative + 1.0, mirrored) - 1.0) / mirrored
    )
    return above - below
