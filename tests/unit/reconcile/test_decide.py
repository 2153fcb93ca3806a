"""The policies of ``decide``, one behaviour a test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadline.api.names import TrialState
from leadline.problems import Problem
from leadline.reconcile.observed import Fault, Obstacle, Phase, Waiting
from leadline.search import Answer, Done, New, Promote

from .builders import (
    NOW,
    attempt,
    condition,
    failed,
    launched,
    observed,
    plan,
    plan_after,
    settled,
    spec,
    status,
    succeeded,
    suggest_all,
    trial,
    writes,
)

# --- launching ------------------------------------------------------------------------------------------------


def test_a_new_group_claims_as_many_trials_as_may_run_at_once() -> None:
    made = plan(observed())
    assert made.status is not None
    assert made.status.active == {"0": -1, "1": -1}, "being created: nothing may run yet"
    assert made.status.next == 2
    assert launched(made) == [(0, 1), (1, 1)]
    assert [launch.new for launch in made.launches] == [New({"x": 0.0}), New({"x": 0.1})]


def test_a_space_too_large_for_json_is_told_in_words() -> None:
    made = plan(observed(total=10**24))
    assert made.status is not None
    assert (made.status.total, made.status.progress) == (None, "0/1e+24")


def test_a_full_group_starts_nothing() -> None:
    running = [trial(0, TrialState.RUNNING, node="node-1"), trial(1, TrialState.RUNNING, node="node-1")]
    made = plan(
        observed(group_status=status({0: 1, 1: 1}), trials=running, attempts=[attempt(0), attempt(1)])
    )
    assert made.launches == ()


def test_a_search_that_answers_too_much_never_makes_more_trials_than_planned() -> None:
    made = plan(observed(spec(concurrency=10), total=3), suggest=suggest_all)
    assert made.status is not None
    assert made.status.next == 3


def test_lowering_concurrency_ends_nothing_and_starts_nothing() -> None:
    kept = [trial(number, TrialState.RUNNING, node="node-1") for number in range(3)]
    view = observed(
        spec(concurrency=1),
        status({0: 1, 1: 1, 2: 1}),
        kept,
        [attempt(0), attempt(1), succeeded(2)],
    )
    made = plan_after(view)
    assert made.status is not None
    assert made.status.active == {"0": 1, "1": 1}
    assert launched(made) == []
    assert [(end.number, end.keep) for end in made.ends] == [(2, 3600)]


def test_a_claim_is_opened_when_its_attempt_exists_and_only_then_released() -> None:
    held = attempt(0, phase=Phase.CREATED)
    view = observed(group_status=status({0: -1}), trials=[trial(0)], attempts=[held], own=frozenset({(0, 1)}))
    made = plan(view)
    assert made.status is not None
    assert made.status.active["0"] == 1
    assert [(release.number, release.uid) for release in made.releases] == [(0, held.uid)]


def test_nobody_else_releases_what_a_process_that_is_gone_has_opened() -> None:
    held = attempt(0, phase=Phase.CREATED)
    view = observed(group_status=status({0: 1}), trials=[trial(0)], attempts=[held], noticed={(0, 1): NOW})
    early = plan(view, NOW + 1)
    assert (early.releases, early.ends) == ((), ())
    late = plan(view, NOW + 6)
    assert late.releases == ()
    assert [end.uid for end in late.ends] == [held.uid]


def test_a_claim_of_another_process_is_left_alone_for_a_while_then_taken() -> None:
    view = observed(group_status=status({0: -1}), noticed={(0, 1): NOW})
    early = plan(view, NOW + 1)
    assert (0, 1) not in launched(early)
    assert early.requeue_after == pytest.approx(4.0)
    assert (0, 1) in launched(plan(view, NOW + 6))


def test_a_launch_that_was_refused_waits_for_its_turn_and_says_why() -> None:
    obstacle = Obstacle("PodRefused", "quota exceeded", NOW - 1, NOW + 20)
    view = observed(
        group_status=status({0: -1, 1: -1}),
        trials=[trial(0), trial(1)],
        own=frozenset({(0, 1), (1, 1)}),
        obstacles={(0, 1): obstacle, (1, 1): obstacle},
    )
    made = plan(view)
    assert launched(made) == []
    assert made.requeue_after == pytest.approx(20.0)
    assert condition(made, "Reconciling") == ("True", "PodRefused")
    assert condition(made, "Ready") == ("False", "PodRefused")
    assert "quota exceeded" in (made.status.message if made.status else "")
    assert launched(plan(settled(view, made), NOW + 20)) == [(0, 1), (1, 1)]


def test_a_template_that_cannot_be_rendered_fails_the_trial_without_a_retry() -> None:
    view = observed(
        spec(termination={"max_retries": 3}),
        status({0: -1}),
        [trial(0)],
        own=frozenset({(0, 1)}),
        obstacles={(0, 1): Obstacle("TemplateError", "division by zero", NOW, NOW, final=True)},
    )
    made = plan(view)
    assert writes(made)[0] is TrialState.FAILED
    assert made.trial_writes[0].status.reason == "TemplateError"


# --- running and recording ------------------------------------------------------------------------------------


def test_a_started_attempt_is_told_once() -> None:
    view = observed(group_status=status({0: 1}), trials=[trial(0)], attempts=[attempt(0)])
    made = plan(view)
    assert writes(made) == {0: TrialState.RUNNING}
    stored = made.trial_writes[0].status
    assert stored.node == "node-1"
    again = replace(view, trials={0: replace(view.trials[0], status=stored)})
    assert plan(again).trial_writes == ()


def test_an_ended_attempt_is_read_before_it_is_recorded() -> None:
    ended = replace(succeeded(0), metrics=None)
    view = observed(group_status=status({0: 1}), trials=[trial(0, TrialState.RUNNING)], attempts=[ended])
    made = plan(view)
    assert made.reads == {(0, 1)}
    assert made.trial_writes == ()
    assert made.ends == ()


def test_a_result_recorded_before_a_crash_is_not_recorded_again() -> None:
    first = plan(
        observed(group_status=status({0: 1}), trials=[trial(0, TrialState.RUNNING)], attempts=[succeeded(0)])
    )
    recorded = replace(trial(0), status=first.trial_writes[0].status)
    view = observed(group_status=status({0: 1}), trials=[recorded], attempts=[succeeded(0)])
    made = plan(view)
    assert made.trial_writes == ()
    assert made.status is not None
    assert "0" not in made.status.active
    assert made.status.completed == 1
    assert made.status.best is not None, "the best trial is not lost with the write of the group"
    assert made.status.counts.succeeded == 1


@pytest.mark.parametrize("loss", [None])
def test_a_trial_without_its_metric_has_failed(loss: float | None) -> None:
    view = observed(group_status=status({0: 1}), trials=[trial(0)], attempts=[succeeded(0, loss)])
    stored = plan(view).trial_writes[0].status
    assert (stored.state, stored.reason) == ("Failed", "MetricMissing")


def test_without_a_metric_a_good_exit_is_enough() -> None:
    view = observed(spec(metric=False), status({0: 1}), [trial(0)], [succeeded(0, None)])
    made = plan(view)
    assert writes(made) == {0: TrialState.SUCCEEDED}
    assert made.status is not None
    assert made.status.best is None


# --- failures ---------------------------------------------------------------------------------------------------


def test_a_failed_configuration_is_retried_at_once_within_its_budget() -> None:
    view = observed(spec(termination={"max_retries": 1}), status({0: 1}), [trial(0)], [failed(0)])
    made = plan(view)
    stored = made.trial_writes[0].status
    assert (stored.state, stored.attempt, stored.failures) == ("Pending", 2, 1)
    assert made.status is not None
    assert made.status.active["0"] == -2
    assert (0, 2) in launched(made)


def test_a_retry_judged_before_a_crash_is_not_counted_twice() -> None:
    view = observed(spec(termination={"max_retries": 1}), status({0: 1}), [trial(0)], [failed(0)])
    judged = replace(trial(0), status=plan(view).trial_writes[0].status)
    made = plan(replace(view, trials={0: judged}, confirmed=frozenset({0})))
    assert made.trial_writes == ()
    assert made.status is not None
    assert made.status.active["0"] == -2


def test_the_last_failure_ends_the_trial_and_is_told_to_the_search() -> None:
    tried = trial(0, TrialState.RUNNING, failures=1, attempt=2)
    view = observed(spec(termination={"max_retries": 1}), status({0: 2}), [tried], [failed(0, tried=2)])
    stored = plan(view).trial_writes[0].status
    assert (stored.state, stored.failures) == ("Failed", 2)
    assert [(result.outcome, result.value) for result in stored.results] == [("failed", None)]


def test_a_disruption_waits_without_a_slot_and_is_never_the_configurations_fault() -> None:
    view = observed(group_status=status({0: 1}), trials=[trial(0)], attempts=[failed(0, Fault.CLUSTER)])
    made = plan(view)
    stored = made.trial_writes[0].status
    assert (stored.state, stored.failures, stored.disruptions) == ("Pending", 0, 1)
    assert made.status is not None
    assert "0" not in made.status.active
    assert made.requeue_after == pytest.approx(10.0)
    waiting = observed(
        group_status=made.status, trials=[replace(trial(0), status=stored)], own=frozenset({(1, 1), (2, 1)})
    )
    assert (0, 2) not in launched(plan(waiting, NOW + 9))


def test_a_disrupted_trial_comes_before_new_ones() -> None:
    back = trial(0, TrialState.PENDING, attempt=2, disruptions=1, not_before="2020-01-01T00:00:00Z")
    view = observed(spec(concurrency=1), status(next=1), [back])
    assert plan(view).confirm_trials == {0}, "its record may be older than the group: read it again first"
    made = plan(replace(view, confirmed=frozenset({0})))
    assert launched(made) == [(0, 2)]


def test_the_sixth_disruption_of_a_rung_is_one_too_many() -> None:
    worn = trial(0, TrialState.RUNNING, attempt=6, disruptions=5)
    view = observed(group_status=status({0: 6}), trials=[worn], attempts=[failed(0, Fault.CLUSTER, 6)])
    stored = plan(view).trial_writes[0].status
    assert (stored.state, stored.reason) == ("Failed", "TooManyDisruptions")


def test_a_job_that_vanished_is_confirmed_then_tried_again_under_a_new_number() -> None:
    running = trial(0, TrialState.RUNNING)
    view = observed(group_status=status({0: 1}), trials=[running])
    assert plan(view).confirm_attempts == {(0, 1)}
    made = plan(replace(view, lost=frozenset({(0, 1)})))
    stored = made.trial_writes[0].status
    assert (stored.state, stored.reason, stored.attempt) == ("Pending", "AttemptLost", 2)


def test_a_trial_deleted_by_hand_is_skipped_after_a_live_read() -> None:
    view = observed(group_status=status({0: 1}))
    assert plan(view).confirm_trials == {0}
    made = plan(replace(view, absent=frozenset({0})))
    assert made.status is not None
    assert "0" not in made.status.active
    assert made.status.counts.skipped == 1


def test_the_job_of_a_trial_deleted_by_hand_holds_its_slot_until_it_is_gone() -> None:
    view = observed(group_status=status({0: 1}), attempts=[attempt(0)], absent=frozenset({0}))
    made = plan(view)
    assert made.status is not None
    assert made.status.active["0"] == 1
    assert [(end.number, end.attempt) for end in made.ends] == [(0, 1)]


# --- deadlines --------------------------------------------------------------------------------------------------


def test_a_trial_that_runs_too_long_is_ended_and_has_failed() -> None:
    group_spec = spec(termination={"timeout": 60})
    running = trial(0, TrialState.RUNNING, node="node-1")
    view = observed(group_spec, status({0: 1}), [running], [attempt(0)])
    assert plan(view, NOW + 59).requeue_after == pytest.approx(1.0)
    made = plan(view, NOW + 60)
    stopping = made.trial_writes[0].status
    assert stopping.stopping == "TimedOut"
    assert [(end.number, end.keep) for end in made.ends] == [(0, 0)]
    assert made.status is not None
    assert made.status.active["0"] == 1, "the slot is held until its pods are gone"
    gone = observed(group_spec, status({0: 1}), [replace(running, status=stopping)])
    stored = plan(gone, NOW + 61).trial_writes[0].status
    assert (stored.state, stored.reason) == ("Failed", "TimedOut")


def test_what_never_starts_gives_its_slot_back_and_stalls_the_group() -> None:
    group_spec = spec(concurrency=1, termination={"pending_deadline": 30})
    waiting = attempt(0, phase=Phase.WAITING, waiting=Waiting("Unschedulable", "no such node", NOW))
    view = observed(group_spec, status({0: 1}), [trial(0)], [waiting])
    soon = plan(view, NOW + 11)
    assert condition(soon, "Reconciling") == ("True", "Unschedulable")
    assert soon.trial_writes[0].status.reason == "Unschedulable"
    made = plan(view, NOW + 30)
    assert made.trial_writes[0].status.stopping == "PendingDeadline"
    gone = observed(
        group_spec, status({0: 1}), [replace(trial(0), status=made.trial_writes[0].status)], total=1
    )
    after = plan(gone, NOW + 31)
    assert after.trial_writes[0].status.state == "Pending"
    assert condition(after, "Stalled") == ("True", "PendingDeadline")
    assert "no such node" in (after.status.message if after.status else "")


# --- the user's hand --------------------------------------------------------------------------------------------


def test_suspend_starts_nothing_and_lets_run_what_runs() -> None:
    view = observed(spec(suspend=True), status({0: 1}), [trial(0, TrialState.RUNNING)], [attempt(0)])
    made = plan(view)
    assert launched(made) == []
    assert made.ends == ()
    assert condition(made, "Suspended") == ("True", "Suspended")
    assert condition(made, "Finished")[0] == "False"


def test_stop_now_ends_what_runs_then_finishes() -> None:
    running = trial(0, TrialState.RUNNING, node="node-1")
    view = observed(spec(stop="Now"), status({0: 1}), [running], [attempt(0)])
    made = plan(view)
    assert [(end.number, end.attempt) for end in made.ends] == [(0, 1)]
    assert condition(made, "Finished") == ("False", "Stopping")
    stopped = replace(running, status=made.trial_writes[0].status)
    view = observed(spec(stop="Now"), status({0: 1}), [stopped])
    gone = plan(view)
    assert writes(gone) == {0: TrialState.STOPPED}
    gone = plan(settled(view, gone))
    assert condition(gone, "Finished") == ("True", "StoppedByUser")
    assert condition(gone, "Succeeded") == ("True", "StoppedByUser")


def test_drain_lets_run_what_runs_and_starts_nothing_more() -> None:
    view = observed(spec(stop="Drain"), status({0: 1}), [trial(0, TrialState.RUNNING)], [attempt(0)])
    made = plan(view)
    assert made.ends == ()
    assert launched(made) == []
    done = observed(spec(stop="Drain"), status({0: 1}), [trial(0, TrialState.RUNNING)], [succeeded(0)])
    assert condition(plan_after(done), "Finished") == ("True", "StoppedByUser")


def test_stopping_one_trial_keeps_its_last_value_and_leaves_the_others() -> None:
    view = observed(
        group_status=status({0: 1, 1: 1}),
        trials=[trial(0, TrialState.RUNNING, stop=True), trial(1, TrialState.RUNNING)],
        attempts=[replace(attempt(0), metrics=succeeded(0, 0.3).metrics), attempt(1)],
    )
    made = plan(view)
    assert [(end.number, end.attempt) for end in made.ends] == [(0, 1)]
    stopped = replace(view.trials[0], status=made.trial_writes[0].status)
    gone = plan(replace(view, trials={**view.trials, 0: stopped}, attempts={(1, 1): attempt(1)}))
    stored = next(write.status for write in gone.trial_writes if write.number == 0)
    assert (stored.state, stored.value) == ("Stopped", 0.3)


def test_a_trial_that_ended_well_while_it_was_being_stopped_keeps_its_result() -> None:
    stopping = trial(0, TrialState.RUNNING, stopping="StoppedByUser", stop=True)
    made = plan(observed(group_status=status({0: 1}), trials=[stopping], attempts=[succeeded(0, 0.2)]))
    assert writes(made)[0] is TrialState.SUCCEEDED


# --- the end ----------------------------------------------------------------------------------------------------


def test_the_group_ends_well_when_the_budget_is_reached_and_stays_quiet() -> None:
    view = observed(spec(num_runs=1), status({0: 1}), [trial(0, TrialState.RUNNING)], [succeeded(0)], total=1)
    recorded = settled(view, plan(view))
    made = plan(recorded)
    assert condition(made, "Finished") == ("True", "BudgetReached")
    assert condition(made, "Succeeded") == ("True", "BudgetReached")
    assert made.status is not None
    assert made.status.progress == "1/1"
    assert plan(replace(settled(recorded, made), attempts={}), NOW + 1000).at_rest


def test_a_group_without_one_good_trial_has_failed() -> None:
    view = observed(spec(num_runs=1), status({0: 1}), [trial(0)], [failed(0)], total=1)
    made = plan_after(view)
    assert condition(made, "Finished") == ("True", "NoGoodTrial")
    assert condition(made, "Succeeded") == ("False", "NoGoodTrial")


def test_raising_the_budget_reopens_a_finished_group() -> None:
    view = observed(spec(num_runs=1), status({0: 1}), [trial(0)], [succeeded(0)], total=1)
    first = plan(view)
    made = plan(settled(view, first))
    assert made.status is not None
    recorded = replace(trial(0), status=first.trial_writes[0].status)
    raised = observed(spec(num_runs=2), made.status, [recorded], generation=2, total=2)
    again = plan(raised)
    assert launched(again) == [(1, 1)]
    assert condition(again, "Finished") == ("False", "Reopened")


def test_an_invalid_spec_is_told_with_field_and_remedy_and_nothing_else_happens() -> None:
    view = observed()
    problem = Problem("spec.matrix.params.x.value", "low is not below high", "swap the two numbers")
    view = replace(view, group=replace(view.group, spec=None, problems=(problem,)))
    made = plan(view)
    assert condition(made, "Stalled") == ("True", "InvalidSpec")
    assert condition(made, "Finished") == ("True", "InvalidSpec")
    assert made.status is not None
    assert made.status.message == "spec.matrix.params.x.value: low is not below high; swap the two numbers"
    assert plan(settled(view, made)).at_rest


def test_strays_are_removed_never_adopted() -> None:
    stray = attempt(7, phase=Phase.CREATED)
    view = observed(
        group_status=status({0: 2}), trials=[trial(0)], attempts=[attempt(0, 2), attempt(0, 1), stray]
    )
    made = plan(view)
    assert {(end.number, end.attempt) for end in made.ends} == {(0, 1), (7, 1)}


# --- rungs --------------------------------------------------------------------------------------------------------


def test_a_trial_with_a_resource_pauses_at_its_rung_and_is_promoted_as_the_same_trial() -> None:
    first = trial(0, TrialState.RUNNING)
    first = replace(first, spec=replace(first.spec, origin={"resource": 1}))
    view = observed(spec(concurrency=1), status({0: 1}), [first], [succeeded(0, 0.5)])
    made = plan(view)
    paused = made.trial_writes[0].status
    assert (paused.state, paused.value) == ("Paused", 0.5)
    waiting = settled(view, made)
    resting = plan(waiting, suggest=lambda ask: Answer(()))
    assert resting.status is not None
    assert resting.status.active == {}
    assert resting.status.counts.paused == 1
    promoted = plan(waiting, suggest=lambda ask: Answer((Promote(0, 3),)))
    assert launched(promoted) == [(0, 2)]
    assert promoted.status is not None
    assert promoted.status.active == {"0": -2}, "the slot goes from rung to rung in one swap"
    stored = promoted.trial_writes[0].status
    assert (stored.resource, stored.attempt, stored.state) == (3, 2, "Pending")


def test_paused_trials_have_succeeded_when_the_search_is_over() -> None:
    first = trial(0, TrialState.PAUSED, value=0.5)
    view = observed(spec(), status(next=1), [first])
    made = plan(view, suggest=lambda ask: Answer((), Done("BudgetReached", "all rungs done")))
    assert writes(made) == {0: TrialState.SUCCEEDED}
    assert condition(made, "Succeeded") == ("True", "BudgetReached")
