"""``python -m benchmarks.search``: run the trajectories that are missing, then report. May be killed at any time."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.search.figures import Figures
from benchmarks.search.filling import Job, fill
from benchmarks.search.medians import medians_of
from benchmarks.search.picture import draw
from benchmarks.search.report import write_report
from benchmarks.search.sorts import SORTS, Named, Sort
from benchmarks.search.sources import sources_hash
from benchmarks.search.store import RESULTS, Key, Store
from benchmarks.search.tasks.task import Task
from benchmarks.search.versions import version_of

QUICK_SEEDS, FULL_SEEDS = 3, 10
QUICK_MINUTES = 12.0
PEERS, OURS = RESULTS / "peers", RESULTS / "leadline"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for."""
    warnings.simplefilter("ignore")  # the peers' own
    for library in (
        "OMP",
        "OPENBLAS",
        "MKL",
    ):  # several threads only get into each other's way with so little to do
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    options = _options(arguments)
    peers = Store(options.peers or PEERS, keeps=bool(options.peers) or not options.quick)
    ours = Store(options.ours or OURS, keeps=bool(options.ours) or not options.quick)
    if options.prune:
        print(f"dropped {peers.prune(_is_current)} runs of peers and {ours.prune(_is_current)} of ours")
        return 0
    if not options.report_only:
        jobs = [job for sort in reversed(SORTS) for job in _missing(sort, options, peers, ours)]
        deadline = time.monotonic() + 60 * options.minutes if options.minutes else None
        fill(jobs, peers, ours, options.jobs, deadline)
    if options.fill_only:
        return 0
    parts = []
    for sort in SORTS:
        tasks = _tasks(sort, options)
        entries = list(sort.entries.values()) if options.report_only else _entries(sort, options)
        medians = medians_of(sort, tasks)
        parts.append(Figures(sort, (peers, ours), tasks, entries, medians, options.seeds))
    page = write_report(parts, _commit(), sources_hash())
    print(page)
    if options.write:
        options.write.mkdir(parents=True, exist_ok=True)
        (options.write / "report.md").write_text(page)
        draw(parts, options.write / "regret.svg")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    every = {name for sort in SORTS for name in sort.entries}, {n for s in SORTS for n in s.tasks}
    modes = tuple(mode for sort in SORTS for mode in sort.modes)
    parser = argparse.ArgumentParser("benchmarks.search", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="four tasks, three seeds, at most 15 minutes")
    size.add_argument(
        "--full", action="store_true", help="all tasks, methods, modes and ten seeds (the default)"
    )
    parser.add_argument("--methods", nargs="+", metavar="METHOD", choices=sorted(every[0]))
    parser.add_argument("--tasks", nargs="+", metavar="TASK", choices=sorted(every[1]))
    parser.add_argument("--modes", nargs="+", choices=modes)
    parser.add_argument("--seeds", type=int, help="seeds 0 to n - 1")
    parser.add_argument(
        "--jobs", type=int, default=1, help="runs at the same time, a core each (seconds of asking suffer)"
    )
    parser.add_argument("--minutes", type=float, help="begin no run after so many")
    parser.add_argument("--report-only", action="store_true", help="run nothing")
    parser.add_argument("--fill-only", action="store_true", help="report nothing")
    parser.add_argument(
        "--prune",
        action="store_true",
        help="drop kept runs of other sources, versions or tasks than today's, no more",
    )
    parser.add_argument(
        "--peers", type=Path, help="folder of the peers' results (with --quick: else nothing is kept)"
    )
    parser.add_argument("--ours", type=Path, help="folder of our own results (likewise)")
    parser.add_argument(
        "--write", type=Path, nargs="?", const=RESULTS, help="write report and picture into this folder too"
    )
    options = parser.parse_args(arguments)
    options.seeds = options.seeds or (QUICK_SEEDS if options.quick else FULL_SEEDS)
    options.minutes = options.minutes or (QUICK_MINUTES if options.quick else None)
    if options.quick and not options.modes:
        options.modes = SORTS[0].modes
    return options


def _tasks(sort: Sort, options: argparse.Namespace) -> list[Task]:
    if options.tasks:
        return [task for task in sort.tasks.values() if task.name in options.tasks]
    return [task for task in sort.tasks.values() if task.quick or not options.quick]


def _entries(sort: Sort, options: argparse.Namespace) -> list[Named]:
    names = options.methods or (sort.quick if options.quick else tuple(sort.entries))
    return [sort.entries[name] for name in names if name in sort.entries]


def _missing(sort: Sort, options: argparse.Namespace, peers: Store, ours: Store) -> Iterator[Job]:
    """In the order in which a run that is cut short is worth most: method by method, seed by seed."""
    tasks = _tasks(sort, options)
    modes = [mode for mode in sort.modes if not options.modes or mode in options.modes]
    for entry in _entries(sort, options):
        version, store = version_of(entry), peers if entry.packages else ours
        for seed in range(options.seeds):
            for mode in modes:
                for task in tasks:
                    key = Key(task.name, task.hash, entry.name, version, mode, seed)
                    if key not in store:
                        yield Job(sort, task, entry, key)


def _is_current(key: Key) -> bool:
    for sort in SORTS:
        task, entry = sort.tasks.get(key.task), sort.entries.get(key.method)
        if task is not None and entry is not None and key.mode in sort.modes:
            return key.task_hash == task.hash and key.version == version_of(entry)
    return False


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
