"""What a Gaussian process makes of an acquisition function: a surface that can be climbed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import numpy as np

from leadline.search.models.columns import Floats
from leadline.search.models.gp.acquisition import Acquisition, log_probability_of_improvement
from leadline.search.models.gp.regression import Regression


class Model(Protocol):
    """What predicts the objective: a regression, or several."""

    def predict(self, rows: Floats) -> tuple[Floats, Floats]:
        """Mean and variance at each row."""

    def predict_with_gradient(self, row: Floats) -> tuple[float, float, Floats, Floats]:
        """Mean, variance and their gradients at one row."""

    def imagine(self, rows: Floats) -> None:
        """Take points as seen whose values are not known."""

    def outlook(self, rows: Floats) -> View:
        """Predictions at these rows that can be brought up to date cheaply."""


class View(Protocol):
    """A model's predictions at rows that stay the same."""

    def refresh(self) -> None:
        """Take in what was imagined since."""

    def predict(self) -> tuple[Floats, Floats]:
        """Mean and variance at each row."""


class GaussianSurface:
    """The acquisition value of the objective, averaged over what its kernel may be, times the probability that a
    point can be used at all.

    objectives: models of the same results, with their acquisition functions and their weights. feasibility: a
    regression of labels, 0 for points that could be used and 1 for those that failed; None where none failed.
    logarithmic: whether the acquisition functions are.
    """

    def __init__(
        self,
        objectives: Sequence[tuple[Model, Acquisition, float]],
        feasibility: Regression | None = None,
        logarithmic: bool = True,
    ) -> None:
        self._objectives, self._feasibility, self._logarithmic = objectives, feasibility, logarithmic
        weights = np.array([weight for _, _, weight in objectives])
        self._weights = (weights / weights.sum())[:, None]

    def values(self, rows: Floats) -> Floats:
        """At each row (n, columns)."""
        each = [acquisition(*model.predict(rows))[0] for model, acquisition, _ in self._objectives]
        return self._mean(np.stack(each))[0] + self._log_feasible(rows)

    def fixed(self, rows: Floats) -> Callable[[], Floats]:
        """``values`` at rows that stay the same, whenever asked for: cheap while points are imagined."""
        views = [(model.outlook(rows), acquisition) for model, acquisition, _ in self._objectives]
        usable = self._log_feasible(rows)

        def values() -> Floats:
            for view, _ in views:
                view.refresh()
            each = [acquisition(*view.predict())[0] for view, acquisition in views]
            return self._mean(np.stack(each))[0] + usable

        return values

    def _log_feasible(self, rows: Floats) -> Floats:
        if self._feasibility is None:
            return np.zeros(len(rows))
        mean, variance = self._feasibility.predict(rows)
        return _usable(mean, variance + self._feasibility.hyper.noise)[0]

    def value_and_gradient(self, row: Floats) -> tuple[float, Floats]:
        """At one row (columns,)."""
        values, gradients = [], []
        for model, acquisition, _ in self._objectives:
            value, gradient = _chained(acquisition, model.predict_with_gradient(row))
            values.append(value)
            gradients.append(gradient)
        average, weights = self._mean(np.array(values)[:, None])
        total, gradient = float(average[0]), weights[:, 0] @ np.stack(gradients)
        if self._feasibility is not None:
            value, by_row = _chained(
                _usable, self._feasibility.predict_with_gradient(row), self._feasibility.hyper.noise
            )
            total, gradient = total + value, gradient + by_row
        return total, gradient

    def _mean(self, values: Floats) -> tuple[Floats, Floats]:
        """Over the first axis, of what the values are logarithms of; and the derivative by each."""
        if not self._logarithmic:
            return (self._weights * values).sum(axis=0), np.broadcast_to(self._weights, values.shape)
        peak = values.max(axis=0)
        shares = self._weights * np.exp(values - peak)
        whole = shares.sum(axis=0)
        return peak + np.log(whole), shares / whole


_usable: Final = log_probability_of_improvement(0.5)
"""log P(label < 1/2)"""


def _chained(
    acquisition: Acquisition, predicted: tuple[float, float, Floats, Floats], noise: float = 0.0
) -> tuple[float, Floats]:
    """The value at a point, and its gradient, from mean, variance and their gradients there."""
    mean, variance, by_mean, by_variance = predicted
    value, d_mean, d_variance = acquisition(np.array([mean]), np.array([variance + noise]))
    return float(value[0]), d_mean[0] * by_mean + d_variance[0] * by_variance
