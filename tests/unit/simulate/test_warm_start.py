"""Whole searches that are told something before they begin, from the spec to the trials."""

from __future__ import annotations

from typing import Any

import pytest

from leadline.api.names import TrialState
from leadline.reconcile.observed import Group, Trial
from leadline.reconcile.plan import Plan
from leadline.simulate.body import Simulation
from unit.simulate.searches import by_rungs, group, world

FIRST: list[dict[str, Any]] = [
    {"params": {"lr": 0.05, "batch": 64}},
    {"params": {"lr": 0.0001, "batch": 16}, "value": 2.5},
    {"params": {"lr": 0.01, "batch": 16}},
]


class Recorded(Simulation):
    """Keeps every trial as it was created."""

    def __init__(self, searched: Group, **formulas: str) -> None:
        super().__init__(searched, world(searched, **formulas))
        self.made: dict[int, Trial] = {}

    def apply(self, plan: Plan) -> None:
        """Carry it out, and look."""
        super().apply(plan)
        self.made |= {
            number: trial for number, trial in self.records.trials.items() if number not in self.made
        }


def run(searched: Group, **formulas: str) -> Recorded:
    simulation = Recorded(searched, **formulas)
    simulation.run()
    return simulation


@pytest.mark.parametrize("kind", ["random", "sobol", "tpe", "bayes", "auto", "hyperopt", "asha", "hyperband"])
def test_points_without_a_value_are_the_first_trials(kind: str) -> None:
    warm = {"points": FIRST}
    if kind in ("asha", "hyperband"):
        searched = by_rungs(kind, sampler="tpe", spec={"warmStart": warm})
        formulas = {"objective": "(log10(lr) + 2) ** 2 + batch / 100 + 1 / epochs"}
    else:
        fields = {"numInitialRuns": 4, "maxIterations": 6, "numRuns": None} if kind == "bayes" else {}
        searched = group(kind=kind, spec={"warmStart": warm}, **fields)
        formulas = {}
    done = run(searched, **formulas)
    status = done.records.group.status
    assert status.state == "Succeeded"
    assert status.total == len(done.made)
    assert done.made[0].spec.params == {"batch": 64, "lr": 0.05}
    assert done.made[1].spec.params == {"batch": 16, "lr": 0.01}
    assert done.made[0].spec.origin["phase"] == "given"
    points = [tuple(sorted(trial.spec.params.items())) for trial in done.made.values()]
    assert len(set(points)) == len(points)
    assert all(trial.status.state in ("", *TrialState) for trial in done.made.values())


def test_a_search_that_learns_has_seen_the_results_it_was_told() -> None:
    done = run(group(kind="tpe", spec={"warmStart": {"points": FIRST}}))
    assert done.made[2].spec.origin["history"] == done.made[2].spec.history + 1
