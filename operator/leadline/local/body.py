"""The laptop body: runs one group of a store to its end, one pass after another.

    claim (one transaction, with the Trial's record) → create the process, held, and store who it is → open the claim
    (a second transaction, in the next pass) → let it run → record its result and give the claim back (one transaction)

``kill -9`` between any two steps loses nothing and doubles nothing: what was left running is found by its stored
identity and ended before anything starts (docs/local.md). What is to be done is decided by ``reconcile``; signals,
screens and users' files are the command line's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from leadline.api.names import FINAL_STATES, Reason
from leadline.local import attempts as record
from leadline.local import system
from leadline.local.attempts import Finish, judge_leftovers
from leadline.local.earlier import read_earlier
from leadline.local.launch import Place, find_problems_here
from leadline.local.supervisor import Supervisor, ended_before
from leadline.local.tuner import LocalTuner
from leadline.local.view import Stale, View
from leadline.reconcile.conditions import is_finished
from leadline.reconcile.decide import decide, seed_of
from leadline.reconcile.observed import Answered, Attempt, Observed, Trial
from leadline.reconcile.plan import Event, Plan
from leadline.search.errors import ExtensionError
from leadline.tuners.desk import Desk

POLL = 0.5
"""Seconds between looks at the file for what other commands have written (suspend, stop)."""
INTERRUPTED = "interrupted; the same `leadline run` goes on with it"
"""Message of a group whose run was ended before it had finished."""


class Listener(Protocol):
    """Whoever wants to know what happens, while it happens."""

    def leftovers(self, count: int) -> None:
        """So many trials that an earlier run left behind are being ended."""

    def event(self, event: Event) -> None:
        """A turn in the story of the group, or of a trial."""

    def ended(self, trial: Trial, attempt: Attempt | None) -> None:
        """A trial came to its end; its last attempt, where there was one to see."""


class Body:
    """Runs the group of a view. Belongs to one event loop, in the process that opened the store to run it."""

    def __init__(
        self, view: View, place: Place, listener: Listener, clock: Callable[[], float] = time.time
    ) -> None:
        self.view = view
        self.interrupted = False
        self._place = place
        self._listener = listener
        self._clock = clock
        self._woken = asyncio.Event()
        self._stop = asyncio.Event()
        self._kill = asyncio.Event()
        self.supervisor = Supervisor(view, place, clock, self._woken.set)
        self._tuner = LocalTuner(lambda: view.records.group, place, view.store.folder)
        self._desk = Desk(lambda: view.records, clock, self._woken.set, _post, self._tuner.run)

    @property
    def finished(self) -> bool:
        """Whether the search has come to its end, and everything of it is recorded."""
        group = self.view.records.group
        finished = is_finished(group.status.conditions)
        return (
            finished is not None
            and finished.observed_generation == group.generation
            and not group.status.active
            and not self.supervisor.attempts
        )

    def interrupt(self) -> None:
        """Start nothing more and end what runs, gently; asked a second time, at once. ``run`` then returns."""
        if self.interrupted:
            self._kill.set()
        self.interrupted = True
        self._stop.set()
        self._woken.set()

    async def run(self) -> None:
        """Run the group until it has finished or is interrupted. Nothing of it runs when this returns or raises."""
        follower = asyncio.create_task(self.supervisor.follow())
        try:
            await self._recover()
            while not (self.interrupted or self.finished):
                await self._rest(await self._pass())
        finally:
            follower.cancel()
            await asyncio.gather(follower, self._desk.close(), return_exceptions=True)
            await self.supervisor.end_all(self._kill)
        if self.interrupted:
            await self._record_interruption()
        await self.supervisor.close()

    # --- one pass -----------------------------------------------------------------------------------------------

    async def _pass(self) -> float | None:
        """Observe, decide, apply. Returns seconds until the next pass; None: when something happens."""
        self.supervisor.check()
        try:
            self.view.refresh()
            self.supervisor.store_exits()
            plan = await self._decide()
            if plan.earlier:
                self.view.records.earlier = read_earlier(self.view.store, plan.earlier)
                return 0.0
            if plan.confirm_trials or plan.confirm_attempts:
                self.view.confirm(plan.confirm_trials)
                # What is seen of attempts here is all there is.
                self.view.records.lost |= plan.confirm_attempts - self.supervisor.attempts.keys()
                return 0.0
            self.supervisor.read(plan.reads)
            await self._apply(plan)
        except Stale:
            return 0.0
        return plan.requeue_after if plan.at_rest else 0.0

    async def _decide(self) -> Plan:
        now = self._clock()
        # A copy: what happens while the search thinks is for the next pass.
        observed = self.view.records.observed(dict(self.supervisor.attempts), now)
        if self.interrupted:
            return _decide_last(observed, now)
        plan = decide(observed, now)
        if plan.ask is None:
            return plan
        try:
            answer = await asyncio.to_thread(self.view.records.answer, plan.ask, seed_of(observed))
        except ExtensionError as error:
            return decide(replace(observed, trouble=self.view.records.hinder_search(error, now)), now)
        return decide(replace(observed, answered=Answered(plan.ask, answer)), now)

    async def _apply(self, plan: Plan) -> None:
        """Carry a plan out, in the order of the launch protocol."""
        ended = self._ended_by(plan)
        self.view.commit(plan)
        await self.supervisor.launch(plan.launches, halted=lambda: self.interrupted)
        for release in plan.releases:
            self.supervisor.release(release)
        self._desk.tend(plan.tune)
        self.supervisor.end(plan.ends)
        for trial, attempt in ended:
            self._listener.ended(trial, attempt)
        for event in plan.events:
            self._listener.event(event)

    def _ended_by(self, plan: Plan) -> list[tuple[Trial, Attempt | None]]:
        """The trials that have come to their end and with this plan hold no claim any more, and their last attempts."""
        records, attempts = self.view.records, self.supervisor.attempts
        active = (plan.status or records.group.status).active
        written = {write.number: write.status for write in plan.trial_writes}
        return [
            (replace(trial, status=status), attempts.get((number, status.attempt)))
            for number, trial in records.trials.items()
            if (status := written.get(number, trial.status)).state in FINAL_STATES
            and str(number) not in active
        ]

    async def _rest(self, seconds: float | None) -> None:
        """Wait until something happens here or in the file, or the time is over."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self._woken.is_set() and not self.view.is_outdated():
            left = POLL if deadline is None else min(POLL, deadline - time.monotonic())
            if left <= 0:
                break
            try:
                async with asyncio.timeout(left):
                    await self._woken.wait()
            except TimeoutError:
                continue
        self._woken.clear()

    # --- restart and interruption -------------------------------------------------------------------------------

    async def _recover(self) -> None:
        """Before anything starts: end what an interrupted run left behind, and judge what became of it."""
        left = {
            record.identity_of(known): record.grace_of(known)
            for known in self.view.attempts.values()
            if record.finish_of(known) is None
        }
        alive = {identity: grace for identity, grace in left.items() if system.members(identity)}
        if alive:
            self._listener.leftovers(len(alive))
            gentle = asyncio.gather(*(system.end(identity, grace) for identity, grace in alive.items()))
            if not await ended_before(gentle, self._stop):
                await asyncio.gather(*(system.end(identity, 0) for identity in alive))
            await gentle
        await self._tuner.end_leftover()
        self._judge_leftovers()
        self.supervisor.observe_stored()
        self._check_here()

    def _judge_leftovers(self) -> None:
        """Nothing runs: say of each attempt without a result what became of it, in one transaction."""
        try:
            self.view.refresh()
            trials = self.view.records.trials
            found = judge_leftovers(self.view.records.group, trials, self.view.attempts)
            unseen = Finish(record.STOPPED_UNSEEN, None, self._clock())
            self.view.write(
                {
                    number: record.interrupted(trials[number].status, attempt)
                    for number, attempt in found.again.items()
                },
                [record.finished(self.view.attempts[key], unseen) for key in found.stopped],
                found.drop,
            )
        except Stale:
            self._judge_leftovers()
        else:
            self.supervisor.forget(found.drop)

    def _check_here(self) -> None:
        """A group that this machine can't run says so in its status; one that it now can goes on."""
        group = self.view.records.group
        finished = is_finished(group.status.conditions)
        was_refused = finished is not None and finished.reason == Reason.INVALID_SPEC
        if finished is not None and finished.observed_generation == group.generation and not was_refused:
            return
        problems = find_problems_here(group, self._place)
        if problems:
            self.view.records.put_group(replace(group, spec=None, problems=problems))
        elif was_refused:
            self.view.records.put_group(replace(group, status=replace(group.status, conditions=())))

    async def _record_interruption(self) -> None:
        """Store what the interruption found: results that were there count, what was cut short is due again."""
        while True:
            try:
                self.view.refresh()
                self.supervisor.store_exits()
            except Stale:
                continue
            self._judge_leftovers()
            if self._kill.is_set():
                return
            wait = await self._pass()
            if wait != 0.0:
                if not self.supervisor.reading:
                    return
                await self._rest(None)


async def _post(url: str, timeout: float, request: bytes) -> bytes:
    """Ask a tuner over HTTP; its library is loaded by searches that have one only."""
    from leadline.tuners.http import post

    return await post(url, timeout, request)


def _decide_last(observed: Observed, now: float) -> Plan:
    """Record what has ended and start nothing, as in a suspended group; but the group's own story stays as it was."""
    group = observed.group
    if group.spec is None:
        return Plan()
    suspended = replace(group, spec=replace(group.spec, suspend=True))
    plan = decide(replace(observed, group=suspended), now)
    if plan.status is None or is_finished(plan.status.conditions):
        return plan
    old = group.status
    status = replace(plan.status, state=old.state, message=INTERRUPTED, conditions=old.conditions)
    events = tuple(event for event in plan.events if event.trial is not None)
    return replace(plan, status=status if status != old else None, events=events)
