"""Tables of models of numbers: elastic nets, boosted trees after each iteration, networks that may diverge."""

from __future__ import annotations

import warnings
from itertools import product
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import ElasticNet
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, QuantileTransformer, StandardScaler

from benchmarks.search.tabulate.classifiers import points
from benchmarks.search.tabulate.data import Array, deviation, diabetes, folds
from benchmarks.search.tasks.grids import Grid
from benchmarks.search.tasks.tabulated import EPOCHS


def elastic_diabetes(grid: Grid) -> Array:
    """442 patients, 5 folds: the best features, scaled, with or without their products, then an elastic net."""
    parts = list(folds(*diabetes(), 5, numbers=True))
    values = grid.values
    table = np.zeros(grid.shape)
    scalers: dict[str, Any] = {
        "standard": StandardScaler(),
        "minmax": MinMaxScaler((-1, 1)),
        "quantile": QuantileTransformer(n_quantiles=50, output_distribution="normal"),
    }
    names = ("degree", "features", "scaler", "log_target")
    for (d, degree), (k, features), (s, scaler), (t, log_target) in product(
        *(enumerate(values[n]) for n in names)
    ):
        for x, y, at, of in parts:
            pick = SelectKBest(f_regression, k=features).fit(x, y)
            scaled = scalers[scaler].fit(pick.transform(x))
            powers = PolynomialFeatures(degree, include_bias=False)
            train = powers.fit_transform(scaled.transform(pick.transform(x)))
            judge = powers.transform(scaled.transform(pick.transform(at)))
            target = np.log(y + 3) if log_target else y
            for r, ratio in enumerate(values["l1_ratio"]):
                net = ElasticNet(l1_ratio=ratio, warm_start=True, max_iter=300, tol=1e-3)
                for a in reversed(range(len(values["alpha"]))):
                    told = net.set_params(alpha=values["alpha"][a]).fit(train, target).predict(judge)
                    guess = np.exp(np.clip(told, -5, 5)) - 3 if log_target else told
                    table[a, r, d, k, s, t] += deviation(guess, of) / len(parts)
    return table


def boosting_diabetes(grid: Grid) -> Array:
    """442 patients, 3 folds, after each of 81 iterations."""
    parts = list(folds(*diabetes(), 3, numbers=True))
    table = np.zeros((*grid.shape, EPOCHS))
    for index, p in points(grid):
        for x, y, at, of in parts:
            model = HistGradientBoostingRegressor(
                learning_rate=p["learning_rate"],
                max_iter=EPOCHS,
                max_leaf_nodes=p["leaves"],
                l2_regularization=p["l2"],
                min_samples_leaf=p["min_leaf"],
                max_bins=32,
                early_stopping=False,
                random_state=1,
            ).fit(x, y)
            table[index] += [deviation(told, of) / len(parts) for told in model.staged_predict(at)]
    return table


def mlp_diabetes(grid: Grid) -> Array:
    """442 patients, 2 folds, 20 epochs of plain gradient descent; NaN where the weights overflow."""
    parts = list(folds(*diabetes(), 2, numbers=True))
    table = np.empty(grid.shape)
    for index, p in points(grid):
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                table[index] = np.mean([_network(p, *part) for part in parts])
        except ValueError:  # so says scikit-learn of weights that are no longer finite
            table[index] = np.nan
    return table


def _network(p: dict[str, Any], x: Array, y: Array, at: Array, of: Array) -> float:
    network = MLPRegressor(
        hidden_layer_sizes=(p["width"],),
        activation=p["activation"],
        solver="sgd",
        alpha=p["alpha"],
        batch_size=32,
        learning_rate_init=p["learning_rate"],
        momentum=p["momentum"],
        max_iter=20,
        tol=0,
        n_iter_no_change=100,
        random_state=1,
    ).fit(x, y)
    loss = deviation(network.predict(at), of)
    return loss if loss < 1e3 else np.nan
