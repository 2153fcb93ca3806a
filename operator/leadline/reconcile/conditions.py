"""The situation of a group in words: one state, six conditions, one message.

The table of docs/conditions.md, row by row; kstatus reads Ready, Reconciling and Stalled, and
``kubectl wait`` reads Finished.
"""

from __future__ import annotations

from dataclasses import dataclass

from leadline.api.names import ConditionType, GroupState, Reason, TrialState
from leadline.api.status import Condition, Counts
from leadline.reconcile.claims import WAITING_GRACE
from leadline.reconcile.draft import Draft
from leadline.reconcile.observed import Obstacle, Phase
from leadline.reconcile.trial_status import cut, timestamp

_ROWS: dict[GroupState, dict[ConditionType, str]] = {}


def _row(
    state: GroupState, ready: str, reconciling: str, stalled: str, finished: str, succeeded: str
) -> None:
    _ROWS[state] = {
        ConditionType.READY: ready,
        ConditionType.RECONCILING: reconciling,
        ConditionType.STALLED: stalled,
        ConditionType.SUSPENDED: "True" if state is GroupState.SUSPENDED else "False",
        ConditionType.FINISHED: finished,
        ConditionType.SUCCEEDED: succeeded,
    }


# state                      Ready    Reconciling Stalled Finished Succeeded
_row(GroupState.PENDING, "False", "True", "False", "False", "Unknown")
_row(GroupState.SEARCHING, "True", "False", "False", "False", "Unknown")
_row(GroupState.STOPPING, "True", "False", "False", "False", "Unknown")
_row(GroupState.SUSPENDED, "True", "False", "False", "False", "Unknown")
_row(GroupState.WAITING, "False", "True", "False", "False", "Unknown")
_row(GroupState.STALLED, "False", "False", "True", "False", "Unknown")
_row(GroupState.SUCCEEDED, "True", "False", "False", "True", "True")
_row(GroupState.FAILED, "False", "False", "True", "True", "False")


@dataclass(frozen=True, slots=True)
class Situation:
    """A group's state, why, and since when it speaks of which generation."""

    state: GroupState
    reason: str
    message: str

    @property
    def finished(self) -> bool:
        """Whether nothing more happens by itself."""
        return _ROWS[self.state][ConditionType.FINISHED] == "True"


@dataclass(frozen=True, slots=True)
class _Wait:
    reason: str
    message: str
    overdue: bool


def situation(draft: Draft, counts: Counts) -> Situation:
    """Where the group stands after this pass; ``counts`` are its trials by state."""
    spec = draft.spec
    held = bool(draft.active) or any(True for _ in draft.unclaimed())
    if not held and spec.stop:
        return Situation(
            GroupState.SUCCEEDED, Reason.STOPPED_BY_USER, f"the group was stopped: {_tally(counts)}"
        )
    if not held and draft.done is not None:
        ending = f"{_tally(counts)} ({draft.done.message})"
        if counts.succeeded:
            return Situation(GroupState.SUCCEEDED, draft.done.reason, ending)
        message = f"no trial succeeded: {ending}; its trials say why each one ended as it did"
        return Situation(GroupState.FAILED, Reason.NO_GOOD_TRIAL, message)
    if spec.stop:
        how = "running trials come to their end" if spec.stop == "Drain" else "running trials are being ended"
        return Situation(GroupState.STOPPING, Reason.STOPPING, f"spec.stop is {spec.stop}: {how}")
    if spec.suspend:
        return Situation(
            GroupState.SUSPENDED,
            Reason.SUSPENDED,
            "spec.suspend is true: nothing new starts, what runs goes on",
        )
    running = any(
        claim.attempt is not None and claim.attempt.phase is Phase.RUNNING for claim in draft.claims()
    )
    wait = _what_it_waits_for(draft)
    if wait is not None and not running:
        state = GroupState.STALLED if wait.overdue else GroupState.WAITING
        return Situation(state, wait.reason, wait.message)
    if draft.tune is not None:
        message = f"asks its tuner for round {draft.tune.question.iteration}"
    else:
        message = wait.message if wait is not None else ""
    if not draft.next:
        return Situation(GroupState.PENDING, Reason.ACCEPTED, message)
    return Situation(GroupState.SEARCHING, Reason.SEARCHING, message)


def _tally(counts: Counts) -> str:
    """How a search's trials ended, in words: "12 trials: 11 succeeded, 1 failed"."""
    ends = {
        "succeeded": counts.succeeded,
        "failed": counts.failed,
        "stopped": counts.stopped,
        "skipped": counts.skipped,
    }
    total = sum(ends.values())
    parts = ", ".join(f"{count} {name}" for name, count in ends.items() if count)
    return f"{total} trial{'' if total == 1 else 's'}: {parts}" if parts else "no trial ran"


def _what_it_waits_for(draft: Draft) -> _Wait | None:
    """The first thing, by trial number, that keeps a trial from starting and that a person could put right."""
    if draft.trouble is not None:
        return _Wait(draft.trouble.reason, cut(draft.trouble.message), _is_overdue(draft, draft.trouble))
    for claim in draft.claims():
        attempt, number = claim.attempt, claim.number
        obstacle = draft.observed.obstacles.get(claim.key)
        if attempt is None and obstacle is not None:
            return _Wait(
                obstacle.reason, cut(f"trial {number}: {obstacle.message}"), _is_overdue(draft, obstacle)
            )
        waiting = attempt.waiting if attempt is not None and attempt.phase is Phase.WAITING else None
        if waiting is not None and draft.now >= waiting.since + WAITING_GRACE:
            return _Wait(waiting.reason, cut(f"trial {number}: {waiting.message}"), False)
    for trial in draft.unclaimed():
        status = draft.status_of(trial)
        if status.reason == Reason.PENDING_DEADLINE and status.state == TrialState.PENDING:
            return _Wait(status.reason, cut(f"trial {trial.number}: {status.message}"), True)
    return None


def _is_overdue(draft: Draft, obstacle: Obstacle) -> bool:
    return draft.now >= obstacle.since + draft.spec.termination.pending_deadline


def conditions(
    found: Situation, old: tuple[Condition, ...], generation: int, now: float
) -> tuple[Condition, ...]:
    """The six conditions of a situation; a condition whose status stays keeps the time of its last change."""
    before = {condition.type: condition for condition in old}
    result = []
    for kind, status in _ROWS[found.state].items():
        known = before.get(kind)
        same = known is not None and known.status == status
        result.append(
            Condition(
                type=kind,
                status=status,  # type: ignore[arg-type]
                reason=found.reason,
                message=found.message,
                observed_generation=generation,
                last_transition_time=known.last_transition_time if known and same else timestamp(now),
            )
        )
    return tuple(result)


def is_finished(old: tuple[Condition, ...]) -> Condition | None:
    """The Finished condition, where it is True."""
    return next(
        (known for known in old if known.type == ConditionType.FINISHED and known.status == "True"), None
    )
