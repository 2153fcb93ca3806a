"""Figures as Markdown: regret of each method, ours beside each peer with a verdict, task by task, and times."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks.search.methods import ALL, Entry
from benchmarks.search.runner import COUNTS, MODES, Mode, Trajectory
from benchmarks.search.stats import CLIP, Curve, Pair, estimate, mean_error, normalise, paired, verdict
from benchmarks.search.store import Store
from benchmarks.search.tasks.task import Task
from benchmarks.search.versions import version_of

SHOWN = (25, 50, 100, 200)
"""Numbers of trials in tables."""


class Figures:
    """All regret curves of the wanted tasks, by (method, mode)."""

    def __init__(
        self,
        stores: Iterable[Store],
        tasks: Sequence[Task],
        entries: Sequence[Entry],
        medians: Mapping[str, Sequence[float]],
        seeds: int,
    ) -> None:
        self.tasks = tasks
        self.curves: dict[tuple[str, Mode], dict[Pair, Curve]] = {}
        self.runs: dict[tuple[str, Mode], list[Trajectory]] = {}
        known = {task.name: task for task in tasks}
        versions = {entry.name: version_of(entry) for entry in entries}
        for store in stores:
            for key in store:
                task = known.get(key.task)
                mode = next((mode for mode in MODES if mode == key.mode), None)
                if task is None or mode is None or key.seed >= seeds or key.task_hash != task.hash:
                    continue
                if versions.get(key.method) != key.version:
                    continue
                where = (key.method, mode)
                curve = normalise(store[key].best, task.best, medians[task.name])
                self.curves.setdefault(where, {})[key.task, key.seed] = curve
                self.runs.setdefault(where, []).append(store[key])
        self.ours = [e.name for e in entries if not e.packages and self._has(e.name)]
        self.peers = [e.name for e in entries if e.packages and self._has(e.name)]

    def _has(self, name: str) -> bool:
        return any((name, mode) in self.curves for mode in MODES)


def write_report(figures: Figures, commit: str, sources: str) -> str:
    """The whole page."""
    lines = [
        "# How well it searches",
        "",
        f"Commit {commit}, sources of the search {sources}, {len(figures.tasks)} tasks. Normalised regret: 0 is the "
        "best known loss, 1 the median of random search after as many trials; "
        f"values above {CLIP:g} count as {CLIP:g}. ± is the standard error of the mean over tasks and seeds.",
        "",
    ]
    for mode in MODES:
        lines += [f"## {mode}", "", *_means(figures, mode), ""]
        lines += ["Ours minus theirs, same tasks and seeds; below 0 ours is better.", ""]
        lines += [*_differences(figures, mode), ""]
    for mode in MODES:
        for count in (SHOWN[1], SHOWN[-1]):
            lines += [f"## Task by task: {mode}, {count} trials", "", *_tasks(figures, mode, count), ""]
    lines += ["## Seconds of asking", "", *_seconds(figures), ""]
    return "\n".join(lines)


def _means(figures: Figures, mode: Mode) -> Iterator[str]:
    yield from _head("method", *(f"{count} trials" for count in SHOWN), "runs")
    for name in (*figures.ours, *figures.peers):
        curves = figures.curves.get((name, mode))
        if not curves:
            continue
        cells = []
        for count in SHOWN:
            value = estimate({pair: curve[COUNTS.index(count)] for pair, curve in curves.items()})
            cells.append(f"{value.mean:.3f} ± {value.error:.3f}")
        yield _row(ALL[name].label, *cells, str(len(curves)))


def _differences(figures: Figures, mode: Mode) -> Iterator[str]:
    yield from _head("ours", "peer", "trials", "difference", "s.e.", "s.e. by task", "pairs", "ours is")
    for name in figures.ours:
        for peer in (*figures.peers, *(["random"] if name != "random" else [])):
            for count in SHOWN:
                ours, theirs = figures.curves.get((name, mode), {}), figures.curves.get((peer, mode), {})
                found = paired(ours, theirs, COUNTS.index(count))
                if found is not None:
                    errors = f"{found.error:.3f}", f"{found.by_task:.3f}"
                    yield _row(
                        name, peer, str(count), f"{found.mean:+.3f}", *errors, str(found.n), verdict(found)
                    )


def _tasks(figures: Figures, mode: Mode, count: int) -> Iterator[str]:
    names = [name for name in (*figures.ours, *figures.peers) if (name, mode) in figures.curves]
    yield from _head("task", *names)
    for task in figures.tasks:
        cells = []
        for name in names:
            curves = figures.curves[name, mode]
            values = [c[COUNTS.index(count)] for (of, _), c in curves.items() if of == task.name]
            mean, error = mean_error(values)
            cells.append(
                "" if math.isnan(mean) else f"{mean:.2f}" + ("" if math.isnan(error) else f" ± {error:.2f}")
            )
        yield _row(task.name, *cells)


def _seconds(figures: Figures) -> Iterator[str]:
    yield from _head(
        "method", "mode", "a run's 200, mean", "one, middle", "one, 95%", "longest", "ended by an error"
    )
    for (name, mode), runs in sorted(figures.runs.items()):
        total, middle, late, longest = zip(*(run.ask for run in runs), strict=True)
        broken = sum(1 for run in runs if run.error)
        times = sum(total) / len(runs), sum(middle) / len(runs), sum(late) / len(runs), max(longest)
        yield _row(name, mode, *(f"{seconds:.3g}" for seconds in times), str(broken))


def _head(*cells: str) -> Iterator[str]:
    yield _row(*cells)
    yield _row(*("---" for _ in cells))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
