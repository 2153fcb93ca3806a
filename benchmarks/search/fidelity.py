"""Runs one trajectory with a budget of epochs: methods may stop trials early, or go on with some of them later.

The same made-up clock as the runner's: an epoch takes a trial's duration divided by the epochs of a whole training. A
trial that goes on from a checkpoint pays for its further epochs only. What counts is the best loss seen so far, of any
configuration after any epoch that it was trained, as a function of the epochs that all trials have used together.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from benchmarks.search.runner import SPEEDS, Mode, Trajectory, duration, times
from benchmarks.search.tasks.task import Params, Task

WHOLES = 20
"""The budget, in whole trainings."""
AT = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20)
"""Where the best loss so far is kept, in whole trainings."""

RungMode = Literal["epochs", "epochs8"]
RUNG_MODES: tuple[RungMode, ...] = ("epochs", "epochs8")
WORKERS: dict[RungMode, Mode] = {"epochs": "sequential", "epochs8": "parallel8"}


@dataclass(frozen=True)
class Work:
    """What a worker does next: train this trial up to an epoch; one that was trained before goes on from there."""

    number: int
    params: Params
    until: int


@dataclass(frozen=True)
class RungSetting:
    """All that a method is told at the start. most: epochs of a whole training. budget: epochs of all together."""

    params: Mapping[str, Any]
    seed: int
    budget: int
    most: int
    workers: int


class RungMethod(Protocol):
    """One search in progress. A trial's numbers ascend from 0 in the order in which they are begun."""

    def ask(self, number: int) -> Work | None:
        """Work for a free worker, a new trial's under this number; None where it wants results first, or has ended."""

    def report(self, number: int, epoch: int, loss: float | None) -> bool:
        """After each epoch; whether the trial may go on."""

    def tell(self, number: int, epoch: int, loss: float | None) -> None:
        """The work has ended: it has come to its epoch, was not to go on, or has failed (None)."""


@dataclass(frozen=True)
class RungEntry:
    """One method of the registry; as ``Entry``."""

    name: str
    build: Callable[[RungSetting], RungMethod]
    packages: tuple[str, ...]
    label: str
    kind: str = ""


def run_epochs(task: Task, entry: RungEntry, seed: int, mode: RungMode, wholes: int = WHOLES) -> Trajectory:
    """One trajectory; its best losses are those at AT. Raises Unavailable where the method can't start."""
    assert task.curves is not None
    speeds, most = SPEEDS[WORKERS[mode]], task.curves.most
    method = entry.build(RungSetting(task.params, seed, wholes * most, most, len(speeds)))
    world = _World(task, seed, speeds)
    error = ""
    try:
        while world.used < wholes * most and world.step(method):
            pass
    except Exception as reason:  # whatever a library raises is its result
        error = f"{type(reason).__name__}: {reason}"[:300]
    return Trajectory(world.best_at(), len(world.epochs), world.failed, times(world.asked), error)


class _World:
    """Workers and trials. used: epochs so far. epochs: of each trial. curve: the best loss after each used epoch."""

    def __init__(self, task: Task, seed: int, speeds: tuple[float, ...]) -> None:
        self._task, self._seed, self._speeds = task, seed, speeds
        self._clock = 0.0
        self._idle = list(range(len(speeds)))
        self._ends: list[tuple[float, int, Work]] = []
        self._next = 0
        self._best: float | None = None
        self.failed = self.used = 0
        self.epochs: dict[int, int] = {}
        self.asked: list[float] = []
        self.curve: list[float | None] = []

    def step(self, method: RungMethod) -> bool:
        """Give work to free workers, then let the next epoch end; False where there is nothing left to do."""
        while self._idle:
            began = time.process_time()
            work = method.ask(self._next)
            self.asked.append(time.process_time() - began)
            if work is None:
                break
            self._next += work.number == self._next
            self.epochs.setdefault(work.number, 0)
            assert work.until > self.epochs[work.number], work
            self._begin(self._idle.pop(0), work)
        if not self._ends:
            return False
        self._clock, worker, work = heapq.heappop(self._ends)
        self._end_epoch(method, worker, work)
        return True

    def _begin(self, worker: int, work: Work) -> None:
        assert self._task.curves is not None
        whole = duration(self._task.name, self._seed, work.number)
        end = self._clock + whole / self._task.curves.most / self._speeds[worker]
        heapq.heappush(self._ends, (end, worker, work))

    def _end_epoch(self, method: RungMethod, worker: int, work: Work) -> None:
        assert self._task.curves is not None
        epoch = self.epochs[work.number] = self.epochs[work.number] + 1
        loss = self._task.curves.loss(work.params, epoch)
        if loss is not None and (self._best is None or loss < self._best):
            self._best = loss
        self.used += 1
        self.curve.append(self._best)
        self.failed += loss is None
        if method.report(work.number, epoch, loss) and loss is not None and epoch < work.until:
            self._begin(worker, work)
            return
        method.tell(work.number, epoch, loss)
        self._idle.append(worker)

    def best_at(self) -> tuple[float | None, ...]:
        """At each of AT; a search that ended early keeps its last."""
        assert self._task.curves is not None
        places = (min(wholes * self._task.curves.most, len(self.curve)) for wholes in AT)
        return tuple(self.curve[place - 1] if place else None for place in places)
