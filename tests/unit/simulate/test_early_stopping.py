"""Whole searches with stopping rules, through every step of ``decide``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leadline.api.early_stopping import EarlyStopping
from leadline.api.names import FINAL_STATES
from leadline.reconcile.observed import Group
from leadline.search.stopping.errors import StoppingRuleError
from plugins.install import GOOD_RULES, RULES, install_here
from unit.simulate.searches import Crashing, Recorded, group

FALLING: dict[str, Any] = {"objective": "batch / 100 + 1 / report", "reports": "10", "duration": "100"}
"""Of three sizes of a batch the smallest is best at every report."""


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_here(monkeypatch, tmp_path / "site", RULES, GOOD_RULES)


def searched(name: str = "behind", **matrix: Any) -> Group:
    """20 trials, 4 at once, looked at after 2, 5 and 8 of their 10 reports."""
    rule = {
        "kind": "custom_early_stopping",
        "entryPoint": name,
        "evaluationInterval": 3,
        "minInterval": 2,
        "settings": {"limit": 1.0},
    }
    return group(**{"earlyStopping": [rule], "numRuns": 20, **matrix})


def test_trials_that_fall_behind_are_ended_while_they_run() -> None:
    simulation = Recorded(searched(), **FALLING)
    simulation.run()
    status = simulation.records.group.status
    assert (status.state, status.progress) == ("Succeeded", "20/20")
    stopped = {n: trial for n, trial in simulation.stored.items() if trial.status.state == "Stopped"}
    assert len(stopped) == status.counts.stopped >= 5
    for trial in stopped.values():
        assert trial.spec.params["batch"] > 16
        assert trial.status.reason == "StoppedEarly"
        assert trial.status.message.startswith("behind, after ")
        assert [result.outcome for result in trial.status.results[-2:]] == ["succeeded", "stopped"]
        assert trial.status.results[-1].resource is None
    for trial in simulation.stored.values():
        assert trial.spec.rungs[:3] == (2, 5, 8)
        assert trial.status.attempt == 1
        if trial.status.state == "Succeeded":
            assert [result.resource for result in trial.status.results] == [2, 5, 8, None]
            assert trial.status.value == pytest.approx(trial.spec.params["batch"] / 100 + 1 / 10)
    assert status.best is not None
    assert status.best.params["batch"] == 16


def test_time_is_saved() -> None:
    plain, stopping = Recorded(searched(earlyStopping=[]), **FALLING), Recorded(searched(), **FALLING)
    for simulation in (plain, stopping):
        simulation.run()
    assert stopping.now - stopping.records.group.created < 0.8 * (plain.now - plain.records.group.created)
    best = [simulation.records.group.status.best for simulation in (plain, stopping)]
    assert best[0] == best[1]


@pytest.mark.parametrize("seed", range(6))
def test_a_crash_at_any_moment_keeps_every_stop(seed: int) -> None:
    simulation = Crashing(searched(numRuns=40), 0.2, seed, **FALLING)
    simulation.run()
    assert simulation.crashes >= 3
    assert simulation.records.group.status.progress == "40/40"
    for trial in simulation.stored.values():
        assert trial.status.state in FINAL_STATES
        passed = [(result.resource, result.outcome) for result in trial.status.results]
        assert len(set(passed)) == len(passed), "no result is recorded twice"
        assert (trial.status.state == "Stopped") == (trial.status.reason == "StoppedEarly")
        assert trial.spec.params["batch"] > 16 or trial.status.state == "Succeeded"
    assert simulation.records.group.status.counts.stopped >= 10


def edited(simulation: Recorded, *rules: EarlyStopping) -> None:
    """Give the running group other rules."""
    known = simulation.records.group
    assert known.spec is not None
    matrix = replace(known.spec.matrix, early_stopping=rules)
    simulation.records.put_group(
        replace(known, spec=replace(known.spec, matrix=matrix), generation=known.generation + 1)
    )


@pytest.mark.parametrize("kind", ["random", "tpe"])
def test_rules_may_go_while_trials_run(kind: str) -> None:
    simulation = Recorded(searched(kind=kind), **FALLING)
    while simulation.records.group.status.next < 12:
        simulation.tick()
    gone = simulation.records.group.status.counts.stopped
    edited(simulation)
    simulation.run()
    status = simulation.records.group.status
    assert (status.state, status.progress) == ("Succeeded", "20/20")
    assert status.counts.stopped <= gone + 4
    assert all(trial.spec.rungs == () for number, trial in simulation.stored.items() if number >= 12)
    known = [trial.spec.origin.get("history", 0) for trial in simulation.stored.values()]
    assert max(known) <= 19, (
        "what was told on the way is no result, not even when nobody looks at it any more"
    )


def test_rules_may_come_while_trials_run() -> None:
    simulation = Recorded(searched(earlyStopping=[]), **FALLING)
    while simulation.records.group.status.next < 8:
        simulation.tick()
    edited(simulation, EarlyStopping("custom_early_stopping", "behind", evaluation_interval=2))
    simulation.run()
    states = {number: trial.status.state for number, trial in simulation.stored.items()}
    assert {states[number] for number in range(8)} == {"Succeeded"}
    assert simulation.records.group.status.counts.stopped >= 3


def test_a_rule_that_is_not_there_is_told_of_and_nothing_starts() -> None:
    simulation = Recorded(searched("patience"), **FALLING)
    with pytest.raises(StoppingRuleError, match="no stopping rule named 'patience' is installed"):
        simulation.run()
    assert simulation.records.group.status.next == 0
