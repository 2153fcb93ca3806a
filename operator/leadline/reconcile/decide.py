"""The behaviour of Leadline, as one pure function: ``decide(observed, now) -> plan``.

A chain of small policies over one draft, read top to bottom. No I/O, no clock, no memory: any pass may be the first one
after a crash, and the same view gives the same plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from leadline.api.group import GroupSpec
from leadline.api.names import FINAL_STATES, MAX_SAFE_INTEGER, GroupState, Reason, TrialState
from leadline.api.status import Best, Counts, GroupStatus
from leadline.api.tuner import Round
from leadline.problems import errors
from leadline.reconcile.best import best_and_top, told
from leadline.reconcile.claims import settle_claims
from leadline.reconcile.conditions import Situation, conditions, is_finished, situation
from leadline.reconcile.draft import Draft
from leadline.reconcile.launching import close_paused, fill_slots, settle_unclaimed
from leadline.reconcile.observed import Answered, Ask, Attempt, Group, Observed, Phase
from leadline.reconcile.plan import End, Event, Plan, TrialWrite
from leadline.reconcile.trial_status import cut, timestamp
from leadline.reconcile.warm import recalled, unread
from leadline.search import Answer


def step(observed: Observed, now: float, suggest: Callable[[Ask], Answer]) -> Plan:
    """Decide, asking the search engine where its answer is needed. At most one question a pass."""
    plan = decide(observed, now)
    if plan.ask is None:
        return plan
    return decide(replace(observed, answered=Answered(plan.ask, suggest(plan.ask))), now)


def seed_of(observed: Observed) -> int:
    """The seed in use."""
    return seed_in_use(observed.group)


def seed_in_use(group: Group) -> int:
    """The seed of a group: the spec's, else the one in status, else one drawn from the group's uid (31 bits)."""
    spec, status = group.spec, group.status
    if spec is not None and spec.matrix.seed is not None:
        return spec.matrix.seed
    if status.seed is not None:
        return status.seed
    return int.from_bytes(hashlib.sha256(group.uid.encode()).digest()[:4]) >> 1


def decide(observed: Observed, now: float) -> Plan:
    """What is to be done next for one group. ``now``: seconds since the epoch."""
    group = observed.group
    if group.spec is None:
        return _refuse(observed, now)
    if _rests(observed):
        return Plan(ends=_leftovers(observed, {}, group.spec.termination.ttl))
    if names := unread(group):
        return Plan(earlier=names) if observed.earlier is None else _remember(observed, group.spec)
    draft = Draft(observed, group.spec, now)
    settle_claims(draft)
    settle_unclaimed(draft)
    ask = fill_slots(draft)
    if ask is not None:
        return Plan(ask=ask)
    if draft.done is not None and not draft.active and not draft.holes and not draft.awaited:
        close_paused_if_last(draft)
    old = group.status
    status = old if _says_later(draft) else _status(draft)
    changed = status != old
    return Plan(
        status=status if changed else None,
        urgent=changed and _is_urgent(old, status),
        trial_writes=tuple(TrialWrite(number, value) for number, value in sorted(draft.writes.items())),
        launches=tuple(draft.launches),
        releases=tuple(draft.releases),
        ends=(*draft.ends, *_leftovers(observed, draft.active, group.spec.termination.ttl, draft.reads)),
        events=(*draft.events, *(_events(draft, old, status) if changed else ())),
        reads=frozenset(draft.reads),
        confirm_trials=frozenset(draft.confirm_trials),
        confirm_attempts=frozenset(draft.confirm_attempts),
        tune=draft.tune,
        requeue_after=draft.requeue_after(),
    )


def _says_later(draft: Draft) -> bool:
    """Whether all that this pass would tell of the group is what the next one tells with its claims: one write less."""
    old = draft.observed.group.status
    return draft.is_leaving() and (_claims(draft), draft.next) == (old.active, old.next)


def _claims(draft: Draft) -> dict[str, int]:
    """The claims as the group's status has them."""
    return {str(number): attempt for number, attempt in sorted(draft.active.items())}


def _remember(observed: Observed, spec: GroupSpec) -> Plan:
    """What earlier groups had to say is stored before the search is asked for the first time."""
    found = recalled(observed, spec)
    event = Event("Warning" if found.left_out else "Normal", "WarmStart", found.message)
    return Plan(status=replace(observed.group.status, warm_start=found), urgent=True, events=(event,))


def close_paused_if_last(draft: Draft) -> None:
    """At the end of a search only paused trials may be left; they have succeeded.

    Not in a pass that has recorded anything: the search has not seen that yet, and may promote one of them.
    """
    if not draft.writes and all(draft.state_of(trial) is TrialState.PAUSED for trial in draft.unclaimed()):
        close_paused(draft)


def _rests(observed: Observed) -> bool:
    """Whether the group has finished and nobody has edited it since."""
    status = observed.group.status
    finished = is_finished(status.conditions)
    return (
        finished is not None
        and not status.active
        and finished.observed_generation == observed.group.generation
    )


def _refuse(observed: Observed, now: float) -> Plan:
    """A spec that can't be carried out: say so once, with each field and its remedy, and touch nothing else."""
    group = observed.group
    message = cut("; ".join(str(problem) for problem in errors(group.problems)))
    found = Situation(GroupState.FAILED, Reason.INVALID_SPEC, message)
    status = replace(
        group.status,
        observed_generation=group.generation,
        state=GroupState.STALLED,
        message=message,
        conditions=conditions(found, group.status.conditions, group.generation, now),
    )
    if status == group.status:
        return Plan()
    return Plan(status=status, urgent=True, events=(Event("Warning", Reason.INVALID_SPEC, message),))


def _leftovers(
    observed: Observed, active: dict[int, int], ttl: int, unread: set[tuple[int, int]] | None = None
) -> tuple[End, ...]:
    """Attempts of no claim: recorded ones, and strays of requests that landed late. They are never adopted."""
    ends = []
    for key, attempt in observed.attempts.items():
        number, tried = key
        if abs(active.get(number, 0)) == tried or attempt.stopping or (unread and key in unread):
            continue
        ends.append(End(number, tried, attempt.uid, ttl if attempt.phase is Phase.ENDED else 0))
    return tuple(sorted(ends, key=lambda end: (end.number, end.attempt)))


def _status(draft: Draft) -> GroupStatus:
    observed, now = draft.observed, draft.now
    old, generation = observed.group.status, observed.group.generation
    counts = _counts(draft)
    found = situation(draft, counts)
    done = counts.succeeded + counts.failed + counts.stopped + counts.skipped
    best, top = best_and_top(draft)
    completion = old.completion_time if found.finished else None
    reopened = is_finished(old.conditions) is not None and not found.finished
    if reopened:
        found = replace(found, reason=Reason.REOPENED)
    return replace(
        old,
        observed_generation=generation,
        state=found.state,
        message=found.message,
        seed=seed_of(observed),
        # A number beyond what JSON keeps exactly, or the API server takes, is told in words only.
        total=observed.total if observed.total is None or observed.total <= MAX_SAFE_INTEGER else None,
        progress=f"{done}/{_planned(observed.total)}",
        counts=counts,
        active=_claims(draft),
        next=draft.next,
        completed=draft.sequence,
        round=_round(draft, found.finished),
        best=best,
        top=top,
        start_time=old.start_time or (timestamp(now) if draft.next else None),
        completion_time=completion or (timestamp(now) if found.finished else None),
        conditions=conditions(found, old.conditions, generation, now),
    )


def _round(draft: Draft, finished: bool) -> Round | None:
    """The tuner's round; at the end its suggestions are in the trials, and need not be kept twice."""
    return replace(draft.round, suggestions=()) if draft.round is not None and finished else draft.round


def _planned(total: int | None) -> str:
    if total is None:
        return "?"
    return str(total) if total <= MAX_SAFE_INTEGER else f"{total:.3g}"


def _counts(draft: Draft) -> Counts:
    """Trials by state. A claimed number without a record is a trial of a deleted one: skipped.

    What runs is counted as seen: its record may say so some seconds later.
    """
    finals = draft.observed.history.counts.copy()
    for trial in draft.ended_now:
        finals[draft.state_of(trial)] += 1
    attempts = draft.observed.attempts
    seen = {n for n, tried in draft.active.items() if _runs(attempts.get((n, tried)))}
    running = paused = unfinished = 0
    for number, trial in draft.observed.trials.items():
        state = draft.state_of(trial)
        if number >= draft.next or state in FINAL_STATES or draft.observed.history.is_final(number):
            continue
        unfinished += 1
        running += state is TrialState.RUNNING or number in seen
        paused += state is TrialState.PAUSED
    without_record = sum(number not in draft.observed.trials for number in draft.active)
    pending = unfinished - running - paused + without_record
    ended = finals.total()
    return Counts(
        pending=pending,
        running=running,
        paused=paused,
        succeeded=finals[TrialState.SUCCEEDED],
        failed=finals[TrialState.FAILED],
        stopped=finals[TrialState.STOPPED],
        skipped=max(0, draft.next - unfinished - without_record - ended),
    )


def _runs(attempt: Attempt | None) -> bool:
    return attempt is not None and attempt.phase is Phase.RUNNING


def _is_urgent(old: GroupStatus, new: GroupStatus) -> bool:
    """Whether a status carries claims, results or a turn of the story; counts alone may wait a second."""
    story = [(known.type, known.status, known.reason) for known in new.conditions]
    return (
        old.active != new.active
        or old.completed != new.completed
        or old.next != new.next
        or old.observed_generation != new.observed_generation
        or story != [(known.type, known.status, known.reason) for known in old.conditions]
    )


def _events(draft: Draft, old: GroupStatus, new: GroupStatus) -> list[Event]:
    """Turns of the group's story, told once each."""
    events = []
    if new.best is not None and (old.best is None or _place(old.best) != _place(new.best)):
        events.append(Event("Normal", "NewBest", told(new.best, draft.spec.matrix), trial=new.best.number))
    reasons = {known.type: known.reason for known in old.conditions}
    ready = next(known for known in new.conditions if known.type == "Ready")
    if reasons.get("Ready") != ready.reason or old.state != new.state:
        warning = new.state in (GroupState.WAITING, GroupState.STALLED, GroupState.FAILED)
        message = new.message or f"{new.state.lower()}: {new.progress} trials done"
        events.append(Event("Warning" if warning else "Normal", ready.reason, message))
    return events


def _place(best: Best) -> tuple[str, float | int | None]:
    return best.trial, best.resource
