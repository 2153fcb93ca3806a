"""One Gaussian process for each value of a category: nothing that is learned of one is believed of the others.

A single kernel has one length scale for each parameter. Where a choice decides which parameters matter (an optimiser
that ignores the momentum), what it learns where it has looked most it believes everywhere, and never looks again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from leadline.search.models.columns import Floats
from leadline.search.models.gp.regression import Outlook, Regression


class Split:
    """Regressions by the value of one column; ``others`` for a value that none has been made for."""

    def __init__(self, column: int, parts: Mapping[float, Regression], others: Regression) -> None:
        self._column, self._parts, self._others = column, parts, others

    def _part(self, value: float) -> Regression:
        return self._parts.get(float(value), self._others)

    def leave_one_out(self) -> float:
        """See ``Regression``."""
        return sum(part.leave_one_out() for part in self._parts.values())

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

    def outlook(self, rows: Floats) -> SplitOutlook:
        """See ``Regression``."""
        return SplitOutlook(
            len(rows),
            [
                (here, self._part(value).outlook(rows[here]))
                for value in np.unique(rows[:, self._column])
                if (here := rows[:, self._column] == value).any()
            ],
        )


class SplitOutlook:
    """See ``Outlook``: one for the rows of each category."""

    def __init__(self, count: int, parts: Sequence[tuple[NDArray[np.bool_], Outlook]]) -> None:
        self._count, self._parts = count, parts

    def refresh(self) -> None:
        """See ``Outlook``."""
        for _, part in self._parts:
            part.refresh()

    def predict(self) -> tuple[Floats, Floats]:
        """See ``Outlook``."""
        mean, variance = np.empty(self._count), np.empty(self._count)
        for here, part in self._parts:
            mean[here], variance[here] = part.predict()
        return mean, variance
