"""Runs one trajectory: a method on a task with a seed, one trial after another or on eight unequal workers.

The clock is made up: a trial's duration is drawn from a hash, and an event queue tells which trial ends next. Only
the seconds of a core spent in asking are real, and what else the machine does has no say in them.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from benchmarks.search.methods.method import Entry, Setting
from benchmarks.search.tasks.task import Params, Task, scattered

TRIALS = 200
COUNTS = (5, 10, 15, 20, 25, *range(30, TRIALS + 1, 10))
"""Numbers of finished trials at which the best loss so far is kept."""

Mode = Literal["sequential", "parallel8"]
SPEEDS: dict[Mode, tuple[float, ...]] = {
    "sequential": (1.0,),
    "parallel8": (1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.25, 2.5),
}
"""Of each worker: the same trial takes the first one 2.5 times as long as the last."""
MODES: tuple[Mode, ...] = ("sequential", "parallel8")

_SPREAD = 0.5
"""Deviation of the logarithm of durations: two trials in three lie within a factor of 1.65 of the middle one."""


@dataclass(frozen=True)
class Trajectory:
    """What is kept of a run.

    best: the smallest loss so far at each of COUNTS, None before the first success. trials: how many ended.
    failed: how many of them without a loss. ask: seconds of a core in all, and the middle, the 95th percentile and the
    greatest of one question's. error: what ended it early, empty where nothing did.
    """

    best: tuple[float | None, ...]
    trials: int
    failed: int
    ask: tuple[float, float, float, float]
    error: str = ""


def run(task: Task, entry: Entry, seed: int, mode: Mode, trials: int = TRIALS) -> Trajectory:
    """One trajectory. Raises Unavailable where the method can't start; an error later is part of the result."""
    speeds = SPEEDS[mode]
    method = entry.build(Setting(task.params, seed, trials, len(speeds)))
    losses: list[float | None] = []
    asked: list[float] = []
    pending: dict[int, Params] = {}
    ends: list[tuple[float, int, int]] = []
    idle = list(range(len(speeds)))
    clock, number, error = 0.0, 0, ""
    try:
        while True:
            while idle and number < trials:
                began = time.process_time()
                params = method.ask(number, dict(pending))
                asked.append(time.process_time() - began)
                if sum(asked) > entry.patience:
                    trials = len(losses)
                    ends.clear()
                    break
                if params is None:
                    break
                pending[number] = params
                worker = idle.pop(0)
                end = clock + duration(task.name, seed, number) / speeds[worker]
                heapq.heappush(ends, (end, number, worker))
                number += 1
            if not ends:
                break
            clock, ended, worker = heapq.heappop(ends)
            params = pending.pop(ended)
            losses.append(task.objective(params))
            method.tell(ended, params, losses[-1])
            idle.append(worker)
    except Exception as reason:  # whatever a library raises is its result
        error = f"{type(reason).__name__}: {reason}"[:300]
    counts = [count for count in COUNTS if count <= max(trials, COUNTS[0])]
    return Trajectory(best_at(losses, counts), len(losses), losses.count(None), times(asked), error)


def duration(task: str, seed: int, number: int) -> float:
    """Seconds that a trial takes a worker of speed 1: lognormal, its median 1."""
    u = (scattered(f"duration {task} {seed} {number}") * 2**48 + 0.5) / 2**48
    return math.exp(_SPREAD * NormalDist().inv_cdf(u))


def best_at(losses: Sequence[float | None], counts: Sequence[int] = COUNTS) -> tuple[float | None, ...]:
    """The smallest loss among the first so many; a run that ended early keeps its last."""
    best: float | None = None
    found: list[float | None] = []
    for loss in losses:
        if loss is not None and math.isfinite(loss) and (best is None or loss < best):
            best = loss
        found.append(best)
    return tuple(found[min(count, len(found)) - 1] if found else None for count in counts)


def times(asked: Sequence[float]) -> tuple[float, float, float, float]:
    """In all, the middle, the 95th percentile and the greatest."""
    if not asked:
        return 0.0, 0.0, 0.0, 0.0
    ordered = sorted(asked)
    return sum(asked), ordered[len(asked) // 2], ordered[int(len(asked) * 0.95)], ordered[-1]
