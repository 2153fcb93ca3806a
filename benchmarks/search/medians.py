"""How random search does on each task: the median of its best loss so far, by which all regret is divided.

Kept in a file with the tasks' hashes: the yardstick stays the same when our random search changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from benchmarks.search import methods
from benchmarks.search.runner import run
from benchmarks.search.stats import random_medians
from benchmarks.search.store import RESULTS
from benchmarks.search.tasks.task import Task

FILE = RESULTS / "medians.json"
SEEDS = range(1000, 1101)
"""None of the seeds that are compared."""


def medians_of(tasks: Iterable[Task], file: Path = FILE) -> dict[str, tuple[float, ...]]:
    """Of each task at each of the runner's COUNTS; computed where the file has none, and added to it."""
    kept = json.loads(file.read_text()) if file.exists() else {}
    found: dict[str, tuple[float, ...]] = {}
    for task in tasks:
        if kept.get(task.name, {}).get("hash") != task.hash:
            print(f"random search on {task.name}: {len(SEEDS)} runs", flush=True)
            runs = [run(task, methods.ALL["random"], seed, "sequential").best for seed in SEEDS]
            rounded = [float(f"{middle:.6g}") for middle in random_medians(runs)]
            kept[task.name] = {"hash": task.hash, "medians": rounded}
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(
                "{\n" + ",\n".join(f'"{name}": {json.dumps(kept[name])}' for name in sorted(kept)) + "\n}\n"
            )
        found[task.name] = tuple(kept[task.name]["medians"])
    return found
