"""What models ask of a column, beyond its numbers, and of results."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np

from leadline.search.models.columns import Column, Floats
from leadline.search.sampling.sampler import Observation


def chances(column: Column) -> Floats:
    """The probability of each value of a finite column, by its index."""
    finite = column.finite
    assert finite is not None
    return np.diff(np.array([finite.start(i) / finite.total for i in range(finite.size + 1)]))


def ascending(column: Column) -> Floats | None:
    """Where the values of an ordered column are; None for one that is as good as continuous."""
    return None if column.levels is None else np.sort(column.levels)


def losses(observations: Sequence[Observation]) -> Floats:
    """(n,), infinite for what failed."""
    return np.array([inf if observation.loss is None else observation.loss for observation in observations])
