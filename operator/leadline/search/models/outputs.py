"""Losses made fit for a model: comparable in size, and not ruled by the worst of them."""

from __future__ import annotations

from typing import Final

import numpy as np

from leadline.search.models.columns import Floats

_REFERENCE: Final = 12
"""The first results: chosen before there was much of a model, they show how losses differ all over the space."""
_WORST: Final = 1e9
"""Losses worse than the middle by more than so many spreads are no worse: a search that diverges says no more."""
_KNEE: Final = 1.0
"""Losses worse than the middle by more than the best is better count by their logarithm."""


def scale(losses: Floats) -> Floats:
    """Losses (n,), in the order in which they came, as values in the same order: 0 for the middle of the first ones,
    -1 for the best of all, bad ones drawn in.

    The measure is taken from the first results, not from all: a search gathers results near the best ones, and
    measured by those everything else would be equally bad, and every small step a great improvement.
    """
    first = losses[:_REFERENCE]
    with np.errstate(over="ignore"):  # further apart than a double can say: they count as all alike
        middle = float(np.median(first))
        spread = middle - float(losses.min())
        if not spread > abs(middle) * 1e-12:
            spread = float(np.ptp(losses))
    if not (spread > abs(middle) * 1e-12 and np.isfinite(spread)):
        return np.zeros_like(losses)
    worst = middle + _WORST * spread
    # Divided one by one: the difference of two great losses may not be a double.
    values = np.minimum(losses, worst) / spread - middle / spread
    drawn_in: Floats = np.minimum(values, _KNEE) + np.log1p(np.maximum(values - _KNEE, 0.0))
    return drawn_in
