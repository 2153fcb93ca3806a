"""How random search does on each task: the median of its best loss so far, by which all regret is divided.

Kept in a file with the tasks' hashes: the yardstick stays the same when our random search changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from benchmarks.search.sorts import Sort
from benchmarks.search.stats import random_medians
from benchmarks.search.store import RESULTS
from benchmarks.search.tasks.task import Task

FILE = RESULTS / "medians.json"
SEEDS = range(1000, 1101)
"""None of the seeds that are compared."""


def medians_of(sort: Sort, tasks: Iterable[Task], file: Path = FILE) -> dict[str, tuple[float, ...]]:
    """Of each task at each of the sort's counts; computed where the file has none, and added to it."""
    kept = json.loads(file.read_text()) if file.exists() else {}
    found: dict[str, tuple[float, ...]] = {}
    method, mode = sort.yardstick
    for task in tasks:
        if kept.get(task.name, {}).get("hash") != task.hash:
            print(f"random search on {task.name}: {len(SEEDS)} runs", flush=True)
            runs = [sort.run(task, sort.entries[method], seed, mode).best for seed in SEEDS]
            rounded = [float(f"{middle:.6g}") for middle in random_medians(runs)]
            kept[task.name] = {"hash": task.hash, "medians": rounded}
            lines = (f'"{name}": {json.dumps(kept[name])}' for name in sorted(kept))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("{\n" + ",\n".join(lines) + "\n}\n")
        found[task.name] = tuple(kept[task.name]["medians"])
    return found
