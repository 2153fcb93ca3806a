"""A density over columns: a mixture with one component for each configuration seen, and one for what was believed
before.

Each component is a product: a normal cut at the ends of the box for an ordered column, a distribution with most of
its mass on one value for a column of categories. Values of a finite ordered column own the stretch halfway to their
neighbours. In a column that a configuration does not have, its component is what was believed before; of a row that
does not have a column, all components say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from leadline.search.models.columns import Column, Floats
from leadline.search.models.encoding import INACTIVE
from leadline.search.models.values import chances

_FINEST: Final = 100.0
"""No component is narrower than this part of the box."""
_LEAST: Final = 1e-12
_OTHER_CATEGORIES: Final = 2.0
"""Weight of the other categories beside the one seen; it falls with the root of the number of components, so that a
category that was unlucky at first is not lost."""


class Density:
    """The mixture of some rows. rows: (n, columns); weights: (n,), any scale."""

    def __init__(
        self, columns: tuple[Column, ...], rows: Floats, weights: Floats, prior_weight: float = 1.0
    ) -> None:
        whole = np.append(weights, prior_weight)
        self.mass = float(whole.sum())
        """The sum of all weights, before they are made shares."""
        self._weights = whole / self.mass
        self._cumulated = np.cumsum(self._weights)
        self._columns = columns
        self._parts = [
            _Categories(column, rows[:, i]) if column.categories else _Ordered(column, rows[:, i])
            for i, column in enumerate(columns)
        ]
        self._rows = rows

    def sample(self, rng: np.random.Generator, count: int) -> Floats:
        """(count, columns) draws."""
        components = np.minimum(
            np.searchsorted(self._cumulated, rng.random(count), side="right"), len(self._weights) - 1
        )
        return np.stack([part.sample(rng.random(count), components) for part in self._parts], axis=1)

    def components_at(self, rows: Floats) -> Components:
        """One more component each time it is asked, at these rows (m, columns)."""
        return Components(self._columns, self._parts, self._rows, rows)

    def log(self, rows: Floats) -> Floats:
        """The logarithm of the density at each row (m, columns)."""
        total = np.repeat(np.log(self._weights)[None, :], len(rows), axis=0)
        for i, part in enumerate(self._parts):
            active = rows[:, i] != INACTIVE
            if active.all():
                total += part.log(rows[:, i])
            else:
                total[active] += part.log(rows[active, i])
        peak = total.max(axis=1)
        sums: Floats = peak + np.log(np.exp(total - peak[:, None]).sum(axis=1))
        return sums


class Components:
    """Components of one more row each, at rows that stay the same: what does not depend on the component is worked out
    once, for a batch asks for this again and again."""

    def __init__(
        self,
        columns: tuple[Column, ...],
        parts: Sequence[_Ordered | _Categories],
        seen: Floats,
        rows: Floats,
    ) -> None:
        self._ordered = np.array(
            [i for i, column in enumerate(columns) if not column.categories], dtype=np.intp
        )
        among = seen[:, self._ordered]
        self._placed, self._counts = _with_ends(among), (among != INACTIVE).sum(axis=0) + 1
        self._smooth = np.array([columns[i].levels is None for i in self._ordered], dtype=bool)
        self._values = rows[:, self._ordered[self._smooth]]
        self._active = self._values != INACTIVE
        places = {int(i): place for place, i in enumerate(self._ordered)}
        self._finite: list[_Stretches | _Chances] = []
        for i, part in enumerate(parts):
            active = rows[:, i] != INACTIVE
            if isinstance(part, _Categories):
                self._finite.append(_Chances(i, part, active, rows[active, i].astype(np.intp)))
            elif columns[i].levels is not None:
                self._finite.append(_Stretches(places[i], active, *part.stretches(rows[active, i])))

    def around(self, row: Floats) -> Floats:
        """The logarithm of a component around one row (columns,), at each of the rows."""
        # Ordered columns all at once.
        here = row[self._ordered]
        there = here != INACTIVE
        centres = np.where(there, _in_box(here), 0.5)
        widths = np.where(there, _width_among(self._placed, centres, self._counts), 1.0)
        _, masses = _cut(centres, widths)
        smooth = self._smooth
        logs = _log_normals(self._values, centres[smooth], widths[smooth], masses[smooth])
        total: Floats = np.where(self._active, logs, 0.0).sum(axis=1)
        for one in self._finite:
            if isinstance(one, _Chances):
                total[one.active] += one.part.around(row[one.column])[one.values]
            else:
                i = one.place
                total[one.active] += _log_stretches(one.below, one.above, centres[i], widths[i], masses[i])
        return total


class _Stretches(NamedTuple):
    """A finite ordered column: its place among the ordered ones, which rows have it, and what their values own."""

    place: int
    active: NDArray[np.bool_]
    below: Floats
    above: Floats


class _Chances(NamedTuple):
    """A column of categories: which rows have it, and which categories."""

    column: int
    part: _Categories
    active: NDArray[np.bool_]
    values: NDArray[np.intp]


class Draws:
    """Draws (n, columns) from one density, and the ratios of that density to another one that goes on growing."""

    def __init__(self, favourable: Density, usual: Density, rows: Floats) -> None:
        self._usual, self._rows = usual, rows
        self._favourable = favourable.log(self._rows)
        self._mass = usual.mass
        self._grown = usual.log(self._rows) + np.log(self._mass)
        self._left = np.ones(len(rows), dtype=bool)
        self._components: Components | None = None

    def best(self) -> tuple[Floats, float]:
        """The draw (columns,) of the greatest ratio among those not taken before, and its logarithm; any of them
        again once all were."""
        if not self._left.any():
            self._left[:] = True
        ratios = np.where(self._left, self._favourable - self._grown + np.log(self._mass), -np.inf)
        best = int(np.argmax(ratios))
        self._left[best] = False
        return self._rows[best], float(ratios[best])

    def add(self, row: Floats) -> None:
        """One more component of full weight for the other density."""
        if self._components is None:
            self._components = self._usual.components_at(self._rows)
        self._grown = np.logaddexp(self._grown, self._components.around(row))
        self._mass += 1.0


class _Ordered:
    """Normals cut to the box. The last component is as wide as the box: the prior, and so are those of rows that do not
    have the column."""

    def __init__(self, column: Column, centres: Floats) -> None:
        self._column = column
        self._half = _half_steps(column)
        there = np.flatnonzero(centres != INACTIVE)
        seen = _in_box(centres[there])
        self._centres, self._widths = np.full(len(centres) + 1, 0.5), np.ones(len(centres) + 1)
        self._centres[there], self._widths[there] = seen, _widths(seen)
        self._low, self._mass = _cut(self._centres, self._widths)

    def sample(self, shares: Floats, components: NDArray[np.intp]) -> Floats:
        centre, width = self._centres[components], self._widths[components]
        inside = self._low[components] + shares * self._mass[components]
        return self._column.snap(np.clip(centre + width * special.ndtri(inside), 0.0, 1.0))

    def log(self, values: Floats) -> Floats:
        """(values, components)"""
        if self._half is None:
            return _log_normals(values[:, None], self._centres, self._widths, self._mass)
        below, above = self.stretches(values)
        return _log_stretches(below[:, None], above[:, None], self._centres, self._widths, self._mass)

    def stretches(self, values: Floats) -> tuple[Floats, Floats]:
        """The ends of what each value owns. Only of a column with levels."""
        assert self._half is not None
        index = self._column.index(values)
        below, above = self._half
        return below[index], above[index]


def _log_stretches(below: Floats, above: Floats, centres: Floats, widths: Floats, mass: Floats) -> Floats:
    """The logarithm of what normals, of which this mass is left after they were cut, have between two ends."""
    upper, lower = (above - centres) / widths, (below - centres) / widths
    logs: Floats = np.log(np.maximum(special.ndtr(upper) - special.ndtr(lower), _LEAST) / mass)
    return logs


def _log_normals(values: Floats, centres: Floats, widths: Floats, mass: Floats) -> Floats:
    """The logarithm of normals of which this mass is left after they were cut."""
    scaled = (values - centres) / widths
    logs: Floats = -0.5 * scaled * scaled - np.log(np.sqrt(2.0 * np.pi) * widths * mass)
    return logs


def _with_ends(centres: Floats) -> Floats:
    """Each column (n, columns) in order, between the ends of the box; what is inactive counts as one of them."""
    placed = np.sort(np.clip(centres, 0.0, 1.0), axis=0)
    ends = np.zeros((1, centres.shape[1]))
    return np.vstack([ends, placed, ends + 1.0])


def _width_among(placed: Floats, here: Floats, counts: NDArray[np.intp]) -> Floats:
    """The width of one more component at ``here`` (columns,) among ``counts`` of them, whose centres are ``placed``."""
    right = np.minimum(np.maximum((placed < here).sum(axis=0), 1), len(placed) - 1)
    column = np.arange(len(here))
    gap = np.maximum(here - placed[right - 1, column], placed[right, column] - here)
    widths: Floats = np.minimum(np.maximum(gap, _narrowest(counts)), 1.0)
    return widths


def _in_box(values: Floats) -> Floats:
    # np.clip takes several times as long for so few numbers.
    inside: Floats = np.minimum(np.maximum(values, 0.0), 1.0)
    return inside


def _cut(centres: Floats, widths: Floats) -> tuple[Floats, Floats]:
    """What of each normal lies below the box, and what within it."""
    low: Floats = special.ndtr(-centres / widths)
    return low, special.ndtr((1.0 - centres) / widths) - low


class _Categories:
    """Most mass on the category seen, the rest by the parameter's own probabilities."""

    def __init__(self, column: Column, values: Floats) -> None:
        k, prior = column.categories, chances(column)
        there = np.flatnonzero(values != INACTIVE)
        rest = _OTHER_CATEGORIES * k / np.sqrt(len(there) + 1)
        table = np.repeat(prior[None, :] * rest, len(values) + 1, axis=0)
        table[there, values[there].astype(int)] += 1.0
        table[-1] = prior
        self._table = table / table.sum(axis=1, keepdims=True)
        self._prior, self._rest = prior, rest

    def sample(self, shares: Floats, components: NDArray[np.intp]) -> Floats:
        cumulated = np.cumsum(self._table[components], axis=1)
        drawn = (shares[:, None] * cumulated[:, -1:] > cumulated[:, :-1]).sum(axis=1)
        values: Floats = drawn.astype(float)
        return values

    def around(self, centre: float) -> Floats:
        """One component: the logarithm of each category's chance."""
        row = self._prior * self._rest
        if centre != INACTIVE:
            row[int(centre)] += 1.0
        logs: Floats = np.log(np.maximum(row / row.sum(), _LEAST))
        return logs

    def log(self, values: Floats) -> Floats:
        logs: Floats = np.log(np.maximum(self._table[:, values.astype(int)].T, _LEAST))
        return logs


def _widths(centres: Floats) -> Floats:
    """Each as wide as the farther of its neighbours is away, within limits ("magic clipping"): Bergstra, Bardenet,
    Bengio and Kégl 2011, "Algorithms for Hyper-Parameter Optimization"; Watanabe 2023, arXiv:2304.11127."""
    count = len(centres)
    if not count:
        return np.empty(0)
    order = np.argsort(centres, kind="stable")
    placed = np.concatenate([[0.0], centres[order], [1.0]])
    gaps = np.diff(placed)
    widths = np.empty(count)
    widths[order] = np.maximum(gaps[:-1], gaps[1:])
    if count >= 2:
        widths[order[0]], widths[order[-1]] = gaps[1], gaps[-2]
    clipped: Floats = np.clip(widths, _narrowest(count), 1.0)
    return clipped


def _narrowest(count: NDArray[np.intp] | int) -> Floats:
    """The least width among so many components."""
    return 1.0 / np.minimum(_FINEST, 2.0 + np.asarray(count))


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
