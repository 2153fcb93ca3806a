"""A least chance for the values next to the best one of a column of integers.

Where all of a generation comes to the same value, the distribution would shrink around it and never leave it again:
Hamano, Saito, Nomura and Shirakawa 2022, "CMA-ES with Margin", arXiv:2205.13482.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from leadline.search.models.columns import Floats


def with_margin(mean: float, deviation: float, levels: Floats, least: float) -> tuple[float, float]:
    """(mean, factor of the deviation) of a column whose values are at ``levels``, ascending, so that another value than
    that of the mean is drawn with a probability of at least ``least``."""
    borders = (levels[1:] + levels[:-1]) / 2
    cell = int(np.searchsorted(borders, mean))
    if cell in (0, len(borders)):
        border = borders[min(cell, len(borders) - 1)]
        reach = deviation * float(ndtri(1 - least))
        return float(np.clip(mean, border - reach, border + reach)), 1.0
    below, above = float(borders[cell - 1]), float(borders[cell])
    tails = ndtr([(below - mean) / deviation, (mean - above) / deviation])
    raised = np.maximum(tails, least / 2)
    inside = 1 - tails.sum()
    # What they gain, those give that are above the least.
    spare = raised.sum() + inside - 1.5 * least
    raised += (1 - raised.sum() - inside) / spare * (raised - least / 2)
    low, high = ndtri(1 - raised)
    return (below * high + above * low) / (low + high), (above - below) / (deviation * (low + high))
