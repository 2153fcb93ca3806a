"""Tables of learning curves: the mean negative log likelihood of digits not trained on, after each of 81 epochs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier

from benchmarks.search.tabulate.classifiers import points
from benchmarks.search.tabulate.data import Array, Labels, digits, surprise
from benchmarks.search.tasks.grids import Grid
from benchmarks.search.tasks.tabulated import EPOCHS

TRAINED = 400
JUDGED = 600


def mlp_digits(grid: Grid) -> Array:
    """A network with one hidden layer, Adam."""
    table = np.empty((*grid.shape, EPOCHS))
    for index, p in points(grid):
        network = MLPClassifier(
            hidden_layer_sizes=(p["width"],),
            activation=p["activation"],
            alpha=p["alpha"],
            batch_size=p["batch"],
            learning_rate_init=p["learning_rate"],
            random_state=1,
        )
        table[index] = _trained(network)
    return table


def sgd_digits(grid: Grid) -> Array:
    """A linear model by gradient descent."""
    table = np.empty((*grid.shape, EPOCHS))
    for index, p in points(grid):
        model = SGDClassifier(
            loss="log_loss",
            penalty=p["penalty"],
            alpha=p["alpha"],
            learning_rate=p["schedule"],
            eta0=p["eta0"],
            average=p["average"],
            random_state=1,
        )
        table[index] = _trained(model)
    return table


def _trained(model: Any) -> list[float]:
    data, labels = digits(TRAINED + JUDGED)
    x, y, at, of = data[:TRAINED], labels[:TRAINED], data[TRAINED:], labels[TRAINED:]
    losses = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for _ in range(EPOCHS):
            model.partial_fit(x, y, classes=np.arange(10))
            losses.append(_surprise(model.predict_proba(at), of))
    return losses


def _surprise(shares: Array, labels: Labels) -> float:
    return surprise(np.nan_to_num(shares), labels)
