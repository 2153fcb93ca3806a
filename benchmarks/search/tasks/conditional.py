"""Tasks by formula in which parameters matter only sometimes, declared or not, or a part of the space fails."""

from __future__ import annotations

from typing import Any

from benchmarks.search.tasks import functions as f
from benchmarks.search.tasks.axes import choice, log, qlog, uniform, whole
from benchmarks.search.tasks.synthetic import declared, units
from benchmarks.search.tasks.task import Params, Task


def _layers() -> Task:
    """A made-up network of one to three layers: a layer's width and dropout exist only where the layer does."""
    widths = {f"width{i}": qlog(8, 1024, 1) for i in (1, 2, 3)}
    drops = {f"dropout{i}": uniform(0, 0.6) for i in (1, 2, 3)}
    rate, norm = log(1e-5, 1e-1), uniform(0.8, 0.999)
    params: dict[str, Any] = {
        "layers": whole(1, 3).raw,
        **declared(widths),
        **declared(drops),
        "learning_rate": rate.raw,
        "batch_norm": choice([True, False]).raw,
        "norm_momentum": {**norm.raw, "when": {"batch_norm": [True]}},
    }
    for i, layers in ((2, [2, 3]), (3, [3])):
        params[f"width{i}"] = {**params[f"width{i}"], "when": {"layers": layers}}
        params[f"dropout{i}"] = {**params[f"dropout{i}"], "when": {"layers": layers}}
    floors = {1: 0.30, 2: 0.10, 3: 0.05}
    rates = {1: 0.75, 2: 0.6, 3: 0.45}
    at = {"width1": 0.7, "width2": 0.5, "width3": 0.3, "dropout1": 0.2, "dropout2": 0.45, "dropout3": 0.6}
    best_widths = {name: 8 * 128.0 ** at[name] for name in widths}
    # Widths are whole: the best ones are the nearest there are.
    at |= {name: widths[name].unit(round(width)) for name, width in best_widths.items()}

    def objective(p: Params) -> float:
        n = p["layers"]
        loss = floors[n] + 4 * (rate.unit(p["learning_rate"]) - rates[n]) ** 2
        for i in range(1, n + 1):
            width, drop = f"width{i}", f"dropout{i}"
            loss += 1.2 * (widths[width].unit(p[width]) - at[width]) ** 2
            loss += 0.5 * (drops[drop].unit(p[drop]) - at[drop]) ** 2
        if p["batch_norm"]:
            return loss + 0.15 * (norm.unit(p["norm_momentum"]) - 0.6) ** 2
        return loss + 0.06

    what = "a made-up network; widths and dropouts of layers that are not there are inactive, by `when`"
    return Task("layers10", "synthetic", params, objective, floors[3], what)


def _relevance() -> Task:
    """Each optimiser reads parameters of its own and ignores the others', and nobody says so."""
    axes = {
        "optimizer": choice(["sgd", "adam", "lbfgs"]),
        "learning_rate": log(1e-5, 1e0),
        "momentum": uniform(0, 0.99),
        "beta1": uniform(0.5, 0.99),
        "epsilon": log(1e-9, 1e-2),
        "memory": whole(3, 40),
        "weight_decay": log(1e-7, 1e-1),
    }

    def objective(p: Params) -> float:
        u = {name: axis.unit(p[name]) for name, axis in axes.items()}
        shared = 1.5 * (u["weight_decay"] - 0.4) ** 2
        if p["optimizer"] == "sgd":
            # Momentum makes steps longer, so less of a learning rate will do.
            own = (
                5 * (u["learning_rate"] + 0.35 * u["momentum"] - 0.85) ** 2 + 1.2 * (u["momentum"] - 0.8) ** 2
            )
            return 0.08 + own + shared
        if p["optimizer"] == "adam":
            own = 4 * (u["learning_rate"] - 0.5) ** 2 + 0.7 * (u["beta1"] - 0.7) ** 2
            return 0.12 + own + 0.4 * (u["epsilon"] - 0.3) ** 2 + shared
        return 0.2 + 0.5 * (u["memory"] - 27 / 37) ** 2 + shared

    what = "a made-up training; an optimiser ignores the others' parameters, undeclared"
    return Task("relevance7", "synthetic", declared(axes), objective, 0.08, what)


def _cliff() -> Task:
    """The best point lies beside the region that fails: some 30% of the space, where rate and depth are both large."""
    axes = {
        "rate": log(1e-4, 1e1),
        "depth": whole(2, 40),
        "clip": uniform(0.1, 5),
        "width": qlog(16, 2048, 1),
        "decay": log(1e-6, 1e-1),
    }
    at = {"rate": 2.5, "depth": 10, "clip": 0.7, "width": 33, "decay": 1e-2}
    centre = units(axes, at)
    turn = f.rotation(len(axes), 31)

    def objective(p: Params) -> float | None:
        u = units(axes, p)
        if u[0] + 0.7 * u[1] - 0.15 * (1 - u[2]) > 0.95:
            return None
        return f.levy(turn @ (u - centre) * 9)

    what = "levy in 5 dimensions, rotated; about a third of the space fails, right beside the best point"
    return Task("cliff5", "synthetic", declared(axes), objective, 0.0, what)


TASKS = (_layers(), _relevance(), _cliff())
