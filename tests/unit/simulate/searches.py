"""Small searches for simulations: ``simulated(num_runs=20, objective="x")``."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any, Final

from leadline.reconcile.observed import Group, Trial
from leadline.reconcile.parse import parse_group
from leadline.reconcile.plan import Plan
from leadline.reconcile.records import Records
from leadline.simulate.body import Simulation
from leadline.simulate.world import Formulas, WrittenWorld

OBJECTIVE: Final = "(log10(lr) + 2) ** 2 + batch / 100 + 1 / epochs"
"""Of searches by rungs."""
SPACE = {
    "lr": {"kind": "loguniform", "value": {"min": 0.0001, "max": 0.1}},
    "batch": {"kind": "choice", "value": [16, 32, 64]},
}


def group(**matrix: Any) -> Group:
    """A random search of 10 trials, 4 at once; ``matrix`` replaces fields, ``spec`` adds some to the spec."""
    spec = matrix.pop("spec", {})
    matrix = {
        "kind": "random",
        "numRuns": 10,
        "concurrency": 4,
        "seed": 7,
        "metric": {"name": "loss", "optimization": "minimize"},
        "params": SPACE,
        **matrix,
    }
    container = {"name": "train", "image": "none:1", "args": ["--lr={{ lr }}", "--batch={{ batch }}"]}
    document = {
        "apiVersion": "leadline.dev/v1alpha1",
        "kind": "OptimizationGroup",
        "metadata": {"name": "g", "uid": "uid-g", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {
            "matrix": {key: value for key, value in matrix.items() if value is not None},
            "template": {"spec": {"containers": [container]}},
            **spec,
        },
    }
    found = parse_group(document)
    assert found.spec is not None, found.problems
    return found


def by_rungs(kind: str = "hyperband", **matrix: Any) -> Group:
    """A search by rungs up to 9 epochs: 17 trials, 9 + 5 + 3, of hyperband; ``numRuns`` of asha."""
    runs = matrix.pop("numRuns", 20 if kind == "asha" else None)
    resource = {"name": "epochs", "type": "int"}
    return group(kind=kind, numRuns=runs, maxIterations=9, resource=resource, **matrix)


def world(searched: Group, **formulas: Any) -> WrittenWorld:
    """The world of a search."""
    assert searched.spec is not None
    matrix = searched.spec.matrix
    formulas.setdefault("objective", "(log10(lr) + 2) ** 2 + batch / 100")
    resource = matrix.resource.name if matrix.resource is not None else ""
    return WrittenWorld(Formulas(**formulas), matrix.metric, SPACE, resource, bool(matrix.resume))


def simulated(searched: Group | None = None, **formulas: Any) -> Simulation:
    """A simulation that has run to its end."""
    searched = searched or group()
    simulation = Simulation(searched, world(searched, **formulas))
    simulation.run()
    return simulation


class Recorded(Simulation):
    """Keeps every trial as it was last written."""

    def __init__(self, searched: Group, **formulas: str) -> None:
        super().__init__(searched, world(searched, **{"objective": OBJECTIVE, **formulas}))
        self.stored: dict[int, Trial] = {}
        self.trial_writes = 0

    def apply(self, plan: Plan) -> None:
        """Carry it out, and look."""
        self.trial_writes += len(plan.trial_writes)
        before = dict(self.records.trials)
        super().apply(plan)
        self.stored |= self.records.trials
        for write in plan.trial_writes:
            self.stored[write.number] = replace(
                before.get(write.number, self.stored[write.number]), status=write.status
            )

    def reached(self) -> set[tuple[int, float | int | None, float | None]]:
        """(trial, resource, value) of every good result."""
        return {
            (number, result.resource, result.value)
            for number, trial in self.stored.items()
            for result in trial.status.results
            if result.outcome == "succeeded"
        }


class Crashing(Recorded):
    """Dies after any write, and starts again from what is stored; looks for lost attempts as in a cluster."""

    def __init__(self, searched: Group, chance: float, seed: int, **formulas: str) -> None:
        super().__init__(searched, **formulas)
        self._chance, self._random = chance, random.Random(seed)
        self.crashes = 0

    def tick(self) -> bool:
        """One pass, or a live read of what is missing."""
        missing = self.decide().confirm_attempts
        self.records.lost |= missing - self.attempts.keys()
        return bool(missing) or super().tick()

    def apply(self, plan: Plan) -> None:
        """Carry out some of it, then perhaps die."""
        if self._random.random() >= self._chance:
            super().apply(plan)
            return
        kept = self._random.randint(0, len(plan.trial_writes))
        steps = self._random.randint(0, 4)
        done = Plan(
            trial_writes=plan.trial_writes if steps else plan.trial_writes[:kept],
            status=plan.status if steps > 0 else None,
            launches=plan.launches if steps > 1 else (),
            releases=plan.releases if steps > 2 else (),
            ends=plan.ends if steps > 3 else (),
        )
        super().apply(done)
        self.crashes += 1
        records = Records(self.records.group, live=True, make=self.records.make)
        records.load(self.stored.values())
        self.records = records
