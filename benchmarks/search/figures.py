"""The regret curves of one sort of run, from everything that is kept of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.search.runner import Trajectory
from benchmarks.search.sorts import Named, Sort
from benchmarks.search.stats import Curve, Pair, normalise
from benchmarks.search.store import Store
from benchmarks.search.tasks.task import Task
from benchmarks.search.versions import version_of


class Figures:
    """curves, runs: by method and mode. ours, peers: names of methods that have any, in the registry's order."""

    def __init__(
        self,
        sort: Sort,
        stores: Iterable[Store],
        tasks: Sequence[Task],
        entries: Sequence[Named],
        medians: Mapping[str, Sequence[float]],
        seeds: int,
    ) -> None:
        self.sort, self.tasks = sort, tasks
        self.curves: dict[tuple[str, str], dict[Pair, Curve]] = {}
        self.runs: dict[tuple[str, str], list[Trajectory]] = {}
        known = {task.name: task for task in tasks}
        versions = {entry.name: version_of(entry) for entry in entries}
        for store in stores:
            for key in store:
                task = known.get(key.task)
                if task is None or key.mode not in sort.modes or key.seed >= seeds:
                    continue
                if key.task_hash != task.hash or versions.get(key.method) != key.version:
                    continue
                where = (key.method, key.mode)
                curve = normalise(store[key].best, task.best, medians[task.name])
                self.curves.setdefault(where, {})[key.task, key.seed] = curve
                self.runs.setdefault(where, []).append(store[key])
        self.ours = [e.name for e in entries if not e.packages and self._has(e.name)]
        self.peers = [e.name for e in entries if e.packages and self._has(e.name)]

    def _has(self, name: str) -> bool:
        return any((name, mode) in self.curves for mode in self.sort.modes)

    def at(self, name: str, mode: str, count: int) -> dict[Pair, float]:
        """A method's regret after so many, of each task and seed that went so far."""
        index = self.sort.counts.index(count)
        curves = self.curves.get((name, mode), {})
        return {pair: curve[index] for pair, curve in curves.items() if len(curve) > index}
