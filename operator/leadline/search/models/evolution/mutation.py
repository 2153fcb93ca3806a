"""A configuration with one or a few of its values changed, each in the way of its kind."""

from __future__ import annotations

from typing import Final

import numpy as np

from leadline.search.models.columns import Column, Floats
from leadline.search.models.encoding import INACTIVE, Encoding
from leadline.search.models.values import ascending

_STEPS: Final = (0.3, 0.1, 0.03, 0.01)
"""Deviations of a step, in boxes: one of them for each."""


def mutate(encoding: Encoding, row: Floats, rng: np.random.Generator) -> Floats:
    """A row (width,) that differs from this one: on average in two of its active values, at least in one.

    A category becomes any other one; what is ordered makes a step up or down, of at least one value; what becomes
    active by it is drawn as at the beginning, and what is no longer active goes.
    """
    active = np.flatnonzero(row != INACTIVE)
    chosen = rng.random(len(active)) < 1 / len(active)
    chosen[rng.integers(len(active))] = True
    child = np.where(row == INACTIVE, encoding.values(rng.random((1, encoding.width)))[0], row)
    for place in active[chosen]:
        child[place] = _changed(encoding.columns[place], child[place], rng)
    settled: Floats = encoding.deactivate(child[None, :])[0]
    return settled


def _changed(column: Column, value: float, rng: np.random.Generator) -> float:
    if column.categories:
        return float((value + rng.integers(1, column.categories)) % column.categories)
    step = float(rng.choice(_STEPS) * rng.standard_normal())
    moved = value + step
    if not 0.0 <= moved <= 1.0:
        moved = value - step  # away from the wall
    moved = float(column.snap(np.clip([moved], 0.0, 1.0))[0])
    if column.finite is None or moved != value:
        return moved
    # Too small a step: the next value on that side, or on the other where there is none.
    levels = ascending(column)
    if levels is None:
        index = int(column.index(np.array([value]))[0])
        return column.encode(column.finite.value(_next(index, column.finite.size, step)))
    return float(levels[_next(int(np.searchsorted(levels, value)), len(levels), step)])


def _next(index: int, count: int, step: float) -> int:
    return index + 1 if index == 0 or (step > 0 and index + 1 < count) else index - 1
