"""Tasks by formula with a loss after every epoch: curves that cross, and curves that turn up again."""

from __future__ import annotations

import math

from benchmarks.search.tasks import functions as f
from benchmarks.search.tasks.axes import choice, geomspace, log, uniform
from benchmarks.search.tasks.synthetic import declared, landscape
from benchmarks.search.tasks.task import Curves, Params, Task, scattered

EPOCHS = 81
CHANCE = 2.0
"""The loss before any training, which tells nothing of the end."""


def _power() -> Task:
    """Power laws: what learns slowly ends lower, within limits."""
    axes = {
        "learning_rate": log(1e-4, 1e0),
        "weight_decay": log(1e-6, 1e-1),
        "dropout": uniform(0, 0.7),
        "width": geomspace(16, 1024, 7),
        "warmup": uniform(0, 1),
        "optimizer": choice(["sgd", "adam", "rmsprop"]),
    }
    numbers = {name: axis for name, axis in axes.items() if name != "optimizer"}
    at = {"learning_rate": 0.004, "weight_decay": 2e-4, "dropout": 0.25, "width": 256, "warmup": 0.4}
    end = landscape(numbers, at, f.levy, 5.0, 41)
    floors = {"sgd": 0.0, "adam": 0.06, "rmsprop": 0.12}
    speeds = {"sgd": 0.5, "adam": 1.2, "rmsprop": 0.9}

    def loss(p: Params, epoch: int) -> float:
        final = floors[p["optimizer"]] + 0.25 * math.log1p(end(p))
        rate = speeds[p["optimizer"]] * (0.3 + axes["learning_rate"].unit(p["learning_rate"]))
        left = math.expm1(rate * math.log(EPOCHS / epoch)) / math.expm1(rate * math.log(EPOCHS))
        noise = 0.05 * scattered(f"{sorted(p.items())} {epoch}") * (1 - epoch / EPOCHS)
        return final + (CHANCE - final) * left + noise

    return Task(
        "power6-curves",
        "curves",
        declared(axes),
        lambda p: loss(p, EPOCHS),
        0.0,
        "power laws towards a rotated levy; fast learners end higher, so that curves cross",
        curves=Curves(loss, EPOCHS),
    )


def _overfit() -> Task:
    """The loss falls to an epoch of its own and rises from there: more regularisation, later and lower."""
    axes = {
        "learning_rate": log(1e-4, 1e0),
        "weight_decay": log(1e-6, 1e0),
        "dropout": uniform(0, 0.8),
        "augmentation": uniform(0, 1),
    }
    at = {"learning_rate": 0.01, "weight_decay": 3e-3, "dropout": 0.4, "augmentation": 0.6}
    floor = landscape(axes, at, f.ellipsoid, 1.0, 43)

    def loss(p: Params, epoch: int) -> float:
        u = {name: axis.unit(p[name]) for name, axis in axes.items()}
        late = 1.2 - 1.1 * u["learning_rate"] + 0.5 * u["weight_decay"] * u["dropout"]
        turning = math.exp(math.log(EPOCHS) * min(max(late, 0.45), 1.0))
        return 0.2 * math.log1p(floor(p)) + 0.04 * math.log(epoch / turning) ** 2

    return Task(
        "overfit4-curves",
        "curves",
        declared(axes),
        lambda p: loss(p, EPOCHS),
        0.0,
        "curves that turn up again at an epoch of their own",
        curves=Curves(loss, EPOCHS),
    )


TASKS = (_power(), _overfit())
