"""Small searches for simulations: ``simulated(num_runs=20, objective="x")``."""

from __future__ import annotations

from typing import Any

from leadline.reconcile.observed import Group
from leadline.reconcile.parse import parse_group
from leadline.simulate.body import Simulation
from leadline.simulate.world import Formulas, WrittenWorld

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
