"""Runs a group's plans on a fake clock: trials last as long as they are said to, and nothing else takes any time.

Knows nothing of what a trial really does: a ``World`` says how long each attempt lasts and how it ends.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from leadline.api.trial import TrialStatus
from leadline.metrics import Summary
from leadline.plugins import make_searcher_here
from leadline.reconcile.conditions import is_finished
from leadline.reconcile.decide import seed_of, step
from leadline.reconcile.manifest import trial_spec
from leadline.reconcile.observed import Attempt, AttemptKey, Ended, Group, Phase, Trial
from leadline.reconcile.plan import Event, Launch, Plan, Release
from leadline.reconcile.records import Records
from leadline.search import Earlier


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one attempt: it lasts ``duration`` seconds and ends so.

    reports: what it has said so far, and after how many seconds, in their order; for trials judged while they run.
    """

    duration: float
    ended: Ended
    metrics: Summary
    reports: tuple[tuple[float, Summary], ...] = ()


class World(Protocol):
    """Everything outside the search."""

    def fate(self, trial: Trial, attempt: int) -> Fate:
        """The fate of one attempt; the same for the same trial and attempt."""
        ...


class Simulation:
    """One group on a fake clock. ``now`` is in seconds since the epoch and starts at the group's creation."""

    def __init__(self, group: Group, world: World) -> None:
        self.records = Records(group, live=True, make=make_searcher_here)
        self.world = world
        self.now = group.created
        self.attempts: dict[AttemptKey, Attempt] = {}
        self.events: list[tuple[float, Event]] = []
        self.most_at_once = 0
        self.passes = 0
        self._coming: list[tuple[float, AttemptKey, int]] = []
        self._fates: dict[AttemptKey, Fate] = {}

    def run(self, on_pass: Callable[[Simulation], None] | None = None) -> None:
        """Run until the group has finished or nothing more can happen."""
        while self.tick():
            if on_pass is not None:
                on_pass(self)

    def tick(self) -> bool:
        """One pass; advances the clock where there was nothing to do. False when nothing more can happen."""
        plan = self.decide()
        self.passes += 1
        if plan.earlier:
            # A fake world has one search only.
            self.records.earlier = tuple(Earlier(name) for name in plan.earlier)
            return True
        self.apply(plan)
        if not plan.at_rest:
            return True
        return self._advance(plan.requeue_after)

    def decide(self) -> Plan:
        """The plan for what is seen now."""
        observed = self.records.observed(self.attempts, self.now)
        return step(observed, self.now, lambda ask: self.records.answer(ask, seed_of(observed)))

    @property
    def finished(self) -> bool:
        """Whether the group has come to its end."""
        return is_finished(self.records.group.status.conditions) is not None

    def apply(self, plan: Plan) -> None:
        """Carry a plan out, in the order of the launch protocol."""
        for write in plan.trial_writes:
            self.records.wrote_trial(write.number, write.status)
        if plan.status is not None:
            self.records.wrote_status(plan.status)
        for launch in plan.launches:
            self._launch(launch)
        for release in plan.releases:
            self._release(release)
        for end in plan.ends:
            # Processes of a fake world end at once.
            self.attempts.pop((end.number, end.attempt), None)
            self._fates.pop((end.number, end.attempt), None)
        self.events += [(self.now, event) for event in plan.events]
        self.most_at_once = max(self.most_at_once, len(self.attempts))

    def _launch(self, launch: Launch) -> None:
        if launch.new is not None and launch.number not in self.records.trials:
            spec = trial_spec(launch.number, launch.new, launch.seen)
            uid = f"{self.records.group.uid}-{launch.number}"
            self.records.put_trial(Trial(launch.number, uid, spec, TrialStatus()))
        self.attempts[launch.number, launch.attempt] = Attempt(
            number=launch.number,
            attempt=launch.attempt,
            uid=f"{self.records.group.uid}-{launch.number}-{launch.attempt}",
            phase=Phase.CREATED,
            created=self.now,
            node="simulated",
        )

    def _release(self, release: Release) -> None:
        key = (release.number, release.attempt)
        fate = self.world.fate(self.records.trials[release.number], release.attempt)
        self._fates[key] = fate
        self.attempts[key] = replace(self.attempts[key], phase=Phase.RUNNING, started=self.now)
        for place, (after, _) in enumerate(fate.reports):
            heapq.heappush(self._coming, (self.now + after, key, place))
        heapq.heappush(self._coming, (self.now + fate.duration, key, len(fate.reports)))

    def _advance(self, requeue_after: float | None) -> bool:
        """Move the clock to whatever comes next, and let come what comes then: reports, and ends."""
        due = None if requeue_after is None or self.finished else self.now + requeue_after
        while self._coming and self._coming[0][1] not in self._fates:
            heapq.heappop(self._coming)
        if self._coming and (due is None or self._coming[0][0] <= due):
            self.now = self._coming[0][0]
            while self._coming and self._coming[0][0] <= self.now:
                _, key, place = heapq.heappop(self._coming)
                self._report(key, place)
            return True
        if due is None:
            return False
        self.now = due
        return True

    def _report(self, key: AttemptKey, place: int) -> None:
        fate = self._fates.get(key)
        if fate is None:
            return
        if place < len(fate.reports):
            self.attempts[key] = replace(self.attempts[key], metrics=fate.reports[place][1])
        else:
            del self._fates[key]
            self.attempts[key] = replace(
                self.attempts[key],
                phase=Phase.ENDED,
                finished=self.now,
                ended=fate.ended,
                metrics=fate.metrics,
            )
