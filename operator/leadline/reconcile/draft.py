"""The plan while it is being made: what the policies of one pass share and fill in.

Lives for one call of ``decide`` only; nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from leadline.api.group import GroupSpec
from leadline.api.names import FINAL_STATES, TrialState
from leadline.api.trial import RungResult, TrialStatus
from leadline.reconcile.observed import Attempt, AttemptKey, Observed, Obstacle, Trial, Tune
from leadline.reconcile.plan import End, Event, Launch, Release
from leadline.reconcile.trial_status import STATE_OF_TEXT, resource_of, state_of
from leadline.search import Done

BATCH = 100
"""New claims, and records of ended attempts, in one pass: it stays short, and what follows from it begins at once."""


class Claim(NamedTuple):
    """One entry of ``active``: a slot that is held for one attempt of one trial.

    A tuple, since every pass makes one per slot, and a frozen dataclass costs four times as much to make.
    open: the attempt may have started (``number: attempt``); else it is being created (``number: -attempt``).
    """

    number: int
    attempt_number: int
    open: bool
    trial: Trial | None
    attempt: Attempt | None

    @property
    def key(self) -> AttemptKey:
        """(trial, attempt)"""
        return (self.number, self.attempt_number)


class Draft:
    """One pass over a group with a valid spec.

    active, next and sequence start as the group's status has them and become what it will have.
    holes: claimed numbers without a trial, to be filled. awaited: those that another process may be about to fill.
    trouble: why there are no suggestions for free slots. round: of the group's tuner. tune: the wish to have it asked.
    """

    def __init__(self, observed: Observed, spec: GroupSpec, now: float) -> None:
        self.observed = observed
        self.spec = spec
        self.now = now
        status = observed.group.status
        self.active: dict[int, int] = {int(number): attempt for number, attempt in status.active.items()}
        self.next = status.next
        self.sequence = max(status.completed, observed.history.last_sequence)
        self.writes: dict[int, TrialStatus] = {}
        self.ended_now: list[Trial] = []
        self.launches: list[Launch] = []
        self.releases: list[Release] = []
        self.ends: list[End] = []
        self.events: list[Event] = []
        self.reads: set[AttemptKey] = set()
        self.confirm_trials: set[int] = set()
        self.confirm_attempts: set[AttemptKey] = set()
        self.holes: list[int] = []
        self.awaited: list[int] = []
        self.done: Done | None = None
        self.trouble: Obstacle | None = None
        self.round = status.round
        self.tune: Tune | None = None
        self._wake: float | None = None

    @property
    def starting(self) -> bool:
        """Whether new attempts may start."""
        return not (self.spec.suspend or self.spec.stop)

    @property
    def maximize(self) -> bool:
        """Direction of the objective; of no meaning without one."""
        metric = self.spec.matrix.metric
        return metric is None or metric.optimization == "maximize"

    def wake(self, when: float) -> None:
        """Look at the group again at this time at the latest."""
        self._wake = when if self._wake is None else min(self._wake, when)

    def requeue_after(self) -> float | None:
        """Seconds until the earliest wish to be woken."""
        return None if self._wake is None else max(0.0, self._wake - self.now)

    def status_of(self, trial: Trial) -> TrialStatus:
        """The trial's status as it will stand after this pass."""
        return self.writes.get(trial.number, trial.status)

    def state_of(self, trial: Trial) -> TrialState:
        """The trial's state as it will stand after this pass."""
        return STATE_OF_TEXT[self.status_of(trial).state]

    def write(self, trial: Trial, status: TrialStatus) -> None:
        """Store a trial's status, if it differs from what is stored."""
        if status != trial.status:
            self.writes[trial.number] = status

    def end_trial(self, trial: Trial, status: TrialStatus) -> None:
        """A trial ends for good: its record is stored. Its claim, if it has one, goes in the next pass."""
        self.write(trial, status)
        self.ended_now.append(trial)

    def is_leaving(self) -> bool:
        """Whether this pass records what a claimed trial came to.

        The claim goes in the next one, in the swap that claims what the search suggests then: it is told of stored
        results only, and would choose without this one now.
        """
        over = (*FINAL_STATES, TrialState.PAUSED)
        return any(number in self.active and status.state in over for number, status in self.writes.items())

    def next_sequence(self) -> int:
        """The place of one more result in the group's order."""
        self.sequence += 1
        return self.sequence

    def unclaimed(self) -> Iterator[Trial]:
        """Unfinished trials that hold no slot: waiting for a retry, or paused at a rung."""
        for number in sorted(self.observed.trials.keys() - self.active.keys()):
            trial = self.observed.trials[number]
            if number < self.next and self.state_of(trial) not in FINAL_STATES:
                yield trial

    def claims(self) -> Iterator[Claim]:
        """Every claim with its trial and attempt as seen, by number; those that stand when the first one is taken."""
        trials, attempts = self.observed.trials, self.observed.attempts
        for number, value in sorted(self.active.items()):
            tried = abs(value)
            yield Claim(number, tried, value > 0, trials.get(number), attempts.get((number, tried)))

    def has_ended(self, number: int) -> bool:
        """Whether the record of trial ``number`` says that it ended."""
        if self.observed.history.is_final(number):
            return True
        trial = self.observed.trials.get(number)
        return trial is not None and state_of(trial) in FINAL_STATES

    def result(
        self, trial: Trial, attempt: int, outcome: str, value: float | None, resource: float | None = None
    ) -> RungResult:
        """The result of the trial's present rung, or of one on the way there, next in the group's order."""
        return RungResult(
            resource=resource_of(trial) if resource is None else resource,
            attempt=attempt,
            value=value,
            sequence=self.next_sequence(),
            outcome=outcome,  # type: ignore[arg-type]
        )
