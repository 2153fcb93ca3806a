"""The distribution of the categories: one vector of probabilities for each column.

By natural gradients with a step size of its own: Akimoto et al. 2019, "Adaptive Stochastic Natural Gradient Method for
One-Shot Neural Architecture Search", arXiv:1905.08537; together with a normal distribution as in Hamano et al. 2024,
"CatCMA", arXiv:2405.09962, from which the margin comes: no category ever becomes impossible.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final

import numpy as np

from leadline.search.models.cmaes.settings import Strategy
from leadline.search.models.columns import Floats
from leadline.search.models.encoding import INACTIVE

_ALPHA: Final = 1.5
_MOST_STEP: Final = 1.0
_GENERATION_CHANCE: Final = 0.27
"""That at least one number of a point, in expectation, is drawn from the margins."""


class Categories:
    """chances: of each column, what its categories have at first."""

    def __init__(self, chances: Sequence[Floats]) -> None:
        self._chances = [np.array(column) for column in chances]
        columns = max(len(chances), 1)
        least = 1 - (1 - _GENERATION_CHANCE) ** (1 / columns)
        self._least = [least / (len(column) - 1) for column in chances]
        self._parameters = sum(len(column) - 1 for column in chances)
        self._step = 1.0
        self._path = np.zeros(self._parameters)
        self._noise = 0.0
        for column in range(len(chances)):
            self._keep_margin(column)

    def sample(self, shares: Floats) -> Floats:
        """Categories (m, columns) from uniform numbers of the same shape."""
        found = [
            np.minimum(np.searchsorted(np.cumsum(chances), shares[:, i], side="right"), len(chances) - 1)
            for i, chances in enumerate(self._chances)
        ]
        return np.stack(found, axis=1).astype(float) if found else np.empty((len(shares), 0))

    def update(self, strategy: Strategy, points: Floats) -> None:
        """Learn from a generation (size, columns), best first. An inactive column pulls nowhere."""
        if not self._parameters:
            return
        gradients, lengths = [], []
        for i, chances in enumerate(self._chances):
            active = points[:, i] != INACTIVE
            hits = np.zeros((len(points), len(chances)))
            hits[np.flatnonzero(active), points[active, i].astype(int)] = 1.0
            gradient = strategy.parents @ np.where(active[:, None], hits - chances, 0.0)
            gradients.append(gradient)
            # The root of the Fisher information times the gradient, in all categories but the last.
            root, last = np.sqrt(chances[:-1]), sqrt(chances[-1])
            lengths.append(gradient[:-1] / root + root * gradient[:-1].sum() / (chances[-1] + last))
        whitened = np.concatenate(lengths)
        length = float(np.linalg.norm(whitened))
        if length < 1e-12:
            return
        for i, gradient in enumerate(gradients):
            self._chances[i] = self._chances[i] + self._step / length * gradient
            self._keep_margin(i)
        rate = self._step / sqrt(self._parameters)
        self._path = (1 - rate) * self._path + sqrt(rate * (2 - rate)) * whitened / length
        self._noise = (1 - rate) ** 2 * self._noise + rate * (2 - rate)
        signal = float(self._path @ self._path) / _ALPHA
        self._step = min(self._step * float(np.exp(rate * (signal - self._noise))), _MOST_STEP)

    def _keep_margin(self, column: int) -> None:
        least = self._least[column]
        chances = np.maximum(self._chances[column], least)
        excess = chances.sum() - 1.0
        above = chances - least
        self._chances[column] = chances - excess * above / above.sum() if excess else chances
