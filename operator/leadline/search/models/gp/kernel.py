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

Profile = Callable[[Floats], tuple[Floats, Floats]]
"""From squared distances to correlations and their derivatives by the squared distance."""

_SQRT3, _SQRT5 = np.sqrt(3.0), np.sqrt(5.0)
_TINY: Final = 1e-30


def matern52(squared: Floats) -> tuple[Floats, Floats]:
    """Twice differentiable: the usual choice."""
    distance = _SQRT5 * np.sqrt(squared)
    decay = np.exp(-distance)
    return decay * (1.0 + distance + (5.0 / 3.0) * squared), decay * (1.0 + distance) * (-5.0 / 6.0)


def matern32(squared: Floats) -> tuple[Floats, Floats]:
    """Once differentiable."""
    distance = _SQRT3 * np.sqrt(squared)
    decay = np.exp(-distance)
    return decay * (1.0 + distance), decay * -1.5


def matern12(squared: Floats) -> tuple[Floats, Floats]:
    """Not differentiable: rough functions."""
    distance = np.sqrt(squared)
    decay = np.exp(-distance)
    return decay, decay / (-2.0 * np.maximum(distance, np.sqrt(_TINY)))


def rbf(squared: Floats) -> tuple[Floats, Floats]:
    """Infinitely differentiable: very smooth functions."""
    decay = np.exp(-0.5 * squared)
    return decay, -0.5 * decay


class Embedding:
    """Columns as coordinates whose Euclidean distance is what the kernel takes.

    Ordered columns stay one coordinate each; one with k categories becomes k, each 0 or 1/√2.
    """

    def __init__(self, categories: np.ndarray) -> None:
        self.categories = categories
        owners: list[int] = []
        self._starts: list[int] = []
        for column, count in enumerate(categories):
            self._starts.append(len(owners))
            owners += [column] * max(int(count), 1)
        self.owner = np.array(owners, dtype=int)
        """The column of each coordinate."""
        self.ordered = np.flatnonzero(categories == 0)
        """Columns whose values are ordered."""
        self.place = np.array(self._starts, dtype=int)
        """The first coordinate of each column."""

    def __call__(self, rows: Floats) -> Floats:
        """Rows (n, columns) as coordinates (n, coordinates)."""
        if len(self.owner) == len(self.categories):
            return np.where(rows == INACTIVE, 0.5, rows)
        points = np.zeros((len(rows), len(self.owner)))
        for column, (start, count) in enumerate(zip(self._starts, self.categories, strict=True)):
            values = rows[:, column]
            active = values != INACTIVE
            if count == 0:
                points[:, start] = np.where(active, values, 0.5)
            else:
                points[np.flatnonzero(active), start + values[active].astype(int)] = np.sqrt(0.5)
        return points


def squared_distances(a: Floats, b: Floats) -> Floats:
    """(n, m) from (n, d) and (m, d)."""
    product = a @ b.T
    product *= -2.0
    product += np.einsum("ij,ij->i", a, a)[:, None]
    product += np.einsum("ij,ij->i", b, b)[None, :]
    return np.maximum(product, 0.0, out=product)
