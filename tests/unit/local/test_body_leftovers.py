"""What becomes of each attempt of a run that is over, judged from what is stored: the whole table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadline.api.names import TrialState
from leadline.api.status import GroupStatus
from leadline.api.trial import TrialSpec, TrialStatus
from leadline.local import attempts as record
from leadline.local.attempts import Finish, Leftovers, build_record, finished, judge_leftovers
from leadline.local.command import Command
from leadline.local.process import Exit
from leadline.local.system import Identity
from leadline.reconcile.observed import Fault, Group, Phase, Trial

IDENTITY = Identity(4711, "boot/1", "mark")
COMMAND = Command(("train",), "/work", "python", grace=7)
RUNNING = TrialStatus(state=TrialState.RUNNING, attempt=1)
ENDED_WELL = Exit(0, "Completed")
ENDED_BY_US = Exit(143, "Stopped")

NOTHING = Leftovers({}, (), ())


def group(**active: int) -> Group:
    """Claims as ``n0=1``: trial 0, attempt 1."""
    claims = {name.removeprefix("n"): attempt for name, attempt in active.items()}
    return Group("g", "default", "uid", 1, 0.0, None, GroupStatus(active=claims, next=1))


def trial(status: TrialStatus = RUNNING) -> Trial:
    return Trial(0, "uid-0", TrialSpec(number=0, params={}, history=0), status)


def stored(attempt: int = 1, known: Exit | None = None) -> record.Object:
    """A record as the store gives it back."""
    built = build_record(group(), trial(), attempt, COMMAND, IDENTITY)
    built["metadata"]["uid"] = f"uid-0-{attempt}"
    return built if known is None else finished(built, Finish(known, 1.0, 2.0))


def judge(claims: Group, status: TrialStatus | None, *records: record.Object) -> Leftovers:
    trials = {} if status is None else {0: trial(status)}
    return judge_leftovers(claims, trials, {record.key_of(known): known for known in records})


@pytest.mark.parametrize("known", [None, ENDED_BY_US], ids=["unseen", "ended by us"])
def test_an_attempt_that_was_cut_short_is_due_again(known: Exit | None) -> None:
    assert judge(group(n0=1), RUNNING, stored(known=known)) == Leftovers({0: 1}, (), ((0, 1),))


def test_so_is_one_that_was_released_a_moment_before() -> None:
    assert judge(group(n0=1), TrialStatus(), stored()) == Leftovers({0: 1}, (), ((0, 1),))


def test_so_is_one_whose_record_is_gone() -> None:
    assert judge(group(n0=1), RUNNING) == Leftovers({0: 1}, (), ())


def test_an_attempt_with_a_result_stays() -> None:
    assert judge(group(n0=1), RUNNING, stored(known=ENDED_WELL)) == NOTHING


def test_a_failure_of_its_own_is_a_result() -> None:
    assert judge(group(n0=1), RUNNING, stored(known=Exit(3, "Error"))) == NOTHING


def test_what_was_being_ended_for_a_reason_has_ended_for_it() -> None:
    stopping = replace(RUNNING, stopping="TimedOut")
    assert judge(group(n0=1), stopping, stored()) == Leftovers({}, ((0, 1),), ())
    assert judge(group(n0=1), stopping, stored(known=ENDED_BY_US)) == NOTHING
    # Without a record the reason in the trial's status is enough.
    assert judge(group(n0=1), stopping) == NOTHING


def test_a_reason_to_end_an_earlier_attempt_says_nothing_of_this_one() -> None:
    earlier = replace(RUNNING, stopping="TimedOut")
    assert judge(group(n0=2), earlier, stored(2)) == Leftovers({0: 2}, (), ((0, 2),))


def test_what_was_only_held_never_was() -> None:
    assert judge(group(n0=-1), TrialStatus(), stored()) == Leftovers({}, (), ((0, 1),))


def test_a_record_without_a_claim_says_nothing_any_more() -> None:
    assert judge(group(), RUNNING, stored()) == Leftovers({}, (), ((0, 1),))
    assert judge(group(), None, stored()) == Leftovers({}, (), ((0, 1),))


@pytest.mark.parametrize("state", [TrialState.SUCCEEDED, TrialState.FAILED, TrialState.STOPPED])
def test_a_trial_that_has_ended_is_left_alone(state: TrialState) -> None:
    assert judge(group(n0=1), TrialStatus(state=state, attempt=1), stored()) == Leftovers({}, (), ((0, 1),))


def test_a_judgement_that_was_stored_already_is_not_made_twice() -> None:
    again = record.interrupted(RUNNING, 1)
    assert judge(group(n0=1), again) == NOTHING


def test_a_trial_that_was_deleted_takes_its_attempt_along() -> None:
    assert judge(group(n0=1), None, stored()) == Leftovers({}, (), ((0, 1),))


# --- the records themselves ---


def test_an_interruption_is_nobodys_fault_and_the_trial_is_due_at_once() -> None:
    before = TrialStatus(
        state=TrialState.RUNNING, attempt=3, failures=2, disruptions=1, start_time="2026-01-01T00:00:00Z"
    )
    after = record.interrupted(before, 3)
    assert (after.state, after.attempt, after.start_time, after.not_before) == ("Pending", 4, None, None)
    assert (after.failures, after.disruptions) == (2, 1)


@pytest.mark.parametrize(
    ("known", "reason", "fault"),
    [
        (ENDED_WELL, "Completed", None),
        (Exit(3, "Error", "ended with exit code 3"), "ExitCode", Fault.CONFIGURATION),
        (Exit(137, "Killed", "killed by SIGKILL"), "Killed", Fault.CONFIGURATION),
        (ENDED_BY_US, "Stopped", Fault.CONFIGURATION),
    ],
)
def test_an_end_is_told_by_its_record(known: Exit, reason: str, fault: Fault | None) -> None:
    seen = record.observe_record(stored(known=known), created=0.0, node="here")
    assert (seen.phase, seen.started, seen.finished, seen.metrics) == (Phase.ENDED, 1.0, 2.0, None)
    assert seen.ended is not None
    assert (seen.ended.reason, seen.ended.fault, seen.ended.exit_code) == (reason, fault, known.code)


def test_a_record_without_an_end_tells_of_a_held_process() -> None:
    seen = record.observe_record(stored(), created=5.0, node="here")
    assert (seen.number, seen.attempt, seen.uid, seen.phase, seen.ended) == (
        0,
        1,
        "uid-0-1",
        Phase.CREATED,
        None,
    )
    assert record.identity_of(stored()) == IDENTITY
    assert record.grace_of(stored()) == 7
