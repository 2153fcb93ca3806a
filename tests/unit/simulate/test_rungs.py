"""Whole searches by rungs, from the first trial to the last, through every step of ``decide``."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from leadline.api.names import FINAL_STATES, TrialState
from leadline.reconcile.conditions import is_finished
from unit.simulate.searches import Crashing, Recorded, by_rungs, simulated


def test_hyperband_runs_every_rung_of_every_bracket() -> None:
    simulation = Recorded(by_rungs())
    simulation.run()
    group = simulation.records.group.status
    assert (group.state, group.progress) == ("Succeeded", "17/17")
    assert Counter(resource for _, resource, _ in simulation.reached()) == {1: 9, 3: 3 + 5, 9: 1 + 1 + 3}
    assert {trial.status.state for trial in simulation.stored.values()} == {TrialState.SUCCEEDED}
    reasons = Counter(trial.status.reason for trial in simulation.stored.values())
    assert reasons == {"Completed": 5, "RungReached": 12}
    assert all(trial.status.attempt == len(trial.status.results) for trial in simulation.stored.values())


@pytest.mark.parametrize("concurrency", [1, 3, 17, 100])
def test_who_is_promoted_does_not_depend_on_how_many_run_at_once(concurrency: int) -> None:
    few, many = Recorded(by_rungs(concurrency=concurrency)), Recorded(by_rungs(), duration="60 + 50 * u")
    few.run()
    many.run()
    assert few.most_at_once <= concurrency
    assert few.reached() == many.reached()


def test_a_trial_that_will_never_be_promoted_ends_before_its_group() -> None:
    simulation = Recorded(by_rungs(concurrency=2))
    ended_early = set()
    while simulation.tick():
        if simulation.records.group.status.next < 12:
            ended_early |= {
                n for n, trial in simulation.stored.items() if trial.status.reason == "RungReached"
            }
    assert len(ended_early) >= 6


def test_failures_and_disruptions_are_retried_in_the_same_rung() -> None:
    searched = by_rungs(spec={"termination": {"maxRetries": 3}})
    simulation = Recorded(searched, failures="0.2", disruptions="0.2")
    simulation.run()
    assert simulation.records.group.status.state == "Succeeded"
    for trial in simulation.stored.values():
        resources = [result.resource for result in trial.status.results]
        assert resources == sorted(set(resources), key=resources.index), "one result a rung"
    assert any(trial.status.attempt > len(trial.status.results) for trial in simulation.stored.values())


@pytest.mark.parametrize("failures", ["1", "0.5"])
@pytest.mark.parametrize("kind", ["hyperband", "asha"])
def test_a_search_ends_whatever_fails(kind: str, failures: str) -> None:
    simulation = simulated(by_rungs(kind), failures=failures)
    counts = simulation.records.group.status.counts
    assert is_finished(simulation.records.group.status.conditions)
    assert counts.succeeded + counts.failed == simulation.records.group.status.total


def test_resume_goes_on_where_it_was() -> None:
    afresh, resumed = (
        simulated(by_rungs(resume=resume, concurrency=1), duration="epochs") for resume in (False, True)
    )
    # Of 9@1, 3@3, 1@9 each promotion saves what was done before.
    assert afresh.now - afresh.records.group.created == 9 + 9 + 9 + (5 * 3 + 9) + 3 * 9
    assert resumed.now - resumed.records.group.created == 9 + 3 * 2 + 6 + (5 * 3 + 6) + 3 * 9


def test_asha_stops_running_trials_at_their_rungs() -> None:
    simulation = Recorded(by_rungs("asha", variant="stopping", brackets=1))
    simulation.run()
    group = simulation.records.group.status
    assert (group.state, group.progress) == ("Succeeded", "20/20")
    stopped = [trial.status for trial in simulation.stored.values() if trial.status.state == "Stopped"]
    assert len(stopped) == group.counts.stopped >= 10
    assert {status.reason for status in stopped} == {"StoppedAtRung"}
    assert all("of the" in status.message for status in stopped)
    for status in stopped:
        assert [result.outcome for result in status.results] == ["succeeded"] * (len(status.results) - 1) + [
            "stopped"
        ]
    for trial in simulation.stored.values():
        assert trial.status.attempt == 1, "nothing is started twice"
        if trial.status.state == "Succeeded":
            assert [result.resource for result in trial.status.results] == [1, 3, 9]


def test_a_rung_costs_one_write() -> None:
    simulation = Recorded(by_rungs("asha", variant="stopping", concurrency=1))
    simulation.run()
    rungs = sum(len(trial.status.results) - 1 for trial in simulation.stored.values())
    ends = len(simulation.stored)
    stops = simulation.records.group.status.counts.stopped
    started = simulation.trial_writes - rungs - ends - stops
    assert started <= ends, "beside results: the start, the word that it is stopped, the end"


def test_asha_promotes_without_waiting() -> None:
    simulation = Recorded(by_rungs("asha", numRuns=30, brackets=1, concurrency=8))
    simulation.run()
    assert simulation.records.group.status.progress == "30/30"
    reached = Counter(resource for _, resource, _ in simulation.reached())
    assert reached[1] == 30
    assert reached[3] >= 10
    assert reached[9] >= 3


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("resume", [True, False])
def test_a_crash_at_any_moment_changes_no_promotion(seed: int, resume: bool) -> None:
    whole, crashing = (
        Recorded(by_rungs(resume=resume)),
        Crashing(by_rungs(resume=resume, concurrency=2), 0.25, seed),
    )
    whole.run()
    crashing.run()
    assert crashing.crashes >= 3
    assert crashing.reached() == whole.reached()
    assert crashing.records.group.status.counts == whole.records.group.status.counts


@pytest.mark.parametrize("seed", range(6))
def test_a_crash_at_any_moment_keeps_every_stop(seed: int) -> None:
    simulation = Crashing(by_rungs("asha", variant="stopping", numRuns=40), 0.2, seed)
    simulation.run()
    assert simulation.crashes >= 3
    assert simulation.records.group.status.progress == "40/40"
    assert {trial.status.state for trial in simulation.stored.values()} <= FINAL_STATES
    for trial in simulation.stored.values():
        passed = [(result.resource, result.outcome) for result in trial.status.results]
        assert len(set(passed)) == len(passed), "no result is recorded twice"
    stopped = sum(trial.status.reason == "StoppedAtRung" for trial in simulation.stored.values())
    assert stopped >= 20


@pytest.mark.parametrize("variant", ["promotion", "stopping"])
def test_a_suspended_search_starts_nothing_and_still_judges(variant: str) -> None:
    searched = by_rungs("asha", variant=variant)
    simulation = Recorded(searched)
    while simulation.records.group.status.next < 8:
        simulation.tick()
    group = simulation.records.group
    assert group.spec is not None
    simulation.records.put_group(replace(group, spec=replace(group.spec, suspend=True), generation=2))
    simulation.run()
    assert simulation.records.group.status.next == 8
    assert simulation.records.group.status.state == "Suspended"
    simulation.records.put_group(replace(simulation.records.group, spec=group.spec, generation=3))
    simulation.run()
    assert simulation.records.group.status.progress == "20/20"


@pytest.mark.parametrize("stop", ["Drain", "Now"])
@pytest.mark.parametrize("kind", ["hyperband", "asha"])
def test_a_stopped_search_ends_with_what_its_trials_have(kind: str, stop: str) -> None:
    simulation = Recorded(by_rungs(kind))
    while simulation.records.group.status.next < 8:
        simulation.tick()
    group = simulation.records.group
    assert group.spec is not None
    simulation.records.put_group(replace(group, spec=replace(group.spec, stop=stop), generation=2))  # type: ignore[arg-type]
    simulation.run()
    assert is_finished(simulation.records.group.status.conditions)
    assert {trial.status.state for trial in simulation.stored.values()} <= FINAL_STATES
