"""Trajectories on disk: a file of JSON lines per task, written so that a run may be killed at any moment.

A line is appended in one write and synced; a last line that was torn is left out when reading and cut off from what
is appended after it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.search.runner import Trajectory

RESULTS = Path(__file__).parent / "results"
DIGITS = 6
"""Significant digits that are kept of a loss."""


@dataclass(frozen=True)
class Key:
    """What makes a trajectory the same one.

    task_hash: of the task's space and losses. version: of the method's packages, or of our sources. mode: of the
    runner, or of the one with rungs.
    """

    task: str
    task_hash: str
    method: str
    version: str
    mode: str
    seed: int


class Store:
    """The trajectories under one folder. keeps: whether those that are added go there too."""

    def __init__(self, folder: Path, *, keeps: bool = True) -> None:
        self._folder, self._keeps = folder, keeps
        self._found: dict[Key, Trajectory] = {}
        for path in sorted(folder.glob("*.jsonl")):
            self._found.update(read(path))

    def __contains__(self, key: Key) -> bool:
        return key in self._found

    def __getitem__(self, key: Key) -> Trajectory:
        return self._found[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._found)

    def add(self, key: Key, trajectory: Trajectory) -> None:
        """Add one; if it is kept, it is on disk when this returns."""
        self._found[key] = trajectory
        if self._keeps:
            append(self._folder / f"{key.task}.jsonl", encode(key, trajectory))

    def prune(self, wanted: Callable[[Key], bool]) -> int:
        """Drop what is not wanted, and lines that a later one has replaced; how many trajectories were dropped.

        Not while another process adds to the same folder: what it adds meanwhile would be lost.
        """
        dropped = [key for key in self._found if not wanted(key)]
        for key in dropped:
            del self._found[key]
        for path in sorted(self._folder.glob("*.jsonl")):
            kept = [encode(key, run) for key, run in self._found.items() if key.task == path.stem]
            whole = path.with_suffix(".whole")
            whole.write_text("".join(f"{line}\n" for line in kept))
            whole.replace(path)
        return len(dropped)


def encode(key: Key, trajectory: Trajectory) -> str:
    """One line, without its end."""
    line = {
        "task": key.task,
        "hash": key.task_hash,
        "method": key.method,
        "version": key.version,
        "mode": key.mode,
        "seed": key.seed,
        "trials": trajectory.trials,
        "failed": trajectory.failed,
        "best": [None if loss is None else _short(loss, DIGITS) for loss in trajectory.best],
        "ask": [_short(seconds, 3) for seconds in trajectory.ask],
    }
    if trajectory.error:
        line["error"] = trajectory.error
    return json.dumps(line, separators=(",", ":"), allow_nan=False)


def decode(line: str) -> tuple[Key, Trajectory]:
    """The line's meaning. Raises ValueError or KeyError for a torn one."""
    raw = json.loads(line)
    key = Key(raw["task"], raw["hash"], raw["method"], raw["version"], raw["mode"], raw["seed"])
    total, middle, late, longest = raw["ask"]
    asked = (total, middle, late, longest)
    return key, Trajectory(tuple(raw["best"]), raw["trials"], raw["failed"], asked, raw.get("error", ""))


def read(path: Path) -> dict[Key, Trajectory]:
    """All whole lines of a file; a later one for the same key counts."""
    found: dict[Key, Trajectory] = {}
    for line in path.read_text().split("\n"):
        try:
            key, trajectory = decode(line)
        except (ValueError, KeyError, TypeError):
            continue
        found[key] = trajectory
    return found


def append(path: Path, line: str) -> None:
    """Add a line in one write, after ending a torn one, and wait until it is on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torn = path.exists() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, (b"\n" if torn else b"") + line.encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def _short(number: float, digits: int) -> float:
    return float(f"{number:.{digits}g}")
