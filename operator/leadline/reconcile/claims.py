"""What becomes of each claim: its attempt is created, released, watched, ended, recorded, retried or given up.

A claim holds a slot from before its attempt exists until every pod of it is gone. ``number: -attempt`` says that the
attempt is being created and nothing of it ever ran; ``number: attempt`` that it was opened. The swap from the one to
the other succeeds once, in one process, and only that process releases the attempt it saw: so no attempt starts twice,
whatever was lost, late or deleted by hand (docs/decisions/launch-in-two-swaps.md).
"""

from __future__ import annotations

from leadline.api.names import Reason, TrialState
from leadline.metrics import objective
from leadline.reconcile import trial_status
from leadline.reconcile.draft import BATCH, Claim, Draft
from leadline.reconcile.observed import Attempt, Ended, Fault, Phase, Trial
from leadline.reconcile.plan import End, Event, Launch, Release
from leadline.reconcile.rungs import rungs_passed

WAITING_GRACE = 10.0
"""Seconds an attempt may wait before its reason is told: nodes scale up, images pull again."""

STARTED_GRACE, STARTED_LIMIT, STARTED_RATE = 2.0, 30.0, 20
"""Seconds an attempt runs before its trial's record says so: one that ends sooner is written once instead of twice.
The first in a small group, up to the second in a large one, so that no more than the third are told in a second."""

CLAIM_GRACE = 5.0
"""Seconds that a claim of another process is left alone: it may be about to launch it."""

LOST = Ended(
    reason=Reason.ATTEMPT_LOST,
    message="its Job is gone: deleted by hand, or its launch was cut short",
    fault=Fault.CLUSTER,
)

_FAULT_OF_STOPPING = {Reason.TIMED_OUT: Fault.CONFIGURATION, Reason.PENDING_DEADLINE: Fault.CLUSTER}
"""Ends of ours that are failures of the attempt; every other one is a stop."""


def settle_claims(draft: Draft) -> None:
    """Policy: judge every claim by what is seen of its trial and attempt."""
    for claim in draft.claims():
        trial = claim.trial
        if draft.has_ended(claim.number):
            # Recorded by the pass before.
            del draft.active[claim.number]
        elif trial is None:
            _settle_missing(draft, claim)
        elif trial.status.attempt > claim.attempt_number or trial.status.state == TrialState.PAUSED:
            # Judged by the pass before, or by one that was killed before it gave the claim back.
            del draft.active[claim.number]
        elif not claim.open and (claim.attempt is None or claim.attempt.phase is Phase.CREATED):
            _settle_held(draft, claim, trial)
        else:
            # Open; or released by somebody's hand, which opens it just as well.
            draft.active[claim.number] = claim.attempt_number
            _settle_open(draft, claim, trial)


def _settle_missing(draft: Draft, claim: Claim) -> None:
    """No record of a claimed trial: not created yet, or deleted by its user."""
    if claim.attempt is not None and claim.attempt.phase is not Phase.ENDED:
        # Its owner is gone, so the cluster removes it; until then it holds its slot.
        _end(draft, claim.attempt)
    elif not claim.open and claim.attempt_number == 1:
        # Nothing of it ever ran, so it may be created, even again.
        if draft.spec.stop:
            del draft.active[claim.number]
        else:
            (draft.holes if _may_take(draft, claim) else draft.awaited).append(claim.number)
    elif claim.number in draft.observed.absent:
        del draft.active[claim.number]
        message = f"trial {claim.number} was deleted: it is skipped, not run again"
        draft.events.append(Event("Normal", TrialState.SKIPPED, message))
    else:
        draft.confirm_trials.add(claim.number)


def _may_take(draft: Draft, claim: Claim) -> bool:
    """Whether a claim is ours to act on: made by this process, or left alone for long enough."""
    if claim.key in draft.observed.own:
        return True
    free_at = draft.observed.noticed.get(claim.key, draft.now) + CLAIM_GRACE
    if draft.now < free_at:
        draft.wake(free_at)
        return False
    return True


def _settle_held(draft: Draft, claim: Claim, trial: Trial) -> None:
    """An attempt that is being created: stop it before it starts, create it, or open its claim and let it run."""
    stop = _stop_wanted(draft, trial)
    obstacle = draft.observed.obstacles.get(claim.key)
    if stop is not None or draft.spec.stop:
        if claim.attempt is not None:
            _end(draft, claim.attempt)
            return
        reason, message = stop or (Reason.STOPPED_BY_USER, "its group was stopped before it started")
        result = draft.result(trial, claim.attempt_number, "stopped", None)
        draft.end_trial(
            trial, trial_status.ended(trial.status, TrialState.STOPPED, reason, message, draft.now, result)
        )
    elif obstacle is not None and obstacle.final:
        refused = Ended(reason=obstacle.reason, message=obstacle.message, fault=Fault.CONFIGURATION)
        _fail(draft, trial, claim.attempt_number, refused, None, retry=False)
    elif obstacle is not None and draft.now < obstacle.retry_at:
        draft.wake(obstacle.retry_at)
    elif not draft.starting or not _may_take(draft, claim):
        pass
    elif claim.attempt is None:
        draft.launches.append(Launch(claim.number, claim.attempt_number))
    elif not claim.attempt.stopping:
        draft.active[claim.number] = claim.attempt_number
        draft.releases.append(Release(claim.number, claim.attempt_number, claim.attempt.uid))


def _settle_open(draft: Draft, claim: Claim, trial: Trial) -> None:
    """An attempt that may have started: record it, watch it, or find out that it is lost."""
    attempt = claim.attempt
    if attempt is None:
        _settle_vanished(draft, claim, trial)
    elif attempt.phase is Phase.ENDED:
        _settle_ended(draft, trial, attempt)
    else:
        _settle_alive(draft, claim, trial, attempt)


def _settle_vanished(draft: Draft, claim: Claim, trial: Trial) -> None:
    """Open, and no attempt is seen: ended by us, or lost."""
    status = trial.status
    if status.stopping and status.attempt == claim.attempt_number:
        _end_stopped(draft, trial, claim.attempt_number, None)
    elif claim.key in draft.observed.lost:
        _fail(draft, trial, claim.attempt_number, LOST, None)
    else:
        draft.confirm_attempts.add(claim.key)


def _settle_alive(draft: Draft, claim: Claim, trial: Trial, attempt: Attempt) -> None:
    """An attempt that has not ended: end it if that is wanted, tell what it waits for, keep its deadlines."""
    status = trial.status
    if status.stopping and status.attempt == attempt.attempt:
        _end(draft, attempt)
    elif (stop := _stop_wanted(draft, trial) or _overdue(draft, attempt)) is not None:
        reason, message = stop
        draft.write(trial, trial_status.stopping(status, attempt, reason, message))
        _end(draft, attempt)
    elif attempt.phase is Phase.CREATED:
        if claim.key in draft.observed.opened:
            draft.releases.append(Release(claim.number, attempt.attempt, attempt.uid))
        elif _may_take(draft, claim):
            # Opened by a process that is gone: whether this is the attempt it released can't be known any more.
            _end(draft, attempt)
    elif attempt.phase is Phase.RUNNING:
        passed = rungs_passed(draft, trial, attempt)
        if passed:
            draft.write(trial, trial_status.passed(status, passed, attempt, draft.now))
        elif status.state != TrialState.RUNNING or status.attempt != attempt.attempt:
            _tell_started(draft, claim, trial, attempt)
    elif attempt.waiting is not None:
        _tell_waiting(draft, trial, attempt)


def _tell_started(draft: Draft, claim: Claim, trial: Trial, attempt: Attempt) -> None:
    grace = min(STARTED_LIMIT, max(STARTED_GRACE, len(draft.active) / STARTED_RATE))
    due = draft.observed.begun.get(claim.key, float("-inf")) + grace
    if draft.now < due:
        draft.wake(due)
    else:
        draft.write(trial, trial_status.started(trial.status, attempt, draft.now))


def _tell_waiting(draft: Draft, trial: Trial, attempt: Attempt) -> None:
    waiting = attempt.waiting
    assert waiting is not None
    if draft.now < waiting.since + WAITING_GRACE:
        draft.wake(waiting.since + WAITING_GRACE)
    elif (trial.status.reason, trial.status.attempt) != (waiting.reason, attempt.attempt):
        draft.write(trial, trial_status.waiting(trial.status, attempt))
        draft.events.append(Event("Warning", waiting.reason, waiting.message, trial.number))


def _end(draft: Draft, attempt: Attempt) -> None:
    if not attempt.stopping:
        draft.ends.append(End(attempt.number, attempt.attempt, attempt.uid))


def _stop_wanted(draft: Draft, trial: Trial) -> tuple[str, str] | None:
    """Whether a user wants this trial ended, as (reason, message)."""
    if draft.spec.stop == "Now":
        return (Reason.STOPPED_BY_USER, "its group was stopped (spec.stop: Now)")
    if trial.spec.stop:
        return (Reason.STOPPED_BY_USER, "stopped by its user (spec.stop)")
    return None


def _overdue(draft: Draft, attempt: Attempt) -> tuple[str, str] | None:
    """Whether a deadline of the attempt has passed, as (reason, message); if not, be woken when it does."""
    termination = draft.spec.termination
    if attempt.phase is Phase.RUNNING and termination.timeout is not None and attempt.started is not None:
        deadline = attempt.started + termination.timeout
        if draft.now >= deadline:
            return (
                Reason.TIMED_OUT,
                f"ran longer than spec.termination.timeout ({termination.timeout} s)",
            )
        draft.wake(deadline)
    if attempt.phase is Phase.WAITING:
        deadline = attempt.created + termination.pending_deadline
        if draft.now >= deadline:
            why = attempt.waiting.message if attempt.waiting is not None else "its container never started"
            limit = f"spec.termination.pendingDeadline ({termination.pending_deadline} s)"
            return (Reason.PENDING_DEADLINE, f"did not start within {limit}: {why}")
        draft.wake(deadline)
    return None


def _settle_ended(draft: Draft, trial: Trial, attempt: Attempt) -> None:
    """An attempt that ended: read what it printed, then record it."""
    ended = attempt.ended
    assert ended is not None
    if len(draft.writes) >= BATCH:
        return
    metric = draft.spec.matrix.metric
    if attempt.metrics is None and (metric is not None or ended.fault is not None):
        draft.reads.add((attempt.number, attempt.attempt))
        return
    if ended.fault is not None:
        if trial.status.stopping and trial.status.attempt == attempt.attempt:
            _end_stopped(draft, trial, attempt.attempt, attempt)
        else:
            _fail(draft, trial, attempt.attempt, ended, attempt)
        return
    if metric is None or attempt.metrics is None:
        _succeed(draft, trial, attempt, None)
        return
    found = objective(attempt.metrics, metric.name, metric.optimization, metric.strategy)
    if found.value is None:
        missing = Ended(reason=found.reason, message=found.message, fault=Fault.CONFIGURATION)
        _fail(draft, trial, attempt.attempt, missing, attempt)
    else:
        _succeed(draft, trial, attempt, found.value)


def _succeed(draft: Draft, trial: Trial, attempt: Attempt, value: float | None) -> None:
    passed = rungs_passed(draft, trial, attempt)
    result = draft.result(trial, attempt.attempt, "succeeded", value)
    if result.resource is not None and not trial_status.is_last_rung(trial) and not draft.spec.stop:
        draft.write(trial, trial_status.paused(trial.status, result, attempt))
        return
    status = trial_status.ended(
        trial.status, TrialState.SUCCEEDED, Reason.COMPLETED, "", draft.now, result, attempt, before=passed
    )
    draft.end_trial(trial, status)


def _end_stopped(draft: Draft, trial: Trial, number: int, attempt: Attempt | None) -> None:
    """An attempt that we ended is gone: a stop, or a failure where its deadline had passed."""
    status = trial.status
    fault = _FAULT_OF_STOPPING.get(Reason(status.stopping))
    if fault is not None:
        ended = Ended(reason=status.stopping, message=status.message, fault=fault)
        _fail(draft, trial, number, ended, attempt)
        return
    result = draft.result(trial, number, "stopped", _value_so_far(draft, trial))
    draft.end_trial(
        trial,
        trial_status.ended(
            status, TrialState.STOPPED, status.stopping, status.message, draft.now, result, attempt
        ),
    )


def _value_so_far(draft: Draft, trial: Trial) -> float | None:
    """The last value of the objective that was stored before the attempt was ended."""
    metric = draft.spec.matrix.metric
    if metric is None or metric.name not in trial.status.metrics:
        return None
    return trial.status.metrics[metric.name].last


def _fail(
    draft: Draft, trial: Trial, number: int, ended: Ended, attempt: Attempt | None, retry: bool = True
) -> None:
    """An attempt failed: try again within the budget its fault is counted against, or end the trial."""
    status = trial.status
    again = retry and not draft.spec.stop and not trial.spec.stop
    if ended.fault is Fault.CLUSTER:
        if again and not trial_status.is_disrupted_out(status):
            waiting = trial_status.postponed(status, number, ended.reason, ended.message, draft.now)
            draft.write(trial, waiting)
            del draft.active[trial.number]
            draft.events.append(
                Event(
                    "Warning",
                    ended.reason,
                    f"attempt {number}: {ended.message}; will try again",
                    trial.number,
                )
            )
            return
        reason = Reason.TOO_MANY_DISRUPTIONS if again else ended.reason
    else:
        if again and status.failures < draft.spec.termination.max_retries:
            draft.write(trial, trial_status.retried(status, number, ended.reason, ended.message))
            # The slot goes to the next attempt in the same swap: retries are first in line.
            del draft.active[trial.number]
            return
        reason = ended.reason
    # What the cluster broke is no failure of the trial's where a stop is all that keeps it from trying again.
    state = TrialState.STOPPED if ended.fault is Fault.CLUSTER and not again else TrialState.FAILED
    result = draft.result(trial, number, "stopped" if state is TrialState.STOPPED else "failed", None)
    draft.end_trial(
        trial,
        trial_status.ended(status, state, reason, ended.message, draft.now, result, attempt, ended.fault),
    )
    if state is TrialState.FAILED:
        draft.events.append(Event("Warning", reason, f"failed: {ended.message}", trial.number))
