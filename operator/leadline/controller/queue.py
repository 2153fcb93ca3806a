"""A work queue of keys: each at most once, not before its time, never twice at the same moment, slower after failures.

The shape of client-go's rate-limiting queue, as far as one process on one event loop needs it.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable


class WorkQueue:
    """Keys that wait to be worked on.

    backoff: seconds after the first failure in a row of a key; doubled with each further one up to ``longest``.
    """

    def __init__(
        self, *, backoff: float = 0.5, longest: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._backoff, self._longest, self._clock = backoff, longest, clock
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._order = itertools.count()
        self._working: set[str] = set()
        self._failures: dict[str, int] = {}
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return sum(due <= self._clock() for due in self._due.values())

    def add(self, key: str, delay: float = 0.0) -> None:
        """Work on ``key`` in ``delay`` seconds at the latest; an earlier wish stands."""
        due = self._clock() + delay
        if key in self._due and self._due[key] <= due:
            return
        self._due[key] = due
        if key not in self._working:
            self._push(key, due)

    def _push(self, key: str, due: float) -> None:
        heapq.heappush(self._heap, (due, next(self._order), key))
        self._news.set()

    async def get(self) -> str:
        """The next key whose time has come; it is nobody else's until ``done``."""
        while True:
            wait = self._next_wait()
            if wait is not None and wait <= 0:
                key = heapq.heappop(self._heap)[2]
                del self._due[key]
                self._working.add(key)
                return key
            self._news.clear()
            try:
                async with asyncio.timeout(wait):
                    await self._news.wait()
            except TimeoutError:
                pass

    def _next_wait(self) -> float | None:
        """Seconds until the first key is due; None where none waits. Entries that were overtaken are dropped."""
        while self._heap:
            due, _, key = self._heap[0]
            if self._due.get(key) == due and key not in self._working:
                return due - self._clock()
            heapq.heappop(self._heap)
        return None

    def done(self, key: str, again: float | None = None) -> None:
        """``key`` was worked on well; work on it again in ``again`` seconds, or when it is added."""
        self._failures.pop(key, None)
        self._finish(key, again)

    def failed(self, key: str, at_least: float = 0.0) -> float:
        """Working on ``key`` failed: later again. Returns the seconds until then."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        delay = max(at_least, min(self._longest, self._backoff * 2.0 ** min(failures, 30)))
        # What came in meanwhile waits as well: it would fail just the same.
        self._due.pop(key, None)
        self._finish(key, delay)
        return delay

    def _finish(self, key: str, again: float | None) -> None:
        self._working.discard(key)
        if key in self._due:
            self._push(key, self._due[key])
        if again is not None:
            self.add(key, again)

    def forget(self, key: str) -> None:
        """``key`` is gone for good."""
        self._due.pop(key, None)
        self._failures.pop(key, None)
