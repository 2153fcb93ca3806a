"""The steps of a trial's life as copies of its status: each function gives the next status and nothing else.

A status is written as a whole, so each step says everything it knows; writing one twice changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from leadline.api.names import (
    MAX_ATTEMPT_MESSAGE,
    MAX_LOST_ATTEMPTS,
    MAX_MESSAGE,
    ConditionType,
    TrialState,
)
from leadline.api.status import Condition
from leadline.api.trial import CurvePoint, LostAttempt, MetricSummary, RungResult, TrialStatus
from leadline.metrics import Summary
from leadline.reconcile.observed import Attempt, Fault, Trial

STATE_OF_TEXT = {"": TrialState.PENDING, **{str(state): state for state in TrialState}}
"""States by what a status holds; read for every trial in every pass, where a call of the enum costs five times that."""
MAX_DISRUPTIONS = 5
"""Attempts of one rung that the cluster may end before the trial is given up."""
BACKOFF_FIRST, BACKOFF_LIMIT = 10.0, 600.0
"""Seconds before a disrupted trial starts again: doubled each time (as the Job controller's pod back-off)."""


def timestamp(now: float) -> str:
    """RFC 3339 in UTC, to the second, as Kubernetes writes times."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> float:
    """The inverse of ``timestamp``."""
    return datetime.fromisoformat(text).timestamp()


def backoff(disruptions: int) -> float:
    """Seconds to wait after the nth disruption of a rung (n from 1)."""
    return float(min(BACKOFF_FIRST * 2.0 ** (disruptions - 1), BACKOFF_LIMIT))


def cut(message: str) -> str:
    """A message within the schema's limit."""
    return message if len(message) <= MAX_MESSAGE else message[: MAX_MESSAGE - 1] + "…"


def started(status: TrialStatus, attempt: Attempt, now: float) -> TrialStatus:
    """The container runs."""
    begun = now if attempt.started is None else attempt.started
    return replace(
        status,
        state=TrialState.RUNNING,
        reason="",
        message="",
        attempt=attempt.attempt,
        node=attempt.node,
        start_time=timestamp(begun),
        not_before=None,
    )


def waiting(status: TrialStatus, attempt: Attempt) -> TrialStatus:
    """The container can't start yet, and why."""
    assert attempt.waiting is not None
    return replace(
        status,
        state=TrialState.PENDING,
        attempt=attempt.attempt,
        reason=attempt.waiting.reason,
        message=cut(attempt.waiting.message),
    )


def stopping(status: TrialStatus, attempt: Attempt, reason: str, message: str) -> TrialStatus:
    """The attempt is about to be ended by us; stored first, so that its end is never taken for a failure."""
    return replace(
        with_metrics(status, attempt.metrics),
        attempt=attempt.attempt,
        stopping=reason,
        message=cut(message),
        node=attempt.node or status.node,
    )


def retried(status: TrialStatus, attempt: int, reason: str, message: str) -> TrialStatus:
    """Attempt ``attempt`` failed by the configuration's fault and retries are left: the next one is due at once.

    ``status.attempt`` moves on, so that a pass killed before it gave the claim back is not judged twice.
    """
    return replace(
        status,
        state=TrialState.PENDING,
        reason=reason,
        message=cut(message),
        attempt=attempt + 1,
        failures=status.failures + 1,
        lost_attempts=_lost(status, attempt, reason, message),
        stopping="",
        start_time=None,
        node="",
    )


def postponed(status: TrialStatus, attempt: int, reason: str, message: str, now: float) -> TrialStatus:
    """The cluster ended attempt ``attempt``: the next one waits a while and holds no slot meanwhile."""
    disruptions = status.disruptions + 1
    return replace(
        status,
        state=TrialState.PENDING,
        reason=reason,
        message=cut(message),
        attempt=attempt + 1,
        disruptions=disruptions,
        lost_attempts=_lost(status, attempt, reason, message),
        stopping="",
        start_time=None,
        node="",
        not_before=timestamp(now + backoff(disruptions)),
    )


def _lost(status: TrialStatus, attempt: int, reason: str, message: str) -> tuple[LostAttempt, ...]:
    """The attempts to tell of, with one more: the last few."""
    return (*status.lost_attempts, LostAttempt(attempt, reason, _short(message)))[-MAX_LOST_ATTEMPTS:]


def _short(message: str) -> str:
    return message if len(message) <= MAX_ATTEMPT_MESSAGE else message[: MAX_ATTEMPT_MESSAGE - 1] + "…"


def promoted(status: TrialStatus, resource: float | int, last: bool, why: str, now: float) -> TrialStatus:
    """A paused trial goes on to a larger resource: a new rung has its own budget of disruptions. The result that it
    goes on from keeps the reason."""
    *before, reached = status.results
    return replace(
        status,
        state=TrialState.PENDING,
        reason="",
        message="",
        attempt=status.attempt + 1,
        results=(*before, replace(reached, promoted=_short(why))),
        resource=resource,
        last_rung=last,
        disruptions=0,
        start_time=None,
        queued_time=timestamp(now),
    )


def passed(status: TrialStatus, results: tuple[RungResult, ...], attempt: Attempt, now: float) -> TrialStatus:
    """The trial has come up to rungs while it runs, and runs on."""
    running = status.state == TrialState.RUNNING and status.attempt == attempt.attempt
    base = status if running else started(status, attempt, now)
    values = [result.value for result in results if result.value is not None]
    return replace(
        with_metrics(base, attempt.metrics),
        results=(*base.results, *results),
        value=values[-1] if values else base.value,
    )


def paused(status: TrialStatus, result: RungResult, attempt: Attempt) -> TrialStatus:
    """The rung is reached and may be promoted; no slot is held."""
    return replace(
        with_metrics(status, attempt.metrics),
        state=TrialState.PAUSED,
        reason="",
        message="",
        attempt=result.attempt,
        results=(*status.results, result),
        value=result.value,
        stopping="",
        node=attempt.node or status.node,
    )


def ended(
    status: TrialStatus,
    state: TrialState,
    reason: str,
    message: str,
    now: float,
    result: RungResult | None = None,
    attempt: Attempt | None = None,
    fault: Fault | None = None,
    before: tuple[RungResult, ...] = (),
) -> TrialStatus:
    """The end of a trial, with its last result where this end brought one, and those of rungs passed before it."""
    base = with_metrics(status, attempt.metrics) if attempt is not None else status
    finished = now if attempt is None or attempt.finished is None else attempt.finished
    begun = status.start_time
    if attempt is not None and attempt.started is not None:
        begun = timestamp(attempt.started)
    succeeded = state is TrialState.SUCCEEDED
    value = base.value if result is None or result.value is None else result.value
    return replace(
        base,
        state=state,
        reason=reason,
        message=cut(message),
        attempt=base.attempt if result is None else result.attempt,
        failures=base.failures + (1 if fault is Fault.CONFIGURATION else 0),
        disruptions=base.disruptions + (1 if fault is Fault.CLUSTER else 0),
        results=(*base.results, *before, *(() if result is None else (result,))),
        value=None if state is TrialState.FAILED else value,
        stopping="",
        not_before=None,
        node=attempt.node or base.node if attempt is not None else base.node,
        log_tail=attempt.log_tail if attempt is not None and state is TrialState.FAILED else "",
        start_time=begun,
        completion_time=timestamp(finished),
        conditions=_final_conditions(succeeded, reason, message, now),
    )


def with_metrics(status: TrialStatus, summary: Summary | None) -> TrialStatus:
    """The status with what the attempt has reported so far."""
    if summary is None:
        return status
    metrics = {
        name: MetricSummary(
            last=series.last, min=series.min, max=series.max, count=series.count, ignored=series.ignored
        )
        for name, series in summary.metrics.items()
    }
    return replace(status, metrics=metrics, curve=_curve(summary))


def _curve(summary: Summary) -> tuple[CurvePoint, ...]:
    """The points of the one metric that keeps them: the objective."""
    points = next((series.curve for series in summary.metrics.values() if series.curve), ())
    return tuple(CurvePoint(value=value, step=step) for step, value in points)


def resource_of(trial: Trial) -> float | int | None:
    """The resource of the rung the trial is in; None for a search without rungs."""
    first = trial.spec.origin.get("resource")
    return first if trial.status.resource is None else trial.status.resource


def is_last_rung(trial: Trial) -> bool:
    """Whether the rung the trial is in is its last one: with its result it has succeeded."""
    return trial.spec.last_rung if trial.status.resource is None else trial.status.last_rung


def is_disrupted_out(status: TrialStatus) -> bool:
    """Whether one more disruption is one too many."""
    return status.disruptions >= MAX_DISRUPTIONS


def state_of(trial: Trial) -> TrialState:
    """A trial's state; a status nobody has written yet reads as Pending."""
    return STATE_OF_TEXT[trial.status.state]


def _final_conditions(succeeded: bool, reason: str, message: str, now: float) -> tuple[Condition, ...]:
    when = timestamp(now)
    shared = {
        "reason": reason,
        "message": cut(message),
        "observed_generation": 1,
        "last_transition_time": when,
    }
    return (
        Condition(type=ConditionType.FINISHED, status="True", **shared),  # type: ignore[arg-type]
        Condition(type=ConditionType.SUCCEEDED, status="True" if succeeded else "False", **shared),  # type: ignore[arg-type]
    )
