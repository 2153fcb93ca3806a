"""The pace of ``decide``: how much one pass does, and what waits until there is time for it."""

from __future__ import annotations

from typing import Any

from leadline.api.names import TrialState
from leadline.reconcile.draft import BATCH
from leadline.reconcile.observed import Phase

from .builders import NOW, attempt, observed, plan, settled, spec, status, succeeded, trial, writes


def test_what_has_just_started_is_told_a_little_later_so_that_a_short_trial_is_written_once() -> None:
    running: dict[str, Any] = {
        "group_spec": spec(concurrency=1),
        "group_status": status({0: 1}),
        "trials": [trial(0)],
        "attempts": [attempt(0)],
        "begun": {(0, 1): NOW},
    }

    early = plan(observed(**running), NOW + 1)
    assert early.trial_writes == ()
    assert early.requeue_after == 1
    late = plan(observed(**running), NOW + 2)
    assert writes(late) == {0: TrialState.RUNNING}


def test_the_more_there_are_at_once_the_later_a_start_is_told() -> None:
    numbers = range(200)
    many: dict[str, Any] = {
        "group_spec": spec(concurrency=len(numbers), num_runs=len(numbers)),
        "group_status": status(dict.fromkeys(numbers, 1), next=len(numbers)),
        "trials": [trial(number) for number in numbers],
        "attempts": [attempt(number) for number in numbers],
        "begun": {(number, 1): NOW for number in numbers},
        "total": len(numbers),
    }

    early = plan(observed(**many), NOW + 9)
    assert early.trial_writes == ()
    assert early.requeue_after == 1
    late = plan(observed(**many), NOW + 10)
    assert len(writes(late)) == len(numbers)


def test_what_runs_is_counted_before_its_record_says_so() -> None:
    made = plan(
        observed(
            spec(concurrency=3, num_runs=3),
            status({0: 1, 1: 1, 2: 1}, next=3),
            trials=[trial(0), trial(1, TrialState.RUNNING), trial(2)],
            attempts=[attempt(0), attempt(1), attempt(2, phase=Phase.WAITING)],
            begun={(0, 1): NOW, (1, 1): NOW},
            total=3,
        )
    )
    assert made.trial_writes == ()
    assert made.status is not None
    assert (made.status.counts.running, made.status.counts.pending) == (2, 1)


def test_a_pass_claims_and_records_no_more_than_a_batch() -> None:
    wide = spec(concurrency=500, num_runs=1000)
    first = plan(observed(wide, total=1000))
    assert len(first.launches) == BATCH
    assert first.status is not None
    assert len(first.status.active) == BATCH

    ended = range(BATCH + 50)
    view = observed(
        spec(concurrency=500, num_runs=len(ended)),
        status(dict.fromkeys(ended, 1), next=len(ended)),
        trials=[trial(number) for number in ended],
        attempts=[succeeded(number) for number in ended],
        total=len(ended),
    )
    made = plan(view)
    assert len(made.trial_writes) == BATCH
    made = plan(settled(view, made))
    assert len(made.trial_writes) == 50
    assert made.status is not None
    assert len(made.status.active) == 50
