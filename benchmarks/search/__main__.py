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

from benchmarks.search import methods
from benchmarks.search.medians import medians_of
from benchmarks.search.methods import Entry, Unavailable
from benchmarks.search.methods.leadline_matrix import sources_hash
from benchmarks.search.report import Figures, write_report
from benchmarks.search.runner import MODES, run
from benchmarks.search.store import RESULTS, Key, Store
from benchmarks.search.tasks.all import ALL
from benchmarks.search.tasks.task import Task
from benchmarks.search.versions import version_of

QUICK_SEEDS, FULL_SEEDS = 3, 10
QUICK_MINUTES = 14.0
QUICK_METHODS = ("random", "bayes", "tpe", "auto", "optuna-tpe", "optuna-gp")


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
    chosen = [task for task in ALL.values() if _wanted(task, options)]
    entries = [methods.ALL[name] for name in options.methods]
    peers, ours = Store(RESULTS / "peers"), Store(options.ours)
    deadline = time.monotonic() + 60 * options.minutes if options.minutes else None
    if not options.report_only:
        _fill(list(_missing(chosen, entries, options, peers, ours)), peers, ours, deadline)
    everything = list(methods.ALL.values()) if options.report_only and not options.named else entries
    medians = medians_of(chosen)
    figures = Figures((peers, ours), chosen, everything, medians, options.seeds)
    page = write_report(figures, _commit(), sources_hash())
    print(page)
    if options.write:
        options.write.write_text(page)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("benchmarks.search", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="four tasks, three seeds, at most 14 minutes")
    size.add_argument(
        "--full", action="store_true", help="all tasks, methods, modes and ten seeds (the default)"
    )
    parser.add_argument("--tasks", nargs="+", metavar="TASK", choices=tuple(ALL))
    parser.add_argument("--methods", nargs="+", metavar="METHOD", choices=tuple(methods.ALL))
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    parser.add_argument("--seeds", type=int, help="seeds 0 to n - 1")
    parser.add_argument("--minutes", type=float, help="begin no run after so many")
    parser.add_argument("--report-only", action="store_true", help="run nothing")
    parser.add_argument("--ours", type=Path, default=RESULTS / "leadline", help="folder of our own results")
    parser.add_argument(
        "--write", type=Path, nargs="?", const=RESULTS / "report.md", help="write the report there too"
    )
    options = parser.parse_args(arguments)
    options.named = bool(options.methods)
    options.methods = options.methods or (QUICK_METHODS if options.quick else tuple(methods.ALL))
    options.seeds = options.seeds or (QUICK_SEEDS if options.quick else FULL_SEEDS)
    options.minutes = options.minutes or (QUICK_MINUTES if options.quick else None)
    return options


def _wanted(task: Task, options: argparse.Namespace) -> bool:
    return task.name in options.tasks if options.tasks else task.quick or not options.quick


def _missing(
    chosen: Sequence[Task], entries: Sequence[Entry], options: argparse.Namespace, peers: Store, ours: Store
) -> Iterator[tuple[Task, Entry, Key]]:
    """In the order in which a run that is cut short is worth most: method by method, seed by seed."""
    for entry in entries:
        version, store = version_of(entry), peers if entry.packages else ours
        for seed in range(options.seeds):
            for mode in options.modes:
                for task in chosen:
                    key = Key(task.name, task.hash, entry.name, version, mode, seed)
                    if key not in store:
                        yield task, entry, key


def _fill(
    missing: Sequence[tuple[Task, Entry, Key]], peers: Store, ours: Store, deadline: float | None
) -> None:
    began, unavailable = time.monotonic(), set[str]()
    for done, (task, entry, key) in enumerate(missing, start=1):
        if entry.name in unavailable:
            continue
        if deadline is not None and time.monotonic() > deadline:
            print(f"time is up: {len(missing) - done + 1} runs are missing", flush=True)
            return
        try:
            trajectory = run(task, entry, key.seed, key.mode)  # type: ignore[arg-type]
        except Unavailable as reason:
            unavailable.add(entry.name)
            print(f"{entry.name} is left out: {reason}", flush=True)
            continue
        (peers if entry.packages else ours).add(key, trajectory)
        best = "none" if trajectory.best[-1] is None else f"{trajectory.best[-1]:.5g}"
        print(
            f"[{done}/{len(missing)}, {(time.monotonic() - began) / 60:.1f} min] {entry.name} on {task.name}, "
            f"{key.mode}, seed {key.seed}: best {best}, asked for {trajectory.ask[0]:.1f} s {trajectory.error}",
            flush=True,
        )


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
