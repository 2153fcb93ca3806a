"""How a slot goes from a trial that has ended to the next one."""

from __future__ import annotations

from leadline.api.names import TrialState
from leadline.reconcile.observed import Attempt, Fault, Observed

from .builders import (
    attempt,
    failed,
    launched,
    observed,
    plan,
    settled,
    spec,
    status,
    succeeded,
    trial,
    writes,
)


def test_a_result_is_stored_before_its_claim_goes_and_before_its_job_may_go() -> None:
    view = observed(
        spec(termination={"ttl": 7}), status({0: 1}), [trial(0, TrialState.RUNNING)], [succeeded(0, 0.25)]
    )
    made = plan(view)
    stored = made.trial_writes[0].status
    assert (stored.state, stored.value) == ("Succeeded", 0.25)
    assert stored.results[0].sequence == 1
    assert made.status is not None
    assert made.status.active["0"] == 1
    assert made.ends == ()

    made = plan(settled(view, made))
    assert made.trial_writes == ()
    assert made.status is not None
    assert "0" not in made.status.active
    assert made.status.completed == 1
    assert (made.status.best.value if made.status.best else None) == 0.25
    assert [(end.number, end.keep) for end in made.ends] == [(0, 7)]


def ends_beside(concurrency: int = 2, end: Attempt | None = None) -> Observed:
    """Two slots; trial 0 has ended just now, trial 1 runs."""
    trials = [trial(number, TrialState.RUNNING) for number in (0, 1)]
    return observed(spec(concurrency), status({0: 1, 1: 1}), trials, [end or succeeded(0), attempt(1)])


def test_a_slot_goes_on_in_one_swap_once_the_search_can_be_told_of_the_result() -> None:
    view = ends_beside()
    first = plan(view)
    assert (first.status, first.launches, first.events) == (None, (), ())
    assert writes(first) == {0: TrialState.SUCCEEDED}
    assert not first.at_rest, "the next pass follows at once"

    second = plan(settled(view, first))
    assert launched(second) == [(2, 1)]
    assert [launch.seen for launch in second.launches] == [1]
    assert second.status is not None
    assert second.status.active == {"1": 1, "2": -1}


def test_a_slot_that_was_free_before_does_not_wait_for_results_that_come_meanwhile() -> None:
    made = plan(ends_beside(concurrency=3))
    assert launched(made) == [(2, 1)]
    assert made.status is not None
    assert made.status.active == {"0": 1, "1": 1, "2": -1}
    assert made.status.counts.succeeded == 1


def test_a_slot_that_is_given_back_without_a_result_goes_on_at_once() -> None:
    made = plan(ends_beside(end=failed(0, Fault.CLUSTER)))
    assert launched(made) == [(2, 1)], "trial 0 waits for its next attempt without a slot"
