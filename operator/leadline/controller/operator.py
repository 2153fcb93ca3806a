"""One operator process: leads, watches, works the queue, and says how it is.

Started by ``leadline operator``; everything it remembers can be read again, so killing it at any moment is fine.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time

from leadline.api.names import trial_name
from leadline.controller.probes import serve
from leadline.controller.queue import WorkQueue
from leadline.controller.settings import Settings
from leadline.controller.telemetry import Telemetry
from leadline.controller.views import Views
from leadline.controller.watches import watch
from leadline.kube.body import Body
from leadline.kube.client import Client
from leadline.kube.config import ConnectionInfo
from leadline.kube.errors import ApiError, KubeError
from leadline.kube.lease import Elector
from leadline.kube.recorder import Recorder
from leadline.kube.resources import GROUPS, TRIALS
from leadline.kube.transport import ClientSettings
from leadline.kube.view import View
from leadline.reconcile.plan import Event
from leadline.tuners.http import denied, post_outside

logger = logging.getLogger(__name__)

NO_HTTP_TUNERS = "this installation does not ask tuners by HTTP (the chart's settings.httpTuners is false)"
PULSE = 5.0
"""Seconds between two signs of life of the event loop."""


class Operator:
    """Everything that one process runs."""

    def __init__(self, info: ConnectionInfo, settings: Settings) -> None:
        self._info, self._settings = info, settings
        self._queue = WorkQueue()
        self._views = Views(self._queue.add, self._queue.forget)
        self.telemetry = Telemetry(self._views.all, lambda: len(self._queue))
        self._stop = asyncio.Event()
        self._watching = asyncio.Event()
        self._lost = ""
        self._working: dict[str, float] = {}
        self._pulse = time.monotonic()

    async def run(self) -> int:
        """Run until SIGTERM or SIGINT; the exit status is 1 where leadership or the watches were lost."""
        loop = asyncio.get_running_loop()
        for known in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(known, self._stop.set)
        async with contextlib.AsyncExitStack() as stack:
            if self._settings.port:
                await stack.enter_async_context(
                    serve(
                        self._settings.port, self.telemetry.registry, self.why_unhealthy, self.why_not_ready
                    )
                )
            stack.push_async_callback(_cancelled, asyncio.create_task(self._beat()))
            if not await self._lead(stack):
                return 0
            await self._work(stack)
        if self._lost:
            logger.error("stopping: %s", self._lost)
        return 1 if self._lost else 0

    async def _lead(self, stack: contextlib.AsyncExitStack) -> bool:
        """Wait for the Lease; False where the process is asked to end before it gets it."""
        if not self._settings.leader_election:
            self.telemetry.leader.set(1)
            return True
        # A Client of its own: a renewal must not wait behind five hundred launches.
        client = await stack.enter_async_context(Client(self._info, on_call=self.telemetry.on_call))
        elector = Elector(
            client,
            namespace=self._settings.lease_namespace or self._info.namespace,
            name=self._settings.lease_name,
            on_lost=self._on_lost,
        )
        acquiring = asyncio.create_task(elector.__aenter__())
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait((acquiring, stopping), return_when=asyncio.FIRST_COMPLETED)
        await _cancelled(stopping)
        if not acquiring.done():
            await _cancelled(acquiring)
            return False
        acquiring.result()
        stack.push_async_exit(elector)
        self.telemetry.leader.set(1)
        return True

    def _on_lost(self, reason: str) -> None:
        self._lost = f"the lease was lost: {reason}"
        self.telemetry.leader.set(0)
        self._stop.set()

    async def _work(self, stack: contextlib.AsyncExitStack) -> None:
        settings = self._settings
        client = await stack.enter_async_context(
            Client(
                self._info,
                settings=ClientSettings(
                    rate=settings.qps, burst=settings.burst, connections=settings.connections
                ),
                on_call=self.telemetry.on_call,
            )
        )
        recorder = await stack.enter_async_context(Recorder(client))
        body = Body(
            client,
            clock=time.time,
            wake=self._queue.add,
            tell=lambda view, event: _tell(recorder, view, event),
            spent=self.telemetry.suggestion_seconds.observe,
            width=settings.width,
            post=post_outside if settings.http_tuners else denied(NO_HTTP_TUNERS),
        )
        stack.push_async_callback(body.close)
        watching = asyncio.create_task(
            watch(self._info, settings, self._views.feed, self._stop, self._watching), name="watch"
        )
        tasks = [asyncio.create_task(self._worker(body), name=f"worker {n}") for n in range(settings.workers)]
        tasks.append(asyncio.create_task(self._resync(), name="resync"))
        stopping = asyncio.create_task(self._stop.wait(), name="stop")
        await asyncio.wait((watching, stopping, *tasks), return_when=asyncio.FIRST_COMPLETED)
        for task in (watching, *tasks):
            # kopf takes SIGTERM for itself, and then its watching simply ends.
            if task.done() and not task.cancelled() and task.exception() is not None:
                self._lost = f"{task.get_name()}: {task.exception()!r}"
        self._stop.set()
        # Workers first: a process that no longer leads must not write.
        for task in (*tasks, stopping, watching):
            await _cancelled(task)

    async def _worker(self, body: Body) -> None:
        while True:
            uid = await self._queue.get()
            view = self._views.get(uid)
            if view is None:
                self._queue.done(uid)
                continue
            self._working[uid] = begun = time.monotonic()
            outcome = "ok"
            try:
                again = await body.reconcile(view)
                self._queue.done(uid, again)
            except KubeError as error:
                outcome = "api"
                pause = error.retry_after if isinstance(error, ApiError) else None
                delay = self._queue.failed(uid, pause or 0.0)
                logger.warning("%s: %s; again in %.1f s", _name(view), error, delay)
            except Exception:
                # One poisoned group must not hold up the others, nor end the process.
                outcome = "error"
                delay = self._queue.failed(uid)
                logger.exception("%s: a pass failed; again in %.1f s", _name(view), delay)
            finally:
                self._working.pop(uid, None)
                self.telemetry.reconcile_seconds.labels(outcome).observe(time.monotonic() - begun)

    async def _resync(self) -> None:
        while True:
            await asyncio.sleep(self._settings.resync)
            for view in list(self._views.all()):
                self._queue.add(view.records.group.uid)

    async def _beat(self) -> None:
        while True:
            self._pulse = time.monotonic()
            await asyncio.sleep(PULSE)

    def why_unhealthy(self) -> str:
        """Empty while there is progress, else what is stuck."""
        now, limit = time.monotonic(), self._settings.stuck_after
        if now - self._pulse > limit:
            return f"the event loop has not turned for {now - self._pulse:.0f} s\n"
        oldest = min(self._working.values(), default=now)
        if now - oldest > limit:
            return f"a pass has been running for {now - oldest:.0f} s\n"
        return ""

    def why_not_ready(self) -> str:
        """Empty when this process leads and watches, or stands by for one that does."""
        if self._stop.is_set():
            return "stopping\n"
        if self.telemetry.leader._value.get() and not self._watching.is_set():
            return "the watches have not begun\n"
        return ""


async def _cancelled(task: asyncio.Task[object]) -> None:
    """End a task and wait until it has."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _name(view: View) -> str:
    group = view.records.group
    return f"{group.namespace}/{group.name}"


def _tell(recorder: Recorder, view: View, event: Event) -> None:
    """Hand an event on, about the group; one about a trial names it there, and is told of the trial as well."""
    group = view.records.group
    metadata = {"name": group.name, "namespace": group.namespace, "uid": group.uid}
    regarding = {"apiVersion": GROUPS.api_version, "kind": GROUPS.kind, "metadata": metadata}
    note = event.message
    if event.trial is not None:
        name = trial_name(group.name, event.trial)
        note = f"{name}: {event.message}"
        trial = view.records.trials.get(event.trial)
        if trial is not None:
            own = {"name": name, "namespace": group.namespace, "uid": trial.uid}
            recorder.event(
                {"apiVersion": TRIALS.api_version, "kind": TRIALS.kind, "metadata": own},
                event.type,
                event.reason,
                event.message,
            )
    # Five hundred trials that fail for one reason are one event with a count.
    alike = event.type == "Warning" and event.trial is not None
    recorder.event(regarding, event.type, event.reason, note, template=event.reason if alike else "")
