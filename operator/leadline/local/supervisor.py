"""The attempts of one group as processes of this machine: created, released, watched, read, ended.

Does what a plan says and sees what becomes of it; decides nothing. Every process is in the store before it may run, and
its end is in the store before anything is concluded from it.
"""

from __future__ import annotations

import asyncio
import errno
import platform
from collections.abc import Callable, Collection, Coroutine, Iterable
from dataclasses import replace
from typing import Any

from leadline.api.names import Reason
from leadline.local import attempts as record
from leadline.local import system
from leadline.local.attempts import Finish
from leadline.local.errors import CannotStartError
from leadline.local.launch import Place, RefusedError, checkpoint_folder, command_for
from leadline.local.output import Output
from leadline.local.places import files_of
from leadline.local.process import TrialProcess
from leadline.local.store import Object
from leadline.local.view import View
from leadline.reconcile.observed import Attempt, AttemptKey, Phase
from leadline.reconcile.plan import End, Launch, Release
from leadline.reconcile.rungs import milestones

FOLLOW = 1.0
"""Seconds between looks at the logs of running trials, for the values that are shown."""
READERS = 4
"""Logs of ended attempts that are read at once."""
PASSING = frozenset(
    {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOENT, errno.EACCES, errno.ENOSPC}
)
"""Why a process can't be created now, and may be later."""


class Supervisor:
    """Processes of one group's attempts. Belongs to one event loop. ``wake`` is called when something has happened.

    attempts: as last seen; those that run show what they have reported so far. most_at_once: how many ran together.
    """

    def __init__(
        self, view: View, place: Place, clock: Callable[[], float], wake: Callable[[], None]
    ) -> None:
        self.attempts: dict[AttemptKey, Attempt] = {}
        self.most_at_once = 0
        self._view = view
        self._place = place
        self._clock = clock
        self._wake = wake
        self._node = platform.node()
        self._processes: dict[AttemptKey, TrialProcess] = {}
        self._outputs: dict[AttemptKey, Output] = {}
        self._graces: dict[AttemptKey, float] = {}
        self._watchers: dict[AttemptKey, asyncio.Task[None]] = {}
        self._exits: dict[AttemptKey, Finish] = {}
        self._reading: set[AttemptKey] = set()
        self._readers = asyncio.Semaphore(READERS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None

    # --- launching ----------------------------------------------------------------------------------------------

    async def launch(self, launches: Iterable[Launch], halted: Callable[[], bool]) -> None:
        """Create processes, held, and store who they are: from then on each is found again, whatever happens.

        halted: asked before each one; no more are created once it says so.
        """
        started: dict[AttemptKey, tuple[TrialProcess, Object]] = {}
        try:
            for launch in launches:
                key = (launch.number, launch.attempt)
                if halted():
                    break
                found = None if key in self.attempts else await self._start(key)
                if found is not None:
                    started[key] = found
            self._view.write(attempts=[stored for _, stored in started.values()])
        except BaseException:
            for process, _ in started.values():
                await process.discard()
            raise
        for key, (process, stored) in started.items():
            self._processes[key] = process
            self._graces[key] = record.grace_of(stored)
            self._observe(key)
            self._watchers[key] = self._background(self._watch(key, process))

    async def _start(self, key: AttemptKey) -> tuple[TrialProcess, Object] | None:
        group, trial = self._view.records.group, self._view.records.trials.get(key[0])
        if trial is None or group.spec is None:
            return None
        try:
            store = self._view.store.folder
            command = command_for(group, trial, key[1], self._place, store)
            if (folder := checkpoint_folder(group, trial, store)) is not None:
                folder.mkdir(parents=True, exist_ok=True)
            files = files_of(self._view.store.folder, group.name, *key)
            process = await TrialProcess.start(command, files)
        except RefusedError as error:
            self._hinder(key, str(error), final=True)
            return None
        except OSError as error:
            self._hinder(key, f"its checkpoint's folder can't be made: {error}", final=False)
            return None
        except CannotStartError as error:
            cause = error.__cause__
            passing = isinstance(cause, OSError) and cause.errno in PASSING
            self._hinder(key, str(error), final=not passing)
            return None
        return process, record.build_record(group, trial, key[1], command, process.identity)

    def _hinder(self, key: AttemptKey, message: str, final: bool) -> None:
        reason = Reason.TEMPLATE_ERROR if final else Reason.CANNOT_START
        self._view.records.hinder(key, reason, message, self._clock(), final)

    def release(self, release: Release) -> None:
        """Let a held process run its command."""
        key = (release.number, release.attempt)
        attempt = self.attempts.get(key)
        self._view.records.opened.discard(key)
        if attempt is None or attempt.uid != release.uid or attempt.phase is not Phase.CREATED:
            return
        self._processes[key].release()
        self.attempts[key] = replace(attempt, phase=Phase.RUNNING, started=self._clock())
        self.most_at_once = max(self.most_at_once, len(self.running()))

    def running(self) -> list[Attempt]:
        """Attempts whose command runs now, by number."""
        return [known for _, known in sorted(self.attempts.items()) if known.phase is Phase.RUNNING]

    # --- ends ---------------------------------------------------------------------------------------------------

    async def _watch(self, key: AttemptKey, process: TrialProcess) -> None:
        """Wait for the end of a process and of all it started."""
        known = await process.wait()
        self._exits[key] = Finish(known, self.attempts[key].started, self._clock())

    def store_exits(self) -> None:
        """Make the ends that were seen lasting: from here on an attempt that has ended is not run again."""
        seen = dict(self._exits)
        # Held to its end: nothing of it has run, and so it never was.
        never_ran = [key for key, finish in seen.items() if finish.started is None]
        ran = {key: finish for key, finish in seen.items() if finish.started is not None}
        stored = self._view.attempts
        self._view.write(
            # A trial that was deleted by hand took the records of its attempts along.
            attempts=[record.finished(stored[key], finish) for key, finish in ran.items() if key in stored],
            drop=never_ran,
        )
        for key in seen:
            del self._exits[key], self._processes[key], self._watchers[key], self._graces[key]
        for key, finish in ran.items():
            self.attempts[key] = record.observe_finish(self.attempts[key], finish)
        self.forget(never_ran)

    def end(self, ends: Iterable[End]) -> None:
        """Remove attempts: the record of one that has ended, every process of one that has not. Logs stay."""
        over = []
        for end in ends:
            key = (end.number, end.attempt)
            attempt = self.attempts.get(key)
            if attempt is None or attempt.uid != end.uid or attempt.stopping:
                continue
            if attempt.phase is Phase.ENDED:
                over.append(key)
            else:
                self.attempts[key] = replace(attempt, stopping=True)
                self._background(self._terminate(key))
        self._view.write(drop=over)
        self.forget(over)

    def forget(self, keys: Iterable[AttemptKey]) -> None:
        """Attempts whose records are gone from the store."""
        for key in keys:
            self.attempts.pop(key, None)
            output = self._outputs.pop(key, None)
            if output is not None:
                output.files.termination.unlink(missing_ok=True)

    async def _terminate(self, key: AttemptKey) -> None:
        process = self._processes.get(key)
        if process is None:
            return
        if self.attempts[key].phase is Phase.CREATED:
            await process.discard()
        else:
            await process.terminate(self._graces[key])

    async def end_all(self, at_once: asyncio.Event) -> None:
        """End every process, gently; at once when that event is set meanwhile. Their ends are there to be stored."""
        processes = dict(self._processes)
        gentle = asyncio.gather(*(self._terminate(key) for key in processes))
        if not await ended_before(gentle, at_once):
            await asyncio.gather(*(system.end(known.identity, 0) for known in processes.values()))
        await gentle
        await asyncio.gather(*self._watchers.values())

    # --- output -------------------------------------------------------------------------------------------------

    @property
    def reading(self) -> bool:
        """Whether outputs are being read."""
        return bool(self._reading)

    def read(self, wanted: Collection[AttemptKey]) -> None:
        """Have the outputs of ended attempts read; those that are being read, or were read meanwhile, are left out."""
        for key in sorted(set(wanted) - self._reading):
            attempt = self.attempts.get(key)
            if attempt is not None and attempt.metrics is None:
                self._reading.add(key)
                self._background(self._read(key, self._outputs[key]))

    async def _read(self, key: AttemptKey, output: Output) -> None:
        try:
            async with self._readers:
                summary, tail = await asyncio.to_thread(output.finish)
        finally:
            self._reading.discard(key)
        if key in self.attempts:
            self.attempts[key] = replace(self.attempts[key], metrics=summary, log_tail=tail)

    async def follow(self) -> None:
        """Keep up with what running trials report, for whoever shows it and for those that are stopped. Never ends."""
        while True:
            await asyncio.sleep(FOLLOW)
            spec = self._view.records.group.spec
            if spec is None or spec.matrix.metric is None:
                continue
            keys = [(known.number, known.attempt) for known in self.running()]
            outputs = [self._outputs[key] for key in keys]
            before = [output.reached for output in outputs]
            said = await asyncio.to_thread(lambda known: [output.follow() for output in known], outputs)
            for key, summary in zip(keys, said, strict=True):
                attempt = self.attempts.get(key)
                if attempt is not None and attempt.phase is Phase.RUNNING:
                    self.attempts[key] = replace(attempt, metrics=summary)
            if [output.reached for output in outputs] != before:
                self._wake()  # a trial has come up to a rung

    # --- what is seen -------------------------------------------------------------------------------------------

    def observe_stored(self) -> None:
        """See every attempt as its stored record tells of it; for the start, when nothing runs yet."""
        for key in self._view.attempts:
            self._observe(key)

    def _observe(self, key: AttemptKey) -> None:
        group = self._view.records.group
        self.attempts[key] = record.observe_record(self._view.attempts[key], self._clock(), self._node)
        files = files_of(self._view.store.folder, group.name, *key)
        if group.spec is not None:
            metric = group.spec.matrix.metric
            name = None if metric is None else metric.name
            marks = milestones(group.spec, self._view.records.trials.get(key[0]))
            self._outputs[key] = Output(files, group.spec.metrics.patterns, name, marks)

    # --- in the background --------------------------------------------------------------------------------------

    def _background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._failure = task.exception()
        self._wake()

    def check(self) -> None:
        """Raise what went wrong in the background."""
        if self._failure is not None:
            raise self._failure

    async def close(self) -> None:
        """Wait for what goes on in the background; to be called when no process is left."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.check()


async def ended_before(work: asyncio.Future[Any], event: asyncio.Event) -> bool:
    """Wait for the work, or for the event if that is set first: False, and the work goes on."""
    waited: set[asyncio.Future[Any]] = {work, asyncio.ensure_future(event.wait())}
    _, pending = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    for known in pending - {work}:
        known.cancel()
    return work.done()
