"""Figures as Markdown: regret of each method, ours beside each peer with a verdict, task by task, and times."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from benchmarks.search.figures import Figures
from benchmarks.search.stats import CLIP, Estimate, estimate, mean_error, paired, verdict

BY_TASK = (1, 3)
"""Which of the shown counts have a table of tasks."""

_DIFFERENCES = (
    "Ours minus theirs, same tasks and seeds; below 0 ours is better. ± is the standard error over pairs, in brackets "
    "the one over tasks. *below*: by two standard errors; *at or below*: not above by one."
)


def write_report(parts: Sequence[Figures], commit: str, sources: str) -> str:
    """The whole page."""
    lines = [
        "# How well it searches",
        "",
        f"Commit {commit}, sources of the search {sources}. Normalised regret: 0 is the best known loss, 1 the median "
        f"of random search after as much; values above {CLIP:g} count as {CLIP:g}. ± is the standard error of the mean "
        "over tasks and seeds.",
        "",
    ]
    for figures in parts:
        for mode in figures.sort.modes:
            means = list(_means(figures, mode))
            if len(means) > 2:
                lines += [f"## {mode}: {len(figures.tasks)} tasks", "", *means, ""]
                lines += [_DIFFERENCES, ""]
                lines += [*_differences(figures, mode), ""]
    for figures in parts:
        for mode in figures.sort.modes:
            for count in (figures.sort.shown[i] for i in BY_TASK):
                rows = list(_tasks(figures, mode, count))
                if len(rows) > 2:
                    lines += [f"## Task by task: {mode}, {count} {figures.sort.unit}", "", *rows, ""]
    lines += ["## Seconds of asking", "", *_seconds(parts), ""]
    return "\n".join(lines)


def _means(figures: Figures, mode: str) -> Iterator[str]:
    sort = figures.sort
    yield from _head("method", *(f"{count} {sort.unit}" for count in sort.shown), "runs")
    for name in (*figures.ours, *figures.peers):
        values = [figures.at(name, mode, count) for count in sort.shown]
        if values[0]:
            found = [estimate(value) for value in values]
            cells = [f"{one.mean:.3f} ± {one.error:.3f}" if one.n else "" for one in found]
            yield _row(sort.entries[name].label, *cells, str(len(values[0])))


def _differences(figures: Figures, mode: str) -> Iterator[str]:
    sort = figures.sort
    yield from _head("ours", "peer", *(f"{count} {sort.unit}" for count in sort.shown), "pairs")
    for name in figures.ours:
        yardstick = sort.yardstick[0]
        for peer in (*figures.peers, *([yardstick] if name != yardstick else [])):
            found = [
                paired(figures.at(name, mode, count), figures.at(peer, mode, count)) for count in sort.shown
            ]
            if found[0] is not None:
                yield _row(name, peer, *map(_difference, found), str(found[0].n))


def _difference(found: Estimate | None) -> str:
    if found is None:
        return ""
    by_task = "" if math.isnan(found.by_task) else f" ({found.by_task:.2f})"
    return f"{found.mean:+.2f} ± {found.error:.2f}{by_task} {verdict(found)}"


def _tasks(figures: Figures, mode: str, count: int) -> Iterator[str]:
    names = [name for name in (*figures.ours, *figures.peers) if figures.at(name, mode, count)]
    if not names:
        return
    yield from _head("task", *names)
    found = {name: figures.at(name, mode, count) for name in names}
    for task in figures.tasks:
        cells = []
        for name in names:
            mean, error = mean_error([value for (of, _), value in found[name].items() if of == task.name])
            cells.append("" if math.isnan(mean) else f"{mean:.2f} ± {error:.2f}".removesuffix(" ± nan"))
        yield _row(task.name, *cells)


def _seconds(parts: Sequence[Figures]) -> Iterator[str]:
    yield from _head(
        "method", "mode", "a whole run, mean", "one, middle", "one, 95%", "longest", "ended by an error"
    )
    for figures in parts:
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
