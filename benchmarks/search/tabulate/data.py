"""Data sets and their folds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import KFold, StratifiedKFold

Array = NDArray[np.float64]
Labels = NDArray[Any]
Fold = tuple[Array, Labels, Array, Labels]
"""Training data and labels, then those to judge by."""


def digits(size: int) -> tuple[Array, Labels]:
    """So many of the 1,797 pictures, pixels from 0 to 1, in an order of our own."""
    data, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(3).permutation(len(labels))[:size]
    return data[order] / 16, labels[order]


def cancer() -> tuple[Array, Labels]:
    """569 tumours, each feature standardised."""
    data, labels = load_breast_cancer(return_X_y=True)
    return (data - data.mean(0)) / data.std(0), labels


def wine() -> tuple[Array, Labels]:
    """178 wines, features as they were measured."""
    data, labels = load_wine(return_X_y=True)
    return data, labels


def diabetes() -> tuple[Array, Labels]:
    """442 patients, features and target standardised."""
    data, target = load_diabetes(return_X_y=True, scaled=False)
    return (data - data.mean(0)) / data.std(0), (target - target.mean()) / target.std()


def folds(data: Array, labels: Labels, n: int, *, numbers: bool = False, seed: int = 5) -> Iterator[Fold]:
    """n folds, with the classes in proportion unless the labels are numbers."""
    split = (KFold if numbers else StratifiedKFold)(n, shuffle=True, random_state=seed)
    for train, judge in split.split(data, labels):
        yield data[train], labels[train], data[judge], labels[judge]


def wrong(predicted: Labels, labels: Labels) -> float:
    """The share of wrong classes."""
    return float(np.mean(predicted != labels))


def surprise(shares: Array, labels: Labels) -> float:
    """The mean negative log likelihood of classes 0, 1, …; no probability counts as less than a millionth."""
    likely = np.clip(shares[np.arange(len(labels)), labels], 1e-6, 1.0)
    return float(-np.mean(np.log(likely)))


def deviation(predicted: Array, target: Array) -> float:
    """The root of the mean squared error; NaN where anything overflowed."""
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.mean((predicted - target) ** 2)))
