"""Trials that are judged while they run: the rungs they have come up to, and what becomes of those to be stopped."""

from __future__ import annotations

from leadline.api.group import GroupSpec
from leadline.api.names import FINAL_STATES, Reason, TrialState
from leadline.api.trial import RungResult
from leadline.metrics import Milestones, objective_at
from leadline.reconcile import trial_status
from leadline.reconcile.draft import Draft
from leadline.reconcile.observed import Attempt, Phase, Trial
from leadline.reconcile.plan import End
from leadline.search import Stop


def milestones(spec: GroupSpec, trial: Trial | None) -> Milestones | None:
    """Where a trial's metric is to be read while it runs; None for one that is judged by its end alone."""
    if trial is None or not trial.spec.rungs:
        return None
    resource = spec.matrix.resource
    return Milestones(trial.spec.rungs, None if resource is None else resource.name)


def rungs_passed(draft: Draft, trial: Trial, attempt: Attempt) -> tuple[RungResult, ...]:
    """Results of the rungs that an attempt has come up to on its way, and that no record tells of yet."""
    metric = draft.spec.matrix.metric
    if not trial.spec.rungs or metric is None or attempt.metrics is None:
        return ()
    # A retry passes the rungs of the attempt before it again: the trial was judged there.
    known = {result.resource for result in trial.status.results}
    reached = objective_at(attempt.metrics, metric.name, metric.optimization, metric.strategy)
    return tuple(
        draft.result(trial, attempt.attempt, "succeeded", value, resource)
        for resource, value in reached
        if resource in trial.spec.rungs and resource not in known
    )


def is_judged(draft: Draft) -> bool:
    """Whether there are trials that the search may stop, or may never promote."""
    return any(
        trial.status.state == TrialState.PAUSED or (trial.spec.rungs and trial.status.results)
        for trial in draft.observed.trials.values()
    )


def stop_at_rung(draft: Draft, stop: Stop) -> None:
    """A trial that runs is not among the best at its rung, or a stopping rule is against it: told first, then ended."""
    trial = draft.observed.trials.get(stop.trial)
    if trial is None or draft.has_ended(stop.trial) or draft.state_of(trial) in FINAL_STATES:
        return
    status = draft.status_of(trial)
    if status.stopping:
        return
    reason = Reason.STOPPED_EARLY if draft.spec.matrix.resource is None else Reason.STOPPED_AT_RUNG
    if trial.number not in draft.active:
        # Its attempt was cut short meanwhile: it is not run again.
        result = draft.result(trial, max(1, status.attempt), "stopped", None)
        ended = trial_status.ended(status, TrialState.STOPPED, reason, stop.message, draft.now, result)
        draft.end_trial(trial, ended)
        return
    attempt = draft.observed.attempts.get((trial.number, abs(draft.active[trial.number])))
    if attempt is None or attempt.stopping or attempt.phase not in (Phase.WAITING, Phase.RUNNING):
        return
    draft.write(trial, trial_status.stopping(status, attempt, reason, stop.message))
    draft.ends.append(End(attempt.number, attempt.attempt, attempt.uid))
