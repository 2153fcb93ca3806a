"""Tasks by formula: shifted and rotated, with real, whole, logarithmic and listed parameters, of 2 to 20 dimensions.

An optimum is written as the values of the parameters, so that it lies in the space even where that is a grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.search.tasks import functions as f
from benchmarks.search.tasks.axes import (
    Axis,
    choice,
    geomspace,
    linspace,
    log,
    lognormal,
    normal,
    pchoice,
    qlog,
    quniform,
    uniform,
    whole,
)
from benchmarks.search.tasks.task import Params, Task

Function = Callable[[f.Vector], float]


def units(axes: Mapping[str, Axis], params: Params) -> f.Vector:
    """A configuration's place in the unit cube."""
    return np.array([axis.unit(params[name]) for name, axis in axes.items()])


def landscape(
    axes: Mapping[str, Axis], optimum: Params, function: Function, width: float, seed: int | None
) -> Callable[[Params], float]:
    """A function laid over a space with its minimum at the optimum, the unit cube ``width`` wide.

    seed: of the rotation around the optimum, None for none.
    """
    centre = units(axes, optimum)
    turn = np.eye(len(axes)) if seed is None else f.rotation(len(axes), seed)
    return lambda params: function(turn @ (units(axes, params) - centre) * width)


def declared(axes: Mapping[str, Axis]) -> dict[str, Any]:
    """The ``params`` of a matrix."""
    return {name: axis.raw for name, axis in axes.items()}


def _turned(
    name: str,
    axes: Mapping[str, Axis],
    optimum: Params,
    function: Function,
    width: float,
    seed: int | None,
    *,
    quick: bool = False,
    squeezed: bool = False,
) -> Task:
    """squeezed: the logarithm of 1 + loss, as losses that span many orders of magnitude are reported."""
    loss = landscape(axes, optimum, function, width, seed)
    objective = (lambda params: math.log1p(loss(params))) if squeezed else loss
    turned = "shifted" if seed is None else "shifted and rotated"
    source = f"{function.__name__} in {len(axes)} dimensions, {turned}"
    return Task(name, "synthetic", declared(axes), objective, 0.0, source, quick)


def _branin() -> Task:
    axes = {"learning_rate": log(1e-5, 1e-1), "dropout": uniform(0.0, 0.6)}
    return Task(
        "branin2",
        "synthetic",
        declared(axes),
        lambda params: f.branin(units(axes, params)),
        f.BRANIN_BEST,
        "branin in 2 dimensions, one of them logarithmic",
    )


def _hartmann() -> Task:
    axes = {
        "learning_rate": log(1e-4, 1e0),
        "weight_decay": log(1e-6, 1e-2),
        "dropout": uniform(0, 0.8),
        "momentum": uniform(0.5, 1.0),
        "smoothing": uniform(0, 0.3),
        "warmup": uniform(0, 2000),
    }
    return Task(
        "hartmann6",
        "synthetic",
        declared(axes),
        lambda params: f.hartmann6(units(axes, params)),
        f.HARTMANN6_BEST,
        "hartmann6, two dimensions of it logarithmic",
        quick=True,
    )


def _rosenbrock() -> Task:
    axes = {
        "a": uniform(-2, 2),
        "b": log(1e-3, 1e1),
        "c": uniform(0, 1),
        "d": log(1e0, 1e4),
        "e": uniform(-50, 50),
    }
    optimum = {"a": 0.44, "b": 0.031, "c": 0.62, "d": 640.0, "e": -11.0}
    return _turned("rosenbrock5", axes, optimum, f.rosenbrock, 3.0, 11, quick=True, squeezed=True)


def _ackley() -> Task:
    axes = {f"x{i}": uniform(-5, 5) for i in range(8)} | {"lr": log(1e-5, 1), "l2": log(1e-7, 1e-1)}
    optimum = {f"x{i}": value for i, value in enumerate((1.3, -2.2, 0.4, 3.1, -0.9, -3.3, 2.0, 1.1))}
    return _turned("ackley10", axes, optimum | {"lr": 4e-4, "l2": 3e-5}, f.ackley, 12.0, 12)


def _levy() -> Task:
    axes = {
        "layers": whole(1, 8),
        "units": qlog(16, 1024, 1),
        "batch": geomspace(16, 512, 6),
        "dropout": linspace(0.0, 0.5, 11),
        "lr": log(1e-5, 1e-1),
        "decay": log(1e-6, 1e-1),
        "momentum": quniform(0.5, 1.0, 0.01),
        "epochs": whole(10, 100, 5),
    }
    optimum = {
        "layers": 7,
        "units": 48,
        "batch": 32,
        "dropout": 0.05,
        "lr": 2e-2,
        "decay": 1e-5,
        "momentum": 0.93,
        "epochs": 30,
    }
    return _turned("levy8-mixed", axes, optimum, f.levy, 12.0, None)


def _rastrigin() -> Task:
    axes = {"a": uniform(0, 1), "b": uniform(-3, 3), "c": log(1e-2, 1e2), "d": uniform(10, 20)}
    return _turned("rastrigin4", axes, {"a": 0.37, "b": 0.9, "c": 0.3, "d": 16.2}, f.rastrigin, 6.0, 14)


def _styblinski() -> Task:
    axes = {
        "trees": whole(10, 200, 10),
        "depth": whole(1, 20),
        "rate": geomspace(0.001, 1.0, 31),
        "share": linspace(0.1, 1.0, 19),
        "penalty": log(1e-8, 1e2),
        "leaf": qlog(1, 128, 1),
    }
    optimum = {
        "trees": 60,
        "depth": 6,
        "rate": 0.001 * 1000 ** (10 / 30),
        "share": 0.35,
        "penalty": 1e-5,
        "leaf": 5,
    }
    return _turned("styblinski6-grid", axes, optimum, f.styblinski, 8.0, None)


def _embedded() -> Task:
    """Five of twenty parameters carry nearly everything; the others shift the loss by little."""
    axes = {f"p{i:02}": log(1e-4, 1e2) if i % 5 == 3 else uniform(-1, 1) for i in range(20)}
    optimum = {
        name: 10.0 ** (2 * s - 1) if int(name[1:]) % 5 == 3 else s for name, s in _spread(axes).items()
    }
    main = tuple(axes)[1::4]
    strong = landscape({name: axes[name] for name in main}, optimum, f.griewank, 20.0, 18)
    weak = landscape({n: a for n, a in axes.items() if n not in main}, optimum, f.sphere, 0.2, None)
    return Task(
        "embedded20",
        "synthetic",
        declared(axes),
        lambda params: strong(params) + weak(params),
        0.0,
        "griewank, rotated, in 5 of 20 dimensions; the others add a hundredth of a bowl",
    )


def _spread(axes: Mapping[str, Axis]) -> dict[str, float]:
    return {name: round(math.sin(1 + 7 * i) * 0.7, 3) for i, name in enumerate(axes)}


def _expected() -> Task:
    axes = {
        "bias": normal(0, 1),
        "gain": lognormal(0, 0.7),
        "shift": normal(10, 4),
        "floor": lognormal(-3, 1),
        "mix": uniform(0, 1),
    }
    optimum = {"bias": 0.6, "gain": 0.5, "shift": 15.0, "floor": 0.12, "mix": 0.3}
    return _turned("ellipsoid5-normal", axes, optimum, f.ellipsoid, 4.0, 19, squeezed=True)


_OPTIMISERS = {"sgd": (0.3, 0.75, 0.0), "adam": (0.05, 0.45, -0.05), "rmsprop": (0.12, 0.4, 0.1)}
_OPTIMISERS |= {"adagrad": (0.25, 0.6, 0.25), "lion": (0.18, 0.3, 0.05)}
_SCHEDULES = {"constant": 0.12, "cosine": 0.0, "step": 0.05, "linear": 0.03}
_WIDTHS = {64: 0.3, 128: 0.1, 256: 0.0, 512: 0.06}


def _categories() -> Task:
    """Each optimiser has its own best learning rate; a batch norm that is off makes a large rate costly."""
    axes = {
        "optimizer": pchoice([(name, 0.4 if name == "adam" else 0.15) for name in _OPTIMISERS]),
        "schedule": choice(list(_SCHEDULES)),
        "batch_norm": choice([True, False]),
        "width": choice(list(_WIDTHS)),
        "learning_rate": log(1e-5, 1.0),
        "weight_decay": log(1e-7, 1e-1),
        "dropout": uniform(0, 0.7),
    }

    def objective(params: Params) -> float:
        _, at, floor = _OPTIMISERS[params["optimizer"]]
        rate, decay, dropout = (axes[n].unit(params[n]) for n in ("learning_rate", "weight_decay", "dropout"))
        curved = (
            6 * (rate - at) ** 2 + 2.5 * (decay - 0.55 + 0.6 * (rate - at)) ** 2 + 0.8 * (dropout - 0.3) ** 2
        )
        norm = 0.0 if params["batch_norm"] else 0.08 + 0.8 * max(0.0, rate - at + 0.1)
        return 0.1 + floor + _SCHEDULES[params["schedule"]] + _WIDTHS[params["width"]] + norm + curved

    return Task(
        "categories7",
        "synthetic",
        declared(axes),
        objective,
        0.05,
        "a made-up training: 4 categorical and 3 real parameters; the best learning rate is the optimiser's own",
    )


TASKS = (
    _branin(),
    _hartmann(),
    _rosenbrock(),
    _ackley(),
    _levy(),
    _rastrigin(),
    _styblinski(),
    _embedded(),
    _expected(),
    _categories(),
)
