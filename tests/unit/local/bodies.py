"""Small searches for the tests of the local body: trials are lines of sh, objects lie in a file of the test."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

from leadline.api.names import GROUP_KIND, TRIAL_KIND
from leadline.local.body import Body
from leadline.local.groups import put_group
from leadline.local.launch import Place
from leadline.local.store import Store
from leadline.local.view import View
from leadline.reconcile.observed import Attempt, Group, Trial
from leadline.reconcile.parse import parse_group, parse_trial
from leadline.reconcile.plan import Event
from unit.local.helpers import is_alive, kill

Document = dict[str, Any]

MARK_START = 'echo "$LEADLINE_NUMBER" >> started'
"""First line of a trial that leaves a trace of each of its starts."""
PATIENCE = 30.0
"""Seconds that a test waits for what must come; a busy machine is slow."""


def document(
    script: str,
    trials: int = 3,
    *,
    matrix: Mapping[str, Any] | None = None,
    spec: Mapping[str, Any] | None = None,
    grace: int = 20,
) -> Document:
    """A group ``g``: ``trials`` configurations x=0, 1, 2, …, two at a time, minimising ``loss``.

    matrix, spec: changes of it. grace: seconds between SIGTERM and SIGKILL.
    """
    search: dict[str, Any] = {
        "kind": "mapping",
        "values": [{"x": number} for number in range(trials)],
        "concurrency": 2,
        "metric": {"name": "loss", "optimization": "minimize"},
        **(matrix or {}),
    }
    container = {"name": "main", "image": "none", "command": ["sh", "-c", dedent(script)]}
    return {
        "apiVersion": "leadline.dev/v1alpha1",
        "kind": "OptimizationGroup",
        "metadata": {"name": "g"},
        "spec": {
            "matrix": search,
            "template": {"spec": {"containers": [container], "terminationGracePeriodSeconds": grace}},
            **(spec or {}),
        },
    }


class Told:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.left: list[int] = []
        self.events: list[Event] = []
        self.trials: list[int] = []

    def leftovers(self, count: int) -> None:
        self.left.append(count)

    def event(self, event: Event) -> None:
        self.events.append(event)

    def ended(self, trial: Trial, attempt: Attempt | None) -> None:
        self.trials.append(trial.number)


class Search:
    """One search in a folder, run as often as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "g.db"
        self.told = Told()
        self.body: Body | None = None

    async def run(self, given: Document) -> Group:
        """Run it to its end."""
        async with self.running(given) as body:
            await asyncio.wait_for(body.run(), PATIENCE)
        return self.group()

    @asynccontextmanager
    async def running(self, given: Document) -> AsyncIterator[Body]:
        """A body that is ready to run; its store is closed at the end."""
        with Store.open(self.path) as store:
            put_group(store, given)
            place = Place(str(self.folder), sys.executable)
            self.body = Body(View(store, "g"), place, self.told)
            yield self.body

    @asynccontextmanager
    async def begun(self, given: Document) -> AsyncIterator[Body]:
        """A body that runs beside the test, which interrupts it or waits for its end."""
        async with self.running(given) as body:
            task = asyncio.create_task(body.run())
            try:
                yield body
                await asyncio.wait_for(task, PATIENCE)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    # --- what is stored, and what the trials left -----------------------------------------------------------------

    def group(self) -> Group:
        with Store.open(self.path, "read") as store:
            found = store.get(GROUP_KIND, "g")
        assert found is not None
        return parse_group(found)

    def trials(self) -> list[Trial]:
        """By number."""
        with Store.open(self.path, "read") as store:
            return sorted(map(parse_trial, store.list(TRIAL_KIND)), key=lambda trial: trial.number)

    def states(self) -> list[str]:
        return [trial.status.state for trial in self.trials()]

    def records(self) -> list[Document]:
        """Records of attempts."""
        with Store.open(self.path, "read") as store:
            return store.list("Attempt")

    def starts(self) -> Counter[int]:
        """How often each trial has started."""
        traces = self.folder / "started"
        return Counter(map(int, traces.read_text().split())) if traces.exists() else Counter()

    def left(self) -> list[int]:
        """Living processes of this search's trials, found without the code under test."""
        mark = f"LEADLINE_TERMINATION_LOG={self.folder}{os.sep}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if (
                    entry.name.isdigit()
                    and mark in (entry / "environ").read_bytes()
                    and is_alive(int(entry.name))
                ):
                    found.append(int(entry.name))
        return found

    def clean(self) -> None:
        """End what a failed test has left behind."""
        for pid in self.left():
            with suppress(ProcessLookupError):
                kill(pid)

    def edit(self, change: Callable[[Document], None], kind: str = GROUP_KIND, name: str = "g") -> None:
        """Change a stored object as another command would."""
        # Read again within the transaction: whoever runs the search writes all the time.
        with Store.open(self.path, "edit") as store, store.transaction():
            found = store.get(kind, name)
            assert found is not None
            change(found)
            store.put(kind, name, found)


async def until(condition: Callable[[], Any], what: str) -> None:
    """Wait for something that happens beside this task."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - files have no events
            await asyncio.sleep(0.01)
