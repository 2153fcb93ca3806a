"""A trial's status tells of the attempts that came to nothing, and of no more than fit."""

from __future__ import annotations

from leadline.api.names import MAX_ATTEMPT_MESSAGE, MAX_LOST_ATTEMPTS
from leadline.api.trial import LostAttempt, TrialStatus
from leadline.reconcile.trial_status import postponed, retried


def test_failures_and_disruptions_are_told_in_their_order() -> None:
    status = retried(TrialStatus(attempt=1), 1, "ExitCode", "exit code 1")
    status = postponed(status, 2, "Disrupted", "the node was drained", now=0.0)
    assert status.lost_attempts == (
        LostAttempt(1, "ExitCode", "exit code 1"),
        LostAttempt(2, "Disrupted", "the node was drained"),
    )


def test_the_last_few_are_kept_and_long_messages_cut() -> None:
    status = TrialStatus()
    for attempt in range(1, MAX_LOST_ATTEMPTS + 3):
        status = retried(status, attempt, "ExitCode", "x" * 1000)
    assert [lost.attempt for lost in status.lost_attempts] == list(range(3, MAX_LOST_ATTEMPTS + 3))
    assert {len(lost.message) for lost in status.lost_attempts} == {MAX_ATTEMPT_MESSAGE}
