"""Which trial is the best one, and which ten stand at the top, whatever becomes of the trials afterwards."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from leadline.api.names import TrialState
from leadline.api.status import Best, GroupStatus, TopEntry
from leadline.api.trial import RungResult, TrialStatus
from leadline.reconcile.observed import Trial
from leadline.reconcile.standings import TOP, Standing, Standings, standing_of
from leadline.search import Answer, Done

from .builders import NOW, observed, plan, succeeded, trial
from .builders import status as group_status

PAUSED, RUNNING, SUCCEEDED = TrialState.PAUSED, TrialState.RUNNING, TrialState.SUCCEEDED
FAILED, STOPPED = TrialState.FAILED, TrialState.STOPPED


def told(
    number: int, state: TrialState, *results: tuple[int | None, float | None], attempt: int = 0
) -> Trial:
    """A trial with one result per attempt: (resource, value), None for a failure."""
    rungs = tuple(
        RungResult(
            attempt=place + 1,
            sequence=10 * (place + 1) + number,
            outcome="failed" if value is None else "succeeded",
            resource=resource,
            value=value,
        )
        for place, (resource, value) in enumerate(results)
    )
    return trial(number, state, attempt=attempt or len(rungs), results=rungs)


def status_of(*trials: Trial, **fields: Any) -> GroupStatus:
    view = observed(group_status=group_status(next=20, **fields), trials=trials, total=20)
    made = plan(view, NOW, lambda _: Answer((), Done("BudgetReached", "20 trials")))
    assert made.status is not None
    return made.status


def names(status: GroupStatus) -> list[tuple[str, float]]:
    return [(entry.trial, entry.value) for entry in status.top]


def test_a_newer_result_takes_the_place_of_the_older_one_though_it_is_worse() -> None:
    """Values at two resources are two measures: the first one is not what the trial came to."""
    status = status_of(told(0, PAUSED, (1, 0.1), (3, 0.9)), told(1, PAUSED, (1, 0.2), (3, 0.3)))

    assert names(status) == [("g-1", 0.3), ("g-0", 0.9)]
    assert status.best is not None
    assert (status.best.trial, status.best.value, status.best.resource) == ("g-1", 0.3, 3)


def test_who_reached_the_larger_resource_stands_before_a_better_value_at_a_smaller_one() -> None:
    status = status_of(told(0, PAUSED, (1, 0.1)), told(1, SUCCEEDED, (1, 0.2), (9, 0.4)))

    assert names(status) == [("g-1", 0.4), ("g-0", 0.1)]
    assert [entry.resource for entry in status.top] == [9, 1]


@pytest.mark.parametrize("state", [FAILED, STOPPED])
def test_a_trial_that_failed_or_was_stopped_later_is_not_the_best(state: TrialState) -> None:
    promoted = told(0, RUNNING, (1, 0.1), attempt=2)
    before = status_of(promoted, told(1, PAUSED, (1, 0.2)))
    assert before.best is not None
    assert before.best.trial == "g-0"

    after = status_of(
        told(0, state, (1, 0.1), (3, None)), told(1, PAUSED, (1, 0.2)), best=before.best, top=before.top
    )

    assert names(after) == [("g-1", 0.2)]
    assert after.best is not None
    assert after.best.params == {"x": 0.1}


def test_a_trial_that_goes_on_keeps_its_place_until_it_ends_again() -> None:
    running = told(0, RUNNING, (1, 0.1), attempt=2)

    assert names(status_of(running, told(1, PAUSED, (1, 0.2)))) == [("g-0", 0.1), ("g-1", 0.2)]


def test_what_a_running_trial_reports_at_its_rungs_does_not_count_before_its_end() -> None:
    assert names(status_of(told(0, RUNNING, (1, 0.1), attempt=1))) == []


def test_no_trial_is_the_best_where_the_only_one_failed_in_the_end() -> None:
    old = Best(trial="g-0", number=0, value=0.1, params={"x": 0.0}, resource=1)
    status = status_of(told(0, FAILED, (1, 0.1), (3, None)), best=old, top=(TopEntry("g-0", 0.1, 1),))

    assert status.best is None
    assert status.top == ()


def test_a_deleted_trial_stays_the_best() -> None:
    """A user may delete records; what they came to is true nevertheless."""
    old = Best(trial="g-7", number=7, value=0.1, params={"x": 0.7})
    top = (TopEntry("g-7", 0.1), TopEntry("g-8", 0.15))

    status = status_of(told(1, SUCCEEDED, (None, 0.2)), best=old, top=top)

    assert status.best == old
    assert names(status) == [("g-7", 0.1), ("g-8", 0.15), ("g-1", 0.2)]


def test_the_best_of_one_pass_is_told_with_the_resource_it_had() -> None:
    running = told(0, RUNNING, attempt=1)
    rungs = replace(running, spec=replace(running.spec, origin={"resource": 3}))

    made = plan(
        observed(group_status=group_status({0: 1}), trials=[rungs], attempts=[succeeded(0, 0.5)]), NOW
    )

    assert made.status is not None
    assert made.status.best is not None
    assert (made.status.best.value, made.status.best.resource) == (0.5, 3)


@pytest.mark.parametrize("maximize", [True, False])
def test_the_top_that_is_kept_is_the_top_of_all(maximize: bool) -> None:
    """Against sorting everything after every change."""
    random = Random(7)
    standings = Standings()
    known: dict[int, Standing | None] = {}
    sign = -1 if maximize else 1
    for step in range(2000):
        number = random.randrange(60)
        state = random.choice([PAUSED, PAUSED, SUCCEEDED, FAILED, RUNNING])
        status = TrialStatus(
            state=state,
            attempt=1,
            results=(
                RungResult(
                    attempt=1,
                    sequence=step,
                    outcome="succeeded",
                    resource=random.choice([1, 3]),
                    value=random.randrange(40),
                ),
            ),
        )
        standing = standing_of(number, {}, status)
        changed = {number: standing}
        expected = sorted(
            (one for one in {**known, **changed}.values() if one is not None),
            key=lambda one: (-(one.resource or 0), sign * one.value, one.sequence),
        )[:TOP]
        assert standings.top(maximize, changed) == expected
        standings.put(number, standing)
        known[number] = standing
        assert standings.top(maximize, {}) == expected
