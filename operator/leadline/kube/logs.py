"""Reads a container's log into something that takes bytes: once to its end, or while the container runs.

The log API loses and repeats: it shows only the current file, a stream may go silent after a rotation or end
when any part of the way breaks, and the next one starts at a whole second. So every stream is asked for with
timestamps, by which `stamps` leaves out what was handed over before. Where the way breaks behind the API server,
it ends the stream as if all were well: a log counts as whole only when one more stream has come to the same end.
Nothing of a log is kept here, whatever its size, and what the bytes mean is the taker's business.
"""

from __future__ import annotations

import asyncio
import logging
import random as _random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from leadline.kube.errors import BadRequest, KubeError, NotFound, ServerError, TooManyRequests, TransportError
from leadline.kube.rate import Backoff, Random, Sleep
from leadline.kube.stamps import StampedLines

logger = logging.getLogger(__name__)

Feed = Callable[[bytes], object]
"""Takes the next bytes of a log as the container printed them; `LogReader.feed`, for one."""


class LogClient(Protocol):
    """What is needed of `client.Client`."""

    def log(
        self,
        pod: str,
        *,
        namespace: str,
        container: str = "",
        follow: bool = False,
        timestamps: bool = False,
        since: str = "",
        silence: float = 60.0,
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...


@dataclass(frozen=True, slots=True)
class LogLimits:
    """How much of a log is read, and how long is waited for it."""

    size: int = 1 << 30
    """Bytes handed over at most: a log of any length must come to an end."""
    silence: float = 120.0
    """Seconds without a byte after which a followed stream is opened anew, in case it is dead."""
    grace: float = 5.0
    """Seconds that a followed stream has to end by itself when its container has ended."""
    tries: int = 6
    """Failures in a row, once the container has ended, after which the rest of its log is given up."""
    backoff: Backoff = field(default_factory=lambda: Backoff(first=0.5, longest=5.0))
    """Pauses between streams."""


@dataclass(frozen=True, slots=True)
class LogRead:
    """How reading ended. size: bytes handed over. missing: why that is not the whole log; empty if it is."""

    size: int
    missing: str = ""


async def read_log(
    client: LogClient,
    pod: str,
    feed: Feed,
    *,
    namespace: str,
    container: str = "",
    ended: asyncio.Event | None = None,
    limits: LogLimits | None = None,
    sleep: Sleep = asyncio.sleep,
    random: Random = _random.random,
) -> LogRead:
    """Hand a container's log to `feed`, each byte once and in order.

    ended: set as soon as the container is known to have ended; until then its log is followed. None: it has
    ended already, and the log is read once. Raises errors that no waiting cures (Forbidden); what `feed`
    raises goes through.
    """
    reading = _Reading(client, pod, feed, namespace, container, ended, limits or LogLimits(), sleep)
    failures = 0
    while True:
        before = reading.size
        is_last = ended is None or ended.is_set()
        try:
            problem = await reading.stream(follow=not is_last)
        except NotFound:
            return LogRead(reading.size, "the pod is gone")
        if reading.is_full:
            return LogRead(reading.size, f"only its first {reading.limits.size:,} bytes are read")
        has_news = reading.size > before
        if is_last and problem is None and reading.has_caught_up:
            if not has_news or not reading.can_resume:
                return LogRead(reading.size)
            continue
        failures = 1 if has_news else failures + 1
        is_hopeless = isinstance(problem, BadRequest)  # it never started, or its log was removed
        if is_last and (is_hopeless or failures >= reading.limits.tries):
            return LogRead(reading.size, str(problem or "its lines read before are no longer there"))
        if reading.size and not reading.can_resume:
            return LogRead(
                reading.size, f"its lines have no timestamps to go on from ({problem or 'it ended'})"
            )
        if ended is not None and ended.is_set() and not is_last:
            continue  # the end came meanwhile: what is left can be read at once
        logger.debug("log of %s/%s: %s; going on", namespace, pod, problem or "the stream ended")
        await reading.pause(reading.limits.backoff.pause(failures, random))


class _Reading:
    """One log on its way through as many streams as it takes."""

    def __init__(
        self,
        client: LogClient,
        pod: str,
        feed: Feed,
        namespace: str,
        container: str,
        ended: asyncio.Event | None,
        limits: LogLimits,
        sleep: Sleep,
    ) -> None:
        self.size = 0
        self.limits = limits
        self._client = client
        self._pod = pod
        self._feed = feed
        self._namespace = namespace
        self._container = container
        self._ended = ended
        self._sleep = sleep
        self._lines = StampedLines()

    @property
    def is_full(self) -> bool:
        """Whether the limit of bytes is reached."""
        return self.size >= self.limits.size

    @property
    def can_resume(self) -> bool:
        """Whether a new stream can go on where the last one ended."""
        return bool(self._lines.since)

    @property
    def has_caught_up(self) -> bool:
        """Whether the last stream came at least to where the one before it ended."""
        return self._lines.has_caught_up

    async def stream(self, *, follow: bool) -> KubeError | None:
        """Read one stream; what broke it, or None where it came to its end. NotFound and Forbidden go through."""
        cutting: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(None) as timeout:
                if follow and self._ended is not None:
                    cutting = asyncio.create_task(self._cut(timeout, self._ended))
                await self._stream(follow)
        except (BadRequest, ServerError, TooManyRequests, TransportError) as problem:
            return problem  # BadRequest: the container has not started yet, or its log is gone
        except TimeoutError:
            if not timeout.expired():  # `feed` may raise it as well
                raise
        finally:
            if cutting is not None:
                cutting.cancel()
        return None

    async def _stream(self, follow: bool) -> None:
        self._lines.restart()
        async with self._client.log(
            self._pod,
            namespace=self._namespace,
            container=self._container,
            follow=follow,
            timestamps=True,
            since=self._lines.since,
            silence=self.limits.silence,
        ) as chunks:
            async for chunk in chunks:
                data = self._lines.take(chunk)[: self.limits.size - self.size]
                if data:
                    self.size += len(data)
                    self._feed(data)
                if self.is_full:
                    return

    async def _cut(self, timeout: asyncio.Timeout, ended: asyncio.Event) -> None:
        """End a followed stream some time after its container: it may be dead, and nobody would ever know."""
        await ended.wait()
        timeout.reschedule(asyncio.get_running_loop().time() + self.limits.grace)

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than until the container ends: the rest of its log is there then."""
        if self._ended is None or self._ended.is_set():
            await self._sleep(seconds)
            return
        waits = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._ended.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
