"""Results at several resources in one model: the resource is one more column, and predictions are for all of it.

How much a result after a few epochs says of the end is then learned from the trials that were trained further, as any
other length scale is: Kandasamy, Dasarathy, Schneider and Póczos 2017, "Multi-fidelity Bayesian Optimisation with
Continuous Approximations", arXiv:1703.06240.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from leadline.search.models.columns import Floats
from leadline.search.models.gp.surface import Model, View


def with_resource(rows: Floats, shares: Floats, least: float) -> Floats:
    """Rows (n, columns) with one more column: the logarithm of their share of the whole resource, 0 for the least that
    the search gives, and for less, and 1 for all of it."""
    places = np.ones(len(shares)) if least >= 1.0 else np.clip(1.0 - np.log(shares) / np.log(least), 0.0, 1.0)
    return np.hstack([rows, places[:, None]])


def aligned(names: Sequence[object], losses: Floats, shares: Floats) -> Floats:
    """Losses (n,) as if all of them had the greatest resource: what trials usually gain between two is taken off.

    names: of the trials, to find the same ones again. Gains are medians over the trials that have both results.
    """
    rungs = sorted(set(shares), reverse=True)
    results = [
        {name: loss for name, loss, share in zip(names, losses, shares, strict=True) if share == rung}
        for rung in rungs
    ]
    moved, gain = losses.copy(), 0.0
    for rung, (more, less) in zip(rungs[1:], pairwise(results), strict=True):
        both = [loss - more[name] for name, loss in less.items() if name in more]
        gain += float(np.median(both)) if both else 0.0
        moved[shares == rung] -= gain
    return moved


class AtWhole:
    """A model of rows with their resource as one of rows, at the whole resource."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def predict(self, rows: Floats) -> tuple[Floats, Floats]:
        """See ``Model``."""
        return self._model.predict(_at_whole(rows))

    def predict_with_gradient(self, row: Floats) -> tuple[float, float, Floats, Floats]:
        """See ``Model``."""
        mean, variance, by_mean, by_variance = self._model.predict_with_gradient(np.append(row, 1.0))
        return mean, variance, by_mean[:-1], by_variance[:-1]

    def imagine(self, rows: Floats) -> None:
        """See ``Model``."""
        self._model.imagine(_at_whole(rows))

    def outlook(self, rows: Floats) -> View:
        """See ``Model``."""
        return self._model.outlook(_at_whole(rows))


def _at_whole(rows: Floats) -> Floats:
    return np.hstack([rows, np.ones((len(rows), 1))])
