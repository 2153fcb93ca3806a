"""Tables of classifiers on the whole of their parameters' grids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC

from benchmarks.search.tabulate.data import Array, Fold, Labels, cancer, digits, folds, wine, wrong
from benchmarks.search.tasks.grids import Grid


def points(grid: Grid) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    """Every index of a grid with its configuration."""
    for index in np.ndindex(*grid.shape):
        yield index, {name: values[i] for i, (name, values) in zip(index, grid.values.items(), strict=True)}


def tabulated(
    grid: Grid, loss: Callable[[dict[str, Any]], float], relevant: Callable[[dict[str, Any]], Any]
) -> Array:
    """The loss of every point; points that agree in what is relevant are evaluated once."""
    known: dict[Any, float] = {}
    table = np.empty(grid.shape)
    for index, params in points(grid):
        key = relevant(params)
        if key not in known:
            known[key] = loss(params)
        table[index] = known[key]
    return table


def mean_wrong(parts: list[Fold], model: Callable[[], Any]) -> float:
    """A model's share of wrong classes over folds."""
    return float(np.mean([wrong(model().fit(x, y).predict(at), of) for x, y, at, of in parts]))


def svm_digits(grid: Grid) -> Array:
    """900 digits, 3 folds. The degree matters to one kernel only."""
    parts = list(folds(*digits(900), 3))

    def loss(p: dict[str, Any]) -> float:
        return mean_wrong(
            parts,
            lambda: SVC(C=p["C"], kernel=p["kernel"], gamma=p["gamma"], degree=p["degree"], max_iter=3000),
        )

    return tabulated(
        grid, loss, lambda p: (p["kernel"], p["C"], p["gamma"], p["degree"] if p["kernel"] == "poly" else 0)
    )


def forest_digits(grid: Grid) -> Array:
    """700 digits, 2 folds; smaller forests are the first trees of the largest."""
    parts = list(folds(*digits(700), 2))
    sizes = grid.values["trees"]
    table = np.empty(grid.shape)
    for index, p in points(grid):
        if index[0]:
            continue
        found = [_forest(part, sizes, p["depth"], p["features"], p["leaf"], p["criterion"]) for part in parts]
        table[:, index[1], index[2], index[3], index[4]] = np.mean(found, axis=0)
    return table


def _forest(
    part: Fold, sizes: list[int], depth: int, features: float, leaf: int, criterion: str
) -> list[float]:
    x, y, at, of = part
    forest = RandomForestClassifier(
        max(sizes),
        criterion=criterion,
        max_depth=depth,
        max_features=features,
        min_samples_leaf=leaf,
        random_state=1,
    ).fit(x, y)
    shares = np.cumsum([tree.predict_proba(at) for tree in forest.estimators_], axis=0)
    return [wrong(forest.classes_[np.argmax(shares[size - 1], axis=1)], of) for size in sizes]


def knn_wine(grid: Grid) -> Array:
    """178 wines, 5 folds, four times with other folds."""
    data, labels = wine()
    parts = [part for seed in range(4) for part in folds(data, labels, 5, seed=seed)]
    scalers = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}
    table = np.zeros(grid.shape)
    for (s, scaler), (c, components) in product(
        enumerate(grid.values["scaler"]), enumerate(grid.values["components"])
    ):
        for x, y, at, of in parts:
            scaled = (x, at) if scaler == "none" else _transformed(scalers[scaler](), x, at)
            turned = _transformed(PCA(components, random_state=1), *scaled)
            for i, power in enumerate(grid.values["power"]):
                errors = neighbours(*turned, y, of, grid.values["neighbours"], power)
                table[:, :, i, s, c] += errors / len(parts)
    return table


def _transformed(transform: Any, x: Array, at: Array) -> tuple[Array, Array]:
    return transform.fit_transform(x), transform.transform(at)


def neighbours(x: Array, at: Array, y: Labels, of: Labels, numbers: list[int], power: float) -> Array:
    """The share of wrong classes by number of neighbours, equal or weighted by the inverse of their distance."""
    distances = cdist(at, x, "minkowski", p=power)
    order = np.argsort(distances, axis=1, kind="stable")[:, : max(numbers)]
    classes = np.eye(int(y.max()) + 1)[y[order]]
    near = 1 / np.maximum(np.take_along_axis(distances, order, axis=1), 1e-12)
    errors = np.empty((len(numbers), 2))
    for i, weights in enumerate((np.ones_like(near), near)):
        votes = np.cumsum(classes * weights[:, :, None], axis=1)
        errors[:, i] = [wrong(np.argmax(votes[:, number - 1], axis=1), of) for number in numbers]
    return errors


def sgd_cancer(grid: Grid) -> Array:
    """A linear model by gradient descent, 20 epochs, 569 tumours, 3 folds."""
    parts = list(folds(*cancer(), 3))

    def loss(p: dict[str, Any]) -> float:
        return mean_wrong(
            parts,
            lambda: SGDClassifier(
                loss="log_loss",
                penalty=p["penalty"],
                alpha=p["alpha"],
                l1_ratio=p["l1_ratio"],
                learning_rate=p["schedule"],
                eta0=p["eta0"],
                power_t=p["power_t"],
                average=p["average"],
                max_iter=20,
                tol=None,
                random_state=1,
            ),
        )

    def relevant(p: dict[str, Any]) -> Any:
        rate = () if p["schedule"] == "optimal" else (p["eta0"],)
        power = (p["power_t"],) if p["schedule"] == "invscaling" else ()
        ratio = (p["l1_ratio"],) if p["penalty"] == "elasticnet" else ()
        return p["schedule"], p["penalty"], p["alpha"], p["average"], rate, power, ratio

    return tabulated(grid, loss, relevant)


def pipeline_digits(grids: dict[str, Grid]) -> dict[str, Array]:
    """500 digits, 2 folds: principal components, then one of four classifiers."""
    parts = list(folds(*digits(500), 2))
    numbers = next(iter(grids.values())).values["components"]
    turned = {
        n: [(*_transformed(PCA(n, random_state=1), x, at), y, of) for x, y, at, of in parts] for n in numbers
    }

    def table(grid: Grid, model: Callable[[dict[str, Any]], Any]) -> Array:
        def loss(p: dict[str, Any]) -> float:
            return mean_wrong([(x, y, at, of) for x, at, y, of in turned[p["components"]]], lambda: model(p))

        return tabulated(grid, loss, lambda p: tuple(p.values()))

    near = np.empty(grids["neighbours"].shape)
    for (c, n), (i, power) in product(enumerate(numbers), enumerate(grids["neighbours"].values["k_power"])):
        errors = [
            neighbours(x, at, y, of, grids["neighbours"].values["k"], power) for x, at, y, of in turned[n]
        ]
        near[c, :, :, i] = np.mean(errors, axis=0)
    return {
        "svm": table(grids["svm"], lambda p: SVC(C=p["svm_C"], gamma=p["svm_gamma"], max_iter=3000)),
        "forest": table(
            grids["forest"],
            lambda p: RandomForestClassifier(
                30,
                max_depth=p["forest_depth"],
                max_features=p["forest_features"],
                min_samples_leaf=p["forest_leaf"],
                random_state=1,
            ),
        ),
        "neighbours": near,
        "logistic": table(grids["logistic"], lambda p: LogisticRegression(C=p["logistic_C"], max_iter=200)),
    }
