"""Whole searches on a fake clock: the same loop as everywhere, in a world that is written down."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leadline.api.names import TrialState
from leadline.reconcile.conditions import is_finished
from leadline.reconcile.observed import AttemptKey
from leadline.simulate.body import Simulation

from .searches import group, simulated


def reason(simulation: Simulation) -> str:
    finished = is_finished(simulation.records.group.status.conditions)
    assert finished is not None
    return finished.reason


def test_every_trial_runs_once_and_never_more_at_once_than_allowed() -> None:
    simulation = simulated(group(numRuns=50, concurrency=7), duration="10 + 50 * u")
    status = simulation.records.group.status

    assert status.counts.succeeded == 50
    assert [
        result.number for result in sorted(simulation.records.history.results, key=lambda r: r.number)
    ] == [*range(50)]
    assert simulation.most_at_once == 7
    assert reason(simulation) == "BudgetReached"


def test_the_clock_moves_by_what_trials_last() -> None:
    simulation = simulated(group(numRuns=10, concurrency=4), duration="100")

    assert simulation.now - simulation.records.group.created == 300


def test_the_best_trial_is_the_one_with_the_least_loss() -> None:
    simulation = simulated(group(numRuns=30))
    results = [result for result in simulation.records.history.results if result.value is not None]
    best = simulation.records.group.status.best

    assert best is not None
    assert best.value == min(result.value for result in results if result.value is not None)


def test_the_same_seed_gives_the_same_search() -> None:
    settings: dict[str, Any] = {
        "duration": "10 + 5 * z * z",
        "failures": "0.2",
        "disruptions": "0.1",
        "seed": 3,
    }
    first, second = simulated(**settings), simulated(**settings)

    assert first.records.group.status == second.records.group.status
    assert first.records.history.results == second.records.history.results


def test_what_the_cluster_ends_is_run_again_and_counts_as_no_failure() -> None:
    simulation = simulated(group(numRuns=30), disruptions="attempt == 1")
    status = simulation.records.group.status

    assert (status.counts.succeeded, status.counts.failed) == (30, 0)
    # Each was disrupted once and then waited ten seconds.
    assert simulation.now - simulation.records.group.created > 8 * 60


def test_a_trial_that_always_fails_is_retried_as_often_as_allowed() -> None:
    searched = group(numRuns=5, spec={"termination": {"maxRetries": 2}})
    attempts: set[AttemptKey] = set()
    simulation = Simulation(searched, simulated(failures="1").world)
    simulation.run(lambda now: attempts.update(now.attempts))
    status = simulation.records.group.status

    assert status.counts.failed == 5
    assert reason(simulation) == "NoGoodTrial"
    assert {attempt for _, attempt in attempts} == {1, 2, 3}
    assert len(attempts) == 15


def test_a_trial_is_ended_at_its_timeout() -> None:
    searched = group(numRuns=4, spec={"termination": {"timeout": 30}})
    simulation = simulated(searched, duration="100")

    assert simulation.records.group.status.counts.failed == 4
    assert simulation.now - simulation.records.group.created == 30


def test_a_grid_ends_when_its_space_does() -> None:
    searched = group(
        kind="grid",
        numRuns=None,
        seed=None,
        params={
            "lr": {"kind": "choice", "value": [0.1, 0.01]},
            "batch": {"kind": "choice", "value": [1, 2, 3]},
        },
    )
    simulation = simulated(searched)

    assert simulation.records.group.status.progress == "6/6"
    assert reason(simulation) == "SpaceExhausted"


def test_a_suspended_search_starts_nothing_and_comes_to_rest() -> None:
    simulation = simulated(group(spec={"suspend": True}))

    assert not simulation.finished
    assert simulation.records.group.status.next == 0


def test_a_stop_in_the_middle_ends_what_runs() -> None:
    simulation = Simulation(group(), simulated().world)
    while not simulation.records.group.status.counts.running:
        simulation.tick()
    running = dict(simulation.attempts)
    searched = simulation.records.group
    assert searched.spec is not None
    stopped = replace(searched.spec, stop="Now")
    simulation.records.put_group(replace(searched, spec=stopped, generation=2))
    simulation.run()

    assert running
    assert simulation.finished
    assert not simulation.attempts
    assert simulation.records.history.counts[TrialState.STOPPED] == len(running)


@pytest.mark.parametrize("concurrency", [1, 10])
def test_passes_grow_with_the_number_of_trials_and_no_faster(concurrency: int) -> None:
    short, long = (simulated(group(numRuns=n, concurrency=concurrency), duration="u") for n in (50, 200))

    assert long.passes < 4.4 * short.passes
