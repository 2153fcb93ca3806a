"""Events: what the operator tells people through `kubectl describe` and `kubectl events`.

Written through events.k8s.io/v1, not the core group's v1. Both are one store, and kubectl shows both alike; the
newer one has `series`, made to count repeats in one object, and validates what it is given. Its price: a note
never changes, so a series shows the words of its first event.

Repeats within ten minutes of one (object, type, reason, action, template) become one series. Each object has 25
writes at first and one more every five minutes, as in client-go's spam filter; what a series counts beyond that is
written later, what would be a new Event is dropped. Nothing here ever raises into the caller or makes it wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import logging
import math
import socket
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Literal, Protocol, Self

from leadline.kube.errors import AlreadyExists, KubeError, NotFound, TooManyRequests, TransportError
from leadline.kube.rate import Clock, TokenBucket
from leadline.kube.resources import EVENTS, Resource

logger = logging.getLogger(__name__)

Json = dict[str, Any]
_Key = tuple[str, ...]
EventType = Literal["Normal", "Warning"]

CONTROLLER: Final = "leadline.dev/operator"
"""What Events name as their source; kubectl shows it as From."""
NOTE_LIMIT: Final = 1024
"""Bytes of a note; the API server refuses more."""


class EventClient(Protocol):
    """What is needed of `client.Client`."""

    async def create(
        self,
        resource: Resource,
        manifest: Mapping[str, Any],
        *,
        namespace: str = "",
        deadline: float | None = None,
    ) -> Json: ...

    async def patch(
        self,
        resource: Resource,
        name: str,
        change: Mapping[str, Any],
        *,
        namespace: str = "",
        deadline: float | None = None,
    ) -> Json: ...


@dataclass(frozen=True, slots=True)
class RecorderSettings:
    """How much is told, and how much is remembered to tell it well."""

    series_window: float = 600.0
    """Seconds after the last repeat until the same thing is a new Event."""
    series_interval: float = 30.0
    """Seconds between two writes of one series: a count need not be newer than that."""
    burst: int = 25
    """Writes about one object at once."""
    refill: float = 300.0
    """Seconds until an object has one more."""
    remembered: int = 4096
    """Series, and objects, kept in memory, written or not; beyond, the least recently used are forgotten."""
    request_deadline: float = 10.0
    """Seconds for one write with its retries."""
    retry_pause: float = 10.0
    """Seconds until a write that got no answer is tried again."""
    tries: int = 12
    """Tries of one write, as in client-go."""


@dataclass(slots=True)
class _Series:
    """One Event and its repeats."""

    manifest: Json
    uid: str  # of the object it is about
    count: int
    seen_at: float  # the last repeat, on the recorder's clock
    observed: str  # the same, for people
    written: int = 0  # the count that the server has; 0 before the Event is created
    written_at: float = -math.inf
    failures: int = 0
    is_queued: bool = False


class Recorder:
    """Takes events from anywhere in the operator and writes them from a task of its own.

    An asynchronous context manager: at its end, what still waits is written, for `flush_seconds` at most.
    """

    def __init__(
        self,
        client: EventClient,
        *,
        instance: str = "",
        settings: RecorderSettings | None = None,
        flush_seconds: float = 5.0,
        clock: Clock = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.dropped = 0  # occurrences that no Event counts and none ever will
        self._client = client
        self._instance = (instance or f"leadline-{socket.gethostname()}")[:128]
        self._settings = settings or RecorderSettings()
        self._flush_seconds = flush_seconds
        self._clock = clock
        self._now = now
        self._series: OrderedDict[_Key, _Series] = OrderedDict()
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()
        self._queue: list[tuple[float, int, _Key]] = []  # a heap: when due, in which order queued
        self._order = itertools.count()
        self._news = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._is_closed = False

    async def __aenter__(self) -> Self:
        self._worker = asyncio.create_task(self._work(), name="write events")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closed = True
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        try:
            async with asyncio.timeout(self._flush_seconds):
                await self._flush()
        except TimeoutError:
            logger.warning("some events were not written before the end")

    def event(
        self,
        regarding: Mapping[str, Any],
        kind: EventType,
        reason: str,
        note: str,
        *,
        action: str = "Reconcile",
        template: str = "",
    ) -> None:
        """Tell that something happened to an object, given as the server sends it (with apiVersion and kind).

        reason: one CamelCase word for machines. note: a sentence for people. action: what was being done.
        template: what notes have in common that shall count as repeats of each other; the note itself if empty.
        """
        try:
            self._take(regarding, kind, reason, note, action, template or note)
        except Exception:  # whoever tells us something must never suffer from it
            self.dropped += 1
            logger.exception("an event could not be recorded")

    async def write_due(self) -> float | None:
        """Write all that is due by now; the seconds until more is, or None where nothing waits."""
        while self._queue:
            due, _, key = self._queue[0]
            left = due - self._clock()
            if left > 0:
                return left
            heapq.heappop(self._queue)
            series = self._series.get(key)
            if series is not None and series.is_queued:
                series.is_queued = False
                await self._write(key, series)
        return None

    def _take(
        self,
        regarding: Mapping[str, Any],
        kind: EventType,
        reason: str,
        note: str,
        action: str,
        template: str,
    ) -> None:
        if self._is_closed:
            self.dropped += 1
            return
        now = self._clock()
        metadata = regarding["metadata"]
        uid = str(
            metadata.get("uid") or f"{regarding.get('kind')}/{metadata.get('namespace')}/{metadata['name']}"
        )
        key = (uid, kind, reason, action, template)
        series = self._series.get(key)
        if series is not None and now - series.seen_at < self._settings.series_window:
            series.count += 1
            series.seen_at = now
            series.observed = self._timestamp()
            self._series.move_to_end(key)
            self._enqueue(key, series, max(now, series.written_at + self._settings.series_interval))
            return
        if self._bucket(uid).wait(now) > 0:
            self.dropped += 1
            return
        self._bucket(uid).take(now)
        if series is not None:
            self.dropped += series.count - series.written
        manifest = self._manifest(regarding, kind, reason, note, action)
        self._series[key] = series = _Series(manifest, uid, 1, now, manifest["eventTime"])
        self._series.move_to_end(key)
        while len(self._series) > self._settings.remembered:
            _, forgotten = self._series.popitem(last=False)
            self.dropped += forgotten.count - forgotten.written
        self._enqueue(key, series, now)

    def _manifest(
        self, regarding: Mapping[str, Any], kind: EventType, reason: str, note: str, action: str
    ) -> Json:
        if kind not in ("Normal", "Warning"):
            raise ValueError(f"an event is Normal or Warning, not {kind!r}")
        metadata = regarding["metadata"]
        place = metadata.get("namespace") or "default"
        fields = ("namespace", "name", "uid", "resourceVersion")
        return {
            "apiVersion": EVENTS.api_version,
            "kind": EVENTS.kind,
            "metadata": {"namespace": place, "name": _event_name(metadata["name"])},
            "eventTime": self._timestamp(),
            "type": kind,
            "reason": reason,
            "action": action,
            "note": _cut(note, NOTE_LIMIT),
            "reportingController": CONTROLLER,
            "reportingInstance": self._instance,
            "regarding": {
                "apiVersion": regarding["apiVersion"],
                "kind": regarding["kind"],
                **{field: metadata[field] for field in fields if metadata.get(field)},
            },
        }

    def _timestamp(self) -> str:
        return self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _bucket(self, uid: str) -> TokenBucket:
        bucket = self._buckets.get(uid)
        if bucket is None:
            settings = self._settings
            bucket = self._buckets[uid] = TokenBucket(1 / settings.refill, settings.burst, self._clock())
            if len(self._buckets) > settings.remembered:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(uid)
        return bucket

    def _enqueue(self, key: _Key, series: _Series, due: float) -> None:
        """Have a series written when it is due."""
        if series.is_queued:
            return
        if len(self._queue) > 2 * self._settings.remembered:  # most of it waits for what was forgotten
            self._queue = [entry for entry in self._queue if entry[2] in self._series]
            heapq.heapify(self._queue)
        series.is_queued = True
        heapq.heappush(self._queue, (due, next(self._order), key))
        self._news.set()

    async def _work(self) -> None:
        while True:
            seconds = await self.write_due()
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), seconds)

    async def _flush(self) -> None:
        """Write what is not written yet, whether due or not."""
        for key, series in list(self._series.items()):
            if series.count > series.written:
                await self._write(key, series, is_last=True)

    async def _write(self, key: _Key, series: _Series, is_last: bool = False) -> None:
        """Bring one series to the server, or say when that is to be tried again."""
        now = self._clock()
        is_new = series.written == 0
        if not is_new and not is_last:  # a new Event took its token when it was accepted
            seconds = self._bucket(series.uid).wait(now)
            if seconds > 0:
                self._enqueue(key, series, now + seconds)
                return
            self._bucket(series.uid).take(now)
        count = series.count
        try:
            await (self._create(series) if is_new else self._patch(series))
        except AlreadyExists:  # by a try of ours whose answer was lost; it may have counted less
            count = 1
        except NotFound as problem:
            if is_new:  # the namespace is gone
                self._give_up(key, series, problem)
                return
            # The Event lived for its hour and is gone; what goes on happening deserves a new one.
            series.manifest["metadata"]["name"] = _event_name(series.manifest["regarding"]["name"])
            series.written = 0
            self._enqueue(key, series, now)
            return
        except (TransportError, TooManyRequests) as problem:
            series.failures += 1
            if series.failures >= self._settings.tries or is_last:
                self._give_up(key, series, problem)
            else:
                self._enqueue(key, series, now + self._settings.retry_pause)
            return
        except Exception as problem:  # even a fault of ours must not silence the events to come
            self._give_up(key, series, problem)
            return
        series.failures = 0
        series.written = count
        series.written_at = now
        if series.count > count:
            self._enqueue(key, series, now + self._settings.series_interval)

    async def _create(self, series: _Series) -> None:
        manifest = series.manifest if series.count == 1 else {**series.manifest, "series": _repeats(series)}
        await self._client.create(EVENTS, manifest, deadline=self._settings.request_deadline)

    async def _patch(self, series: _Series) -> None:
        metadata = series.manifest["metadata"]
        await self._client.patch(
            EVENTS,
            metadata["name"],
            {"series": _repeats(series)},
            namespace=metadata["namespace"],
            deadline=self._settings.request_deadline,
        )

    def _give_up(self, key: _Key, series: _Series, problem: Exception) -> None:
        self.dropped += series.count - series.written
        logger.warning(
            "an event is not written: %s", problem if isinstance(problem, KubeError) else repr(problem)
        )
        if series.written:
            series.count = series.written
        else:
            self._series.pop(key, None)


def _repeats(series: _Series) -> Json:
    return {"count": series.count, "lastObservedTime": series.observed}


def _event_name(name: str) -> str:
    """A name of its own for each Event, beginning with the object's, as kubectl's users expect."""
    return f"{name[:220].rstrip('.-')}.{uuid.uuid4().hex[:16]}"


def _cut(text: str, limit: int) -> str:
    """At most so many bytes of UTF-8."""
    data = text.encode("utf-8", "replace")
    return data.decode() if len(data) <= limit else data[: limit - 3].decode("utf-8", "ignore") + "…"
