"""Models of the objective: one Gaussian process for all results, and one that is divided by a category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from leadline.search.models.columns import Floats
from leadline.search.models.gp import kernel
from leadline.search.models.gp.fit import Hyperparameters
from leadline.search.models.gp.fits import WHOLE, Fits, Part, representatives
from leadline.search.models.gp.priors import Prior, usual
from leadline.search.models.gp.regression import Regression
from leadline.search.models.gp.settings import Settings
from leadline.search.models.gp.split import Split
from leadline.search.models.gp.surface import Model
from leadline.search.models.outputs import scale

_MOST_POINTS: Final = 600
"""Results that a model is made of: of more, the best half of so many, and an even choice of the others."""
_LEAST_BELIEF: Final = 0.05
"""That either of two models keeps, however well the other predicts: what it would find is looked at one day."""


class Objective:
    """What results say of the losses everywhere.

    categories: of each column, 0 where its values are ordered. length: expected length scale, None for the usual one.
    """

    def __init__(self, categories: NDArray[np.int_], settings: Settings, seed: int) -> None:
        self._width = len(categories)
        self._profile = settings.profile
        self._embedding = kernel.Embedding(categories)
        self._prior: Prior = usual(self._width, settings.length)
        self._fits = Fits(self._embedding, self._prior, settings, seed)

    def models(self, rows: Floats, losses: Floats) -> tuple[list[tuple[Model, float]], NDArray[np.intp]]:
        """Models and how much each is believed, the one for all results first; and which results they know.

        rows: (n, columns); losses: (n,), both in the order in which they came.
        """
        fits = self._fits.objective(rows, losses)
        values = scale(losses)
        kept = representatives(values, _MOST_POINTS)
        rows, values = rows[kept], values[kept]
        whole = self._regression(fits[WHOLE], rows, values)
        splits = [self._split(column, fits, rows, values) for column in self._fits.columns]
        if not splits:
            return [(whole, 1.0)], kept
        # How well each would have predicted every result from the others.
        predicted = [split.leave_one_out() for split in splits]
        split = splits[int(np.argmax(predicted))]
        odds = float(np.clip(max(predicted) - whole.leave_one_out(), -20.0, 20.0))
        share = float(np.clip(1.0 / (1.0 + np.exp(-odds)), _LEAST_BELIEF, 1.0 - _LEAST_BELIEF))
        return [(whole, 1.0 - share), (split, share)], kept

    def feasibility(self, rows: Floats, failed: NDArray[np.bool_]) -> Regression:
        """A regression of labels: 0 for what could be used, 1 for what failed."""
        labels = failed.astype(float)
        hyper = self._fits.feasibility(rows, labels)
        kept = representatives(labels, _MOST_POINTS)
        return self._regression(hyper, rows[kept], labels[kept])

    def _split(
        self, column: int, fits: Mapping[Part, Hyperparameters], rows: Floats, values: Floats
    ) -> Split:
        unknown = Hyperparameters.from_logs(self._prior.start(self._width))
        parts = {}
        for category in np.unique(rows[:, column]):
            here = rows[:, column] == category
            hyper = fits.get((column, float(category)), unknown)
            parts[float(category)] = self._regression(hyper, rows[here], values[here])
        return Split(column, parts, self._regression(unknown, rows[:0], values[:0]))

    def _regression(self, hyper: Hyperparameters, rows: Floats, values: Floats) -> Regression:
        return Regression(self._embedding, self._profile, hyper, rows, values)
