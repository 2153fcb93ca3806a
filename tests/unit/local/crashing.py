"""Runs of a search that die by SIGKILL, at a chosen write or whenever their test likes.

Also a program: ``python crashing.py run FOLDER DOCUMENT`` runs a search until it ends or is killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from leadline.local.store import Store
from unit.local.bodies import MARK_START, Document, Search, document

SCRIPT = f"{MARK_START}\necho loss=0.$LEADLINE_PARAM_X"
TRIALS = 2


@dataclass(frozen=True)
class Point:
    """What became of a run that was to be killed before or after its nth commit, and of the run after it."""

    commit: int
    when: str
    outcome: str
    finished: Counter[int]
    starts_before: Counter[int]
    starts: Counter[int]
    states: tuple[str, ...]
    progress: str
    records: int
    left: tuple[int, ...]

    def problems(self) -> list[str]:
        """What must never be."""
        found = []
        if self.states != ("Succeeded",) * TRIALS or self.progress != f"{TRIALS}/{TRIALS}":
            found.append("not every trial has succeeded once")
        if any(self.starts[number] != self.starts_before[number] for number in self.finished):
            found.append("a trial that had finished was run again")
        if any(starts > 2 for starts in self.starts.values()):
            found.append("a trial was started more often than it was interrupted")
        if self.records or self.left:
            found.append("something is left behind")
        return found


def every_point(folder: Path) -> list[Point]:
    """One after the other, in a process of their own: the forks must not inherit a test runner's threads."""
    command = [sys.executable, __file__, "points", str(folder)]
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    points: list[Point] = eval(done.stdout, {"Point": Point, "Counter": Counter})
    return points


def _points(folder: Path) -> list[Point]:
    """Until a run has fewer commits than that, and comes to its end."""
    found: list[Point] = []
    for commit in count(1):
        for when in ("before", "after"):
            place = folder / f"{commit}-{when}"
            place.mkdir()
            found.append(_point(place, commit, when))
        if found[-1].outcome == "ended":
            return found
    raise AssertionError


def _point(folder: Path, commit: int, when: str) -> Point:
    status = _in_a_fork(folder, (commit, when))
    search = Search(folder)
    has_begun = search.path.exists() and os.WIFSIGNALED(status)
    finished = Counter(
        trial.number for trial in (search.trials() if has_begun else ()) if trial.status.state == "Succeeded"
    )
    before = search.starts()
    assert _in_a_fork(folder, None) == 0
    return Point(
        commit,
        when,
        "killed" if os.WIFSIGNALED(status) else "ended",
        finished,
        before,
        search.starts(),
        tuple(search.states()),
        search.group().status.progress,
        len(search.records()),
        tuple(search.left()),
    )


def _in_a_fork(folder: Path, point: tuple[int, str] | None) -> int:
    child = os.fork()
    if child == 0:
        try:
            if point is not None:
                _die_at(*point)
            run(folder, document(SCRIPT, TRIALS))
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1]


def run(folder: Path, given: Document) -> None:
    """Run a search to its end."""
    asyncio.run(Search(folder).run(given))


def _die_at(commit: int, when: str) -> None:
    """Kill this process right before or after it commits its nth transaction."""
    seen = count(1)
    whole = Store.transaction

    @contextmanager
    def counted(self: Store) -> Iterator[None]:
        mine = next(seen)
        with whole(self):
            yield
            if (mine, "before") == (commit, when):
                os.kill(os.getpid(), signal.SIGKILL)
        if (mine, "after") == (commit, when):
            os.kill(os.getpid(), signal.SIGKILL)

    Store.transaction = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    where = Path(sys.argv[2])
    if sys.argv[1] == "run":
        run(where, json.loads(sys.argv[3]))
    else:
        print(_points(where))
