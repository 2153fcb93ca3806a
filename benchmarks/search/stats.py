"""From trajectories to figures: normalised regret, its means with standard errors, and paired differences.

Normalised regret is (best so far - best known) / (median of random search at the same number of trials - best known):
0 is the best that can be, 1 is as good as random search.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

CLIP = 5.0
"""Regret above this counts as this, and so does a run without any success: one lost run must not outweigh a task."""
FLOOR = 0.01
"""Share of random search's first gap below which its gap is not taken, for tables whose best point it finds."""

Curve = tuple[float, ...]
"""Regret at each of the runner's COUNTS; a shorter run has the first of them."""
Pair = tuple[str, int]
"""Task and seed."""


@dataclass(frozen=True)
class Estimate:
    """A mean of ``n`` values with its standard error. by_task: the error with each task's mean as one value."""

    mean: float
    error: float
    by_task: float
    n: int


def random_medians(runs: Sequence[Sequence[float | None]]) -> tuple[float, ...]:
    """At each count, the median over runs; a run without a success yet is worse than any."""
    middles = [
        median(math.inf if loss is None else loss for loss in column) for column in zip(*runs, strict=True)
    ]
    finite = [middle for middle in middles if math.isfinite(middle)]
    return tuple(middle if math.isfinite(middle) else finite[0] for middle in middles)


def normalise(best: Sequence[float | None], known: float, medians: Sequence[float]) -> Curve:
    """The regret of one run."""
    least = FLOOR * (medians[0] - known)
    return tuple(
        CLIP if loss is None else min(max(loss - known, 0.0) / max(middle - known, least), CLIP)
        for loss, middle in zip(best, medians, strict=False)
    )


def estimate(values: Mapping[Pair, float]) -> Estimate:
    """The mean over tasks and seeds, all alike."""
    tasks: dict[str, list[float]] = {}
    for (task, _), value in values.items():
        tasks.setdefault(task, []).append(value)
    mean, error = mean_error(list(values.values()))
    return Estimate(
        mean, error, mean_error([mean_error(group)[0] for group in tasks.values()])[1], len(values)
    )


def paired(ours: Mapping[Pair, float], theirs: Mapping[Pair, float]) -> Estimate | None:
    """Ours minus theirs over the tasks and seeds that both have; below 0 we are better."""
    both = ours.keys() & theirs.keys()
    return estimate({pair: ours[pair] - theirs[pair] for pair in sorted(both)}) if both else None


def verdict(difference: Estimate) -> str:
    """``below``: better by more than two standard errors; ``at or below``: not worse by more than one."""
    if difference.mean + 2 * difference.error < 0:
        return "below"
    return "at or below" if difference.mean - difference.error <= 0 else "above"


def mean_error(values: Sequence[float]) -> tuple[float, float]:
    """The mean and its standard error, NaN for a single value."""
    n = len(values)
    if n == 0:
        return math.nan, math.nan
    mean = math.fsum(values) / n
    if n == 1:
        return mean, math.nan
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1) / n)
