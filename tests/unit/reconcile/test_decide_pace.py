"""The pace of ``decide``: how much one pass does, and what waits until there is time for it."""

from __future__ import annotations

from typing import Any

from leadline.api.names import TrialState
from leadline.reconcile.draft import BATCH

from .builders import NOW, attempt, observed, plan, spec, status, succeeded, trial, writes


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


def test_what_has_started_is_told_after_launches_and_records_but_not_for_ever() -> None:
    busy: dict[str, Any] = {
        "group_status": status({0: 1}, next=1),
        "trials": [trial(0)],
        "attempts": [attempt(0)],
        "begun": {(0, 1): NOW},
    }

    early = plan(observed(**busy), NOW + 10)
    assert [launch.number for launch in early.launches] == [1]
    assert writes(early) == {}
    late = plan(observed(**busy), NOW + 31)
    assert [launch.number for launch in late.launches] == [1]
    assert writes(late) == {0: TrialState.RUNNING}


def test_a_pass_claims_and_records_no_more_than_a_batch() -> None:
    wide = spec(concurrency=500, num_runs=1000)
    first = plan(observed(wide, total=1000))
    assert len(first.launches) == BATCH
    assert first.status is not None
    assert len(first.status.active) == BATCH

    ended = range(BATCH + 50)
    made = plan(
        observed(
            spec(concurrency=500, num_runs=len(ended)),
            status(dict.fromkeys(ended, 1), next=len(ended)),
            trials=[trial(number) for number in ended],
            attempts=[succeeded(number) for number in ended],
            total=len(ended),
        )
    )
    assert len(made.trial_writes) == BATCH
    assert made.status is not None
    assert len(made.status.active) == 50
