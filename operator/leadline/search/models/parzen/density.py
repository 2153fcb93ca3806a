"""A density over the columns of one group of parameters: a mixture with one component for each configuration seen,
and one for what was believed before.

Each component is a product: a normal cut at the ends of the box for an ordered column, a distribution with most of
its mass on one value for a column of categories. Values of a finite ordered column own the stretch halfway to their
neighbours.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from leadline.search.models.columns import Column, Floats

_FINEST: Final = 100.0
"""No component is narrower than this part of the box."""
_LEAST: Final = 1e-12


class Density:
    """The mixture of some rows. columns: of the group; rows: (n, columns), all active; weights: (n,), any scale."""

    def __init__(
        self, columns: tuple[Column, ...], rows: Floats, weights: Floats, prior_weight: float = 1.0
    ) -> None:
        whole = np.append(weights, prior_weight)
        self._weights = whole / whole.sum()
        self._cumulated = np.cumsum(self._weights)
        self._columns = columns
        self._parts = [
            _Categories(column, rows[:, i]) if column.categories else _Ordered(column, rows[:, i])
            for i, column in enumerate(columns)
        ]

    def sample(self, rng: np.random.Generator, count: int) -> Floats:
        """(count, columns) draws."""
        components = np.minimum(
            np.searchsorted(self._cumulated, rng.random(count), side="right"), len(self._weights) - 1
        )
        return np.stack([part.sample(rng.random(count), components) for part in self._parts], axis=1)

    def log(self, rows: Floats) -> Floats:
        """The logarithm of the density at each row (m, columns)."""
        total = np.log(self._weights)[None, :]
        for i, part in enumerate(self._parts):
            total = total + part.log(rows[:, i])
        peak = total.max(axis=1)
        sums: Floats = peak + np.log(np.exp(total - peak[:, None]).sum(axis=1))
        return sums


class _Ordered:
    """Normals cut to the box. The last component is as wide as the box: the prior."""

    def __init__(self, column: Column, centres: Floats) -> None:
        self._column = column
        self._half = _half_steps(column)
        count = len(centres)
        widths = _widths(centres, count)
        self._centres = np.append(centres, 0.5)
        self._widths = np.append(widths, 1.0)
        self._low = special.ndtr((0.0 - self._centres) / self._widths)
        self._mass = special.ndtr((1.0 - self._centres) / self._widths) - self._low

    def sample(self, shares: Floats, components: NDArray[np.intp]) -> Floats:
        centre, width = self._centres[components], self._widths[components]
        inside = self._low[components] + shares * self._mass[components]
        return self._column.snap(np.clip(centre + width * special.ndtri(inside), 0.0, 1.0))

    def log(self, values: Floats) -> Floats:
        scaled = (values[:, None] - self._centres[None, :]) / self._widths[None, :]
        if self._half is None:
            logs: Floats = (
                -0.5 * scaled * scaled - np.log(np.sqrt(2.0 * np.pi) * self._widths * self._mass)[None, :]
            )
            return logs
        assert self._column.levels is not None
        below, above = self._half
        index = self._column.index(values)
        upper = (above[index][:, None] - self._centres[None, :]) / self._widths[None, :]
        lower = (below[index][:, None] - self._centres[None, :]) / self._widths[None, :]
        mass = special.ndtr(upper) - special.ndtr(lower)
        relative: Floats = np.log(np.maximum(mass, _LEAST) / self._mass[None, :])
        return relative


class _Categories:
    """Most mass on the category seen, the rest by the parameter's own probabilities."""

    def __init__(self, column: Column, values: Floats) -> None:
        assert column.finite is not None
        self._column = column
        finite, k = column.finite, column.categories
        starts = np.array([finite.start(i) / finite.total for i in range(k + 1)])
        prior = np.diff(starts)
        count = len(values) + 1
        table = np.repeat(prior[None, :] * (k / count), count, axis=0)
        table[np.arange(len(values)), values.astype(int)] += 1.0
        table[-1] = prior
        self._table = table / table.sum(axis=1, keepdims=True)

    def sample(self, shares: Floats, components: NDArray[np.intp]) -> Floats:
        cumulated = np.cumsum(self._table[components], axis=1)
        drawn = (shares[:, None] * cumulated[:, -1:] > cumulated[:, :-1]).sum(axis=1)
        values: Floats = drawn.astype(float)
        return values

    def log(self, values: Floats) -> Floats:
        logs: Floats = np.log(np.maximum(self._table[:, values.astype(int)].T, _LEAST))
        return logs


def _widths(centres: Floats, count: int) -> Floats:
    """Each as wide as the farther of its neighbours is away, within limits ("magic clipping"): Bergstra, Bardenet,
    Bengio and Kégl 2011, "Algorithms for Hyper-Parameter Optimization"; Watanabe 2023, arXiv:2304.11127."""
    if not count:
        return np.empty(0)
    order = np.argsort(centres, kind="stable")
    placed = np.concatenate([[0.0], centres[order], [1.0]])
    gaps = np.diff(placed)
    widths = np.empty(count)
    widths[order] = np.maximum(gaps[:-1], gaps[1:])
    if count >= 2:
        widths[order[0]], widths[order[-1]] = gaps[1], gaps[-2]
    clipped: Floats = np.clip(widths, 1.0 / min(_FINEST, 2.0 + count), 1.0)
    return clipped


def _half_steps(column: Column) -> tuple[Floats, Floats] | None:
    """The ends of the stretch that each value of a finite column owns, by its index."""
    if column.levels is None:
        return None
    order = np.argsort(column.levels, kind="stable")
    placed = column.levels[order]
    middles = (placed[1:] + placed[:-1]) / 2.0
    below, above = np.empty(len(placed)), np.empty(len(placed))
    below[order] = np.concatenate([[0.0], middles])
    above[order] = np.concatenate([middles, [1.0]])
    return below, above
