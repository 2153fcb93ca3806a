"""Builders of what a decision sees, so that a test shows only what matters to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from leadline.api.group import GroupSpec, Termination
from leadline.api.matrix import Matrix, Metric
from leadline.api.names import TrialState
from leadline.api.status import GroupStatus
from leadline.api.trial import TrialSpec, TrialStatus
from leadline.metrics import Series, Summary
from leadline.reconcile.decide import step
from leadline.reconcile.history import History
from leadline.reconcile.observed import Ask, Attempt, Ended, Fault, Group, Observed, Phase, Trial
from leadline.reconcile.plan import Plan
from leadline.search import Answer, Done, New

NOW = 1_800_000_000.0


def spec(concurrency: int = 2, num_runs: int | None = 4, metric: bool = True, **fields: Any) -> GroupSpec:
    """A random search for x, 4 trials, 2 at once."""
    termination = Termination(**fields.pop("termination", {}))
    matrix = Matrix(
        kind="random",
        params={"x": {"kind": "uniform", "value": [0, 1]}},
        num_runs=num_runs,
        concurrency=concurrency,
        metric=Metric(name="loss", optimization="minimize") if metric else None,
    )
    template = {"spec": {"containers": [{"name": "train", "image": "img", "command": ["train", "{{ x }}"]}]}}
    return GroupSpec(matrix=matrix, template=template, termination=termination, **fields)


def status(active: Mapping[int, int] | None = None, **fields: Any) -> GroupStatus:
    """A group's status; ``active`` as {number: attempt}."""
    claims = {str(number): attempt for number, attempt in (active or {}).items()}
    highest = max((active or {-1: 0}).keys()) + 1
    fields.setdefault("next", highest)
    return GroupStatus(active=claims, **fields)


def trial(number: int, state: TrialState = TrialState.PENDING, stop: bool = False, **fields: Any) -> Trial:
    """A trial's record."""
    fields.setdefault("attempt", 1 if state is not TrialState.PENDING else 0)
    return Trial(
        number=number,
        uid=f"trial-{number}",
        spec=TrialSpec(number=number, params={"x": number / 10}, history=0, stop=stop),
        status=TrialStatus(state=state if fields or state is not TrialState.PENDING else "", **fields),
    )


def summary(loss: float | None) -> Summary:
    """What a trial reported; None for nothing."""
    if loss is None:
        return Summary()
    return Summary({"loss": Series(last=loss, min=loss, max=loss, mean=loss, count=1)})


def attempt(number: int, tried: int = 1, phase: Phase = Phase.RUNNING, **fields: Any) -> Attempt:
    """An attempt; running since NOW unless said otherwise."""
    fields.setdefault("created", NOW)
    if phase in (Phase.RUNNING, Phase.ENDED):
        fields.setdefault("started", NOW)
    return Attempt(
        number=number, attempt=tried, uid=f"job-{number}-{tried}", phase=phase, node="node-1", **fields
    )


def succeeded(number: int, loss: float | None = 0.5, tried: int = 1) -> Attempt:
    """An attempt that ended well and reported ``loss``."""
    return attempt(
        number, tried, Phase.ENDED, ended=Ended("Completed"), metrics=summary(loss), finished=NOW + 1
    )


def failed(number: int, fault: Fault = Fault.CONFIGURATION, tried: int = 1) -> Attempt:
    """An attempt that ended badly."""
    reason = "ExitCode" if fault is Fault.CONFIGURATION else "Disrupted"
    ended = Ended(reason, "it went wrong", fault)
    return attempt(number, tried, Phase.ENDED, ended=ended, metrics=summary(None), finished=NOW + 1)


def observed(
    group_spec: GroupSpec | None = None,
    group_status: GroupStatus | None = None,
    trials: Iterable[Trial] = (),
    attempts: Iterable[Attempt] = (),
    generation: int = 1,
    total: int | None = 4,
    **fields: Any,
) -> Observed:
    """A view of the group ``g``."""
    kept = list(trials)
    group = Group(
        name="g",
        namespace="ns",
        uid="uid-g",
        generation=generation,
        created=NOW,
        spec=group_spec or spec(),
        status=group_status or GroupStatus(),
    )
    return Observed(
        group=group,
        trials={known.number: known for known in kept},
        attempts={(known.number, known.attempt): known for known in attempts},
        history=_history(kept),
        total=total,
        **fields,
    )


def _history(trials: Iterable[Trial]) -> History:
    history = History()
    for known in trials:
        history.add(known.number, known.spec.params, known.status)
    return history


def suggest_all(ask: Ask) -> Answer:
    """A search without end."""
    return Answer(tuple(New({"x": number / 10}, origin={"algorithm": "test"}) for number in ask.numbers))


def suggest_up_to(limit: int, reason: str = "BudgetReached") -> Any:
    """A search of ``limit`` trials."""

    def suggest(ask: Ask) -> Answer:
        known = tuple(New({"x": number / 10}) for number in ask.numbers if number < limit)
        over = any(number >= limit for number in ask.numbers)
        return Answer(known, Done(reason, f"{limit} trials") if over else None)

    return suggest


def plan(view: Observed, now: float = NOW, suggest: Any = None) -> Plan:
    """One step of ``view``."""
    return step(view, now, suggest or suggest_up_to(4 if view.total is None else view.total))


def writes(made: Plan) -> dict[int, TrialState]:
    """The states that a plan writes, by number of trial."""
    return {write.number: TrialState(write.status.state) for write in made.trial_writes}


def launched(made: Plan) -> list[tuple[int, int]]:
    """The attempts that a plan creates, as (trial, attempt)."""
    return [(launch.number, launch.attempt) for launch in made.launches]


def condition(made: Plan, kind: str) -> tuple[str, str]:
    """(status, reason) of a condition that the plan writes."""
    assert made.status is not None
    found = next(known for known in made.status.conditions if known.type == kind)
    return found.status, found.reason


def settled(view: Observed, made: Plan) -> Observed:
    """The view after the plan's records and its status were written, with nothing else changed."""
    written = {write.number: write.status for write in made.trial_writes}
    trials = {
        number: replace(known, status=written.get(number, known.status))
        for number, known in view.trials.items()
    }
    group = view.group if made.status is None else replace(view.group, status=made.status)
    return replace(view, group=group, trials=trials, history=_history(trials.values()))


def plan_after(view: Observed, now: float = NOW, suggest: Any = None) -> Plan:
    """The step after the first one: what a result has to follow comes once it is recorded."""
    return plan(settled(view, plan(view, now, suggest)), now, suggest)
