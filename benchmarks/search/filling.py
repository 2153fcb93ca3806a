"""Runs what is missing, one after another or several at a time, and keeps each as soon as it has ended."""

from __future__ import annotations

import multiprocessing
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice

from benchmarks.search.methods import Unavailable
from benchmarks.search.runner import Trajectory
from benchmarks.search.sorts import SORTS, Named, Sort
from benchmarks.search.store import Key, Store
from benchmarks.search.tasks.task import Task


@dataclass(frozen=True)
class Job:
    """A run that is missing."""

    sort: Sort
    task: Task
    entry: Named
    key: Key


Result = Trajectory | Unavailable


def fill(jobs: Sequence[Job], peers: Store, ours: Store, at_once: int, deadline: float | None) -> None:
    """Run the jobs in their order and tell of each. deadline: of the monotonic clock; none begins after it."""
    began = time.monotonic()
    unavailable = set[str]()
    late = 0

    def wanted() -> Iterator[Job]:
        nonlocal late
        for job in jobs:
            if job.entry.name in unavailable:
                continue
            if deadline is not None and time.monotonic() > deadline:
                late += 1
            else:
                yield job

    ended = _one_by_one(wanted()) if at_once == 1 else _several(wanted(), at_once)
    for done, (job, result) in enumerate(ended, start=1):
        if isinstance(result, Unavailable):
            if job.entry.name not in unavailable:
                print(f"{job.entry.name} is left out: {result}", flush=True)
            unavailable.add(job.entry.name)
            continue
        (peers if job.entry.packages else ours).add(job.key, result)
        best = "none" if result.best[-1] is None else f"{result.best[-1]:.5g}"
        print(
            f"[{done}/{len(jobs)}, {(time.monotonic() - began) / 60:.1f} min] {job.entry.name} on {job.task.name}, "
            f"{job.key.mode}, seed {job.key.seed}: best {best}, asked for {result.ask[0]:.1f} s {result.error}",
            flush=True,
        )
    if late:
        print(f"time is up: {late} runs are missing", flush=True)


def _one_by_one(jobs: Iterator[Job]) -> Iterator[tuple[Job, Result]]:
    for job in jobs:
        yield job, _run(SORTS.index(job.sort), job.task.name, job.entry.name, job.key)


def _several(jobs: Iterator[Job], at_once: int) -> Iterator[tuple[Job, Result]]:
    # Spawned: libraries with threads of their own do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(at_once, context, warnings.simplefilter, ("ignore",)) as pool:
        running: dict[Future[Result], Job] = {}
        while True:
            for job in islice(jobs, at_once - len(running)):
                place = SORTS.index(job.sort)
                running[pool.submit(_run, place, job.task.name, job.entry.name, job.key)] = job
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()


def _run(place: int, task: str, entry: str, key: Key) -> Result:
    """By names: a sort of run has functions that do not travel to another process."""
    sort = SORTS[place]
    try:
        return sort.run(sort.tasks[task], sort.entries[entry], key.seed, key.mode)
    except Unavailable as reason:
        return reason
