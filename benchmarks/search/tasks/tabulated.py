"""Tasks of real models on the data sets that come with scikit-learn. What each figure is, ``tabulate`` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.search.tasks.axes import Axis, choice, geomspace, linspace, log, uniform, whole
from benchmarks.search.tasks.grids import Grid
from benchmarks.search.tasks.task import Curves, Params, Task

EPOCHS = 81
"""Of a whole training in the tables with learning curves: three to the power of four, for rungs by thirds."""

SVM_DIGITS = Grid(
    "svm-digits",
    {
        "kernel": choice(["rbf", "poly", "sigmoid"]),
        "C": log(1e-3, 1e4),
        "gamma": log(1e-5, 1e1),
        "degree": whole(2, 4),
    },
    {"C": 11, "gamma": 12},
)
FOREST_DIGITS = Grid(
    "forest-digits",
    {
        "trees": geomspace(5, 80, 5),
        "depth": whole(2, 16, 2),
        "features": uniform(0.02, 0.8),
        "leaf": whole(1, 13, 3),
        "criterion": choice(["gini", "entropy"]),
    },
    {"features": 6},
)
BOOSTING_DIABETES = Grid(
    "boosting-diabetes",
    {
        "learning_rate": log(0.005, 1.0),
        "leaves": geomspace(2, 32, 5),
        "l2": log(1e-3, 1e2),
        "min_leaf": whole(5, 50, 15),
    },
    {"learning_rate": 8, "l2": 4},
    epochs=True,
)
MLP_DIGITS = Grid(
    "mlp-digits",
    {
        "learning_rate": log(1e-4, 1e0),
        "alpha": log(1e-6, 1e1),
        "width": geomspace(8, 64, 4),
        "batch": geomspace(16, 128, 4),
        "activation": choice(["relu", "tanh"]),
    },
    {"learning_rate": 8, "alpha": 3},
    epochs=True,
)
SGD_DIGITS = Grid(
    "sgd-digits",
    {
        "eta0": log(1e-4, 1e1),
        "alpha": log(1e-7, 1e-1),
        "schedule": choice(["constant", "invscaling", "optimal"]),
        "penalty": choice(["l2", "l1"]),
        "average": choice([False, True]),
    },
    {"eta0": 8, "alpha": 5},
    epochs=True,
)
KNN_WINE = Grid(
    "knn-wine",
    {
        "neighbours": whole(1, 40),
        "weights": choice(["uniform", "distance"]),
        "power": linspace(1.0, 4.0, 7),
        "scaler": choice(["none", "standard", "minmax", "robust"]),
        "components": whole(2, 13),
    },
)
SGD_CANCER = Grid(
    "sgd-cancer",
    {
        "alpha": log(1e-7, 1e0),
        "eta0": log(1e-4, 1e1),
        "schedule": choice(["optimal", "constant", "invscaling", "adaptive"]),
        "power_t": linspace(0.1, 0.9, 3),
        "penalty": choice(["l2", "l1", "elasticnet"]),
        "l1_ratio": linspace(0.05, 0.95, 4),
        "average": choice([False, True]),
    },
    {"alpha": 8, "eta0": 7},
)
ELASTIC_DIABETES = Grid(
    "elastic-diabetes",
    {
        "alpha": log(1e-4, 1e1),
        "l1_ratio": uniform(0.01, 1.0),
        "degree": whole(1, 2),
        "features": whole(2, 10),
        "scaler": choice(["standard", "quantile", "minmax"]),
        "log_target": choice([False, True]),
    },
    {"alpha": 18, "l1_ratio": 7},
)
MLP_DIABETES = Grid(
    "mlp-diabetes",
    {
        "learning_rate": log(1e-4, 3e0),
        "momentum": uniform(0.0, 0.99),
        "width": geomspace(4, 64, 5),
        "alpha": log(1e-5, 1e1),
        "activation": choice(["relu", "tanh"]),
    },
    {"learning_rate": 10, "momentum": 5, "alpha": 4},
)
_COMPONENTS = {"components": geomspace(4, 64, 5)}
PIPELINE_DIGITS = {
    "svm": Grid(
        "pipeline-digits",
        _COMPONENTS | {"svm_C": log(1e-2, 1e3), "svm_gamma": log(1e-5, 1e0)},
        {"svm_C": 8, "svm_gamma": 8},
        "svm",
    ),
    "forest": Grid(
        "pipeline-digits",
        _COMPONENTS
        | {
            "forest_depth": whole(2, 14, 3),
            "forest_features": uniform(0.05, 0.95),
            "forest_leaf": whole(1, 9, 2),
        },
        {"forest_features": 5},
        "forest",
    ),
    "neighbours": Grid(
        "pipeline-digits",
        _COMPONENTS
        | {"k": whole(1, 25), "k_weights": choice(["uniform", "distance"]), "k_power": linspace(1.0, 3.0, 5)},
        {},
        "neighbours",
    ),
    "logistic": Grid(
        "pipeline-digits",
        _COMPONENTS | {"logistic_C": log(1e-4, 1e3)},
        {"logistic_C": 15},
        "logistic",
    ),
}

GRIDS = (
    SVM_DIGITS,
    FOREST_DIGITS,
    BOOSTING_DIABETES,
    MLP_DIGITS,
    SGD_DIGITS,
    KNN_WINE,
    SGD_CANCER,
    ELASTIC_DIABETES,
    MLP_DIABETES,
    *PIPELINE_DIGITS.values(),
)


def _declared(axes: Mapping[str, Axis]) -> dict[str, Any]:
    return {name: axis.raw for name, axis in axes.items()}


def _whole(grid: Grid, what: str, *, quick: bool = False) -> Task:
    return Task(grid.file, "table", _declared(grid.axes), grid.loss, grid.best, what, quick)


def _trained(grid: Grid, what: str) -> Task:
    """The loss after the last epoch."""
    best = float(grid.losses[..., -1].min())
    return Task(grid.file, "table", _declared(grid.axes), lambda p: grid.loss(p, EPOCHS), best, what)


def _boosting() -> Task:
    iterations = whole(3, EPOCHS, 3)
    best = float(BOOSTING_DIABETES.losses[..., 2::3].min())
    return Task(
        "boosting-diabetes",
        "table",
        _declared({**BOOSTING_DIABETES.axes, "iterations": iterations}),
        lambda p: BOOSTING_DIABETES.loss(p, p["iterations"]),
        best,
        "histogram gradient boosting of 442 patients",
    )


def _pipeline() -> Task:
    params: dict[str, Any] = {"classifier": choice(list(PIPELINE_DIGITS)).raw}
    for classifier, grid in PIPELINE_DIGITS.items():
        for name, axis in grid.axes.items():
            shared = name in _COMPONENTS
            params[name] = axis.raw if shared else {**axis.raw, "when": {"classifier": [classifier]}}

    def loss(point: Params) -> float | None:
        return PIPELINE_DIGITS[point["classifier"]].loss(point)

    best = min(grid.best for grid in PIPELINE_DIGITS.values())
    what = "which of four classifiers of 500 digits, and its own parameters, each declared with `when`"
    return Task("pipeline-digits", "table", params, loss, best, what, quick=True)


def _curves(grid: Grid, what: str) -> Task:
    return Task(
        f"{grid.file}-curves",
        "curves",
        _declared(grid.axes),
        lambda p: grid.loss(p, EPOCHS),
        grid.best,
        what,
        curves=Curves(grid.loss, EPOCHS),
    )


def tasks() -> tuple[Task, ...]:
    """All tasks that have a table."""
    return (
        _whole(SVM_DIGITS, "a support vector machine of 900 digits; `degree` is one kernel's, undeclared"),
        _whole(FOREST_DIGITS, "a random forest of 700 digits"),
        _boosting(),
        _trained(MLP_DIGITS, "a network of 400 digits after 81 epochs"),
        _whole(KNN_WINE, "nearest neighbours of 178 wines, scaled and turned"),
        _whole(
            SGD_CANCER,
            "a linear model of 569 tumours; which parameters matter is a choice's, undeclared",
            quick=True,
        ),
        _whole(ELASTIC_DIABETES, "an elastic net of 442 patients"),
        _whole(MLP_DIABETES, "a network of 442 patients; a share of its trainings diverges and fails"),
        _pipeline(),
    )


def curve_tasks() -> tuple[Task, ...]:
    """All tasks that have a table of learning curves."""
    return (
        _curves(MLP_DIGITS, "a network of 400 digits, epoch by epoch"),
        _curves(SGD_DIGITS, "a linear model of 400 digits, epoch by epoch"),
        _curves(BOOSTING_DIABETES, "histogram gradient boosting of 442 patients, iteration by iteration"),
    )
