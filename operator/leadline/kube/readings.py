"""The logs that are being read beside the passes: ended attempts' once, and running ones' along where that is wanted.

A reading is a task; nothing of it is lost with the process: whoever comes next reads the log again from its beginning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from leadline.kube.output import read_output
from leadline.kube.view import View
from leadline.metrics import Summary
from leadline.reconcile.observed import AttemptKey, Phase
from leadline.reconcile.rungs import milestones


@dataclass(frozen=True, slots=True)
class _Reading:
    """``ended`` is set when the container has ended; None for a log that is read once, after its end."""

    task: asyncio.Task[None]
    ended: asyncio.Event | None


class Readings:
    """Readings by group and attempt. ``wake`` asks for a pass over a group, by uid, when its output has come."""

    def __init__(self, client: Any, wake: Callable[[str], None], at_once: int) -> None:
        self._client, self._wake = client, wake
        self._readings: dict[tuple[str, AttemptKey], _Reading] = {}
        self._gate = asyncio.Semaphore(at_once)

    def tend(self, view: View, wanted: frozenset[AttemptKey]) -> None:
        """Begin what should be read now, and tell what is followed when its attempt has ended."""
        uid, spec = view.records.group.uid, view.records.group.spec
        for key in sorted(wanted):
            self._begin(view, key, None)
        if spec is None:
            return
        for key, attempt in list(view.attempts.items()):
            if attempt.phase is not Phase.RUNNING or attempt.stopping or view.pod_to_read(key) is None:
                continue
            if spec.metrics.follow or milestones(spec, view.records.trials.get(key[0])) is not None:
                self._begin(view, key, asyncio.Event())
        for (group, key), reading in list(self._readings.items()):
            if group != uid or reading.ended is None:
                continue
            followed = view.attempts.get(key)
            if followed is None or followed.phase is Phase.ENDED:
                reading.ended.set()

    def _begin(self, view: View, key: AttemptKey, ended: asyncio.Event | None) -> None:
        name = (view.records.group.uid, key)
        if name not in self._readings:
            self._readings[name] = _Reading(asyncio.create_task(self._read(view, key, ended)), ended)

    async def _read(self, view: View, key: AttemptKey, ended: asyncio.Event | None) -> None:
        """Read an attempt's output to its end; what can't be read was not printed."""
        spec, uid = view.records.group.spec, view.records.group.uid
        assert spec is not None
        try:
            if ended is not None:

                def passed(summary: Summary) -> None:
                    view.put_progress(key, summary)
                    self._wake(uid)

                output = await read_output(self._client, view, key, spec, ended, passed)
            else:
                async with self._gate:
                    output = await read_output(self._client, view, key, spec)
            view.put_output(key, *output)
        finally:
            del self._readings[uid, key]
        self._wake(uid)

    async def close(self) -> None:
        """End all of them."""
        tasks = [reading.task for reading in self._readings.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
