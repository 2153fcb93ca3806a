"""One Gaussian process for each value of a category: nothing that is learned of one is believed of the others.

A single kernel has one length scale for each parameter. Where a choice decides which parameters matter (an optimiser
that ignores the momentum), what it learns where it has looked most it believes everywhere, and never looks again.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from leadline.search.models.columns import Floats
from leadline.search.models.gp.regression import Regression


class Split:
    """Regressions by the value of one column; ``others`` for a value that none has been made for."""

    def __init__(self, column: int, parts: Mapping[float, Regression], others: Regression) -> None:
        self._column, self._parts, self._others = column, parts, others

    def _part(self, value: float) -> Regression:
        return self._parts.get(float(value), self._others)

    @property
    def leave_one_out(self) -> float:
        """See ``Regression``."""
        return sum(part.leave_one_out for part in self._parts.values())

    def imagine(self, rows: Floats) -> None:
        """See ``Regression``."""
        for value in np.unique(rows[:, self._column]):
            self._part(value).imagine(rows[rows[:, self._column] == value])

    def predict(self, rows: Floats) -> tuple[Floats, Floats]:
        """See ``Regression``."""
        mean, variance = np.empty(len(rows)), np.empty(len(rows))
        for value in np.unique(rows[:, self._column]):
            here = rows[:, self._column] == value
            mean[here], variance[here] = self._part(value).predict(rows[here])
        return mean, variance

    def predict_with_gradient(self, row: Floats) -> tuple[float, float, Floats, Floats]:
        """See ``Regression``."""
        return self._part(row[self._column]).predict_with_gradient(row)
