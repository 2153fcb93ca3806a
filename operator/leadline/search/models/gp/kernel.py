"""Stationary kernels of a scaled distance, with what their gradients need.

A point is embedded so that the squared distance of two embedded points is the sum over columns of (difference /
length scale)^2, where two categories differ by 1 and an inactive value lies in the middle between all others.
Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", chapter 4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from leadline.search.models.columns import Floats
from leadline.search.models.encoding import INACTIVE

Slope = Callable[[], Floats]
"""The derivatives of correlations by the squared distance, for those who want them."""
Profile = Callable[[Floats], tuple[Floats, Slope]]
"""From squared distances to correlations."""

_SQRT3, _SQRT5, _ROOT_HALF = np.sqrt(3.0), np.sqrt(5.0), np.sqrt(0.5)
_TINY: Final = 1e-30


def matern52(squared: Floats) -> tuple[Floats, Slope]:
    """Twice differentiable: the usual choice."""
    distance = np.sqrt(squared)
    distance *= _SQRT5
    decay = np.exp(-distance)
    distance += 1.0
    correlation = squared * (5.0 / 3.0)
    correlation += distance
    correlation *= decay
    return correlation, lambda: decay * distance * (-5.0 / 6.0)


def matern32(squared: Floats) -> tuple[Floats, Slope]:
    """Once differentiable."""
    distance = _SQRT3 * np.sqrt(squared)
    decay = np.exp(-distance)
    return decay * (1.0 + distance), lambda: decay * -1.5


def matern12(squared: Floats) -> tuple[Floats, Slope]:
    """Not differentiable: rough functions."""
    distance = np.sqrt(squared)
    decay = np.exp(-distance)
    return decay.copy(), lambda: decay / (-2.0 * np.maximum(distance, np.sqrt(_TINY)))


def rbf(squared: Floats) -> tuple[Floats, Slope]:
    """Infinitely differentiable: very smooth functions."""
    decay = np.exp(-0.5 * squared)
    return decay.copy(), lambda: -0.5 * decay


class Embedding:
    """Columns as coordinates whose Euclidean distance is what the kernel takes.

    Ordered columns stay one coordinate each; one with k categories becomes k, each 0 or 1/√2.
    """

    def __init__(self, categories: np.ndarray) -> None:
        self.categories = categories
        coordinates = np.maximum(categories, 1)
        self.owner = np.repeat(np.arange(len(categories)), coordinates)
        """The column of each coordinate."""
        self.ordered = np.flatnonzero(categories == 0)
        """Columns whose values are ordered."""
        starts = np.cumsum(coordinates) - coordinates
        self.places = starts[self.ordered]
        """The coordinates of these columns."""
        self._others = [(int(column), int(starts[column])) for column in np.flatnonzero(categories)]

    def of_row(self, row: Floats) -> Floats:
        """One row (columns,) as coordinates (coordinates,)."""
        point = np.zeros(len(self.owner))
        numbers = row[self.ordered]
        point[self.places] = np.where(numbers == INACTIVE, 0.5, numbers)
        for column, start in self._others:
            value = row[column]
            if value != INACTIVE:
                point[start + int(value)] = _ROOT_HALF
        return point

    def by_column(self, gradient: Floats) -> Floats:
        """A gradient by the coordinates as one by the columns, nought for categories."""
        found = np.zeros(len(self.categories))
        found[self.ordered] = gradient[self.places]
        return found

    def __call__(self, rows: Floats) -> Floats:
        """Rows (n, columns) as coordinates (n, coordinates)."""
        points = np.zeros((len(rows), len(self.owner)))
        numbers = rows[:, self.ordered]
        points[:, self.places] = np.where(numbers == INACTIVE, 0.5, numbers)
        for column, start in self._others:
            values = rows[:, column]
            active = np.flatnonzero(values != INACTIVE)
            points[active, start + values[active].astype(int)] = _ROOT_HALF
        return points


def squared_distances(a: Floats, b: Floats) -> Floats:
    """(n, m) from (n, d) and (m, d)."""
    product = a @ b.T
    product *= -2.0
    product += np.einsum("ij,ij->i", a, a)[:, None]
    product += np.einsum("ij,ij->i", b, b)[None, :]
    return np.maximum(product, 0.0, out=product)
