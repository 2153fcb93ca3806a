"""Configurations by Bayesian optimisation: a Gaussian process of the losses, and the point that promises most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from leadline.search.models.columns import Floats
from leadline.search.models.gp import kernel
from leadline.search.models.gp.acquisition import (
    Acquisition,
    log_expected_improvement,
    log_probability_of_improvement,
    lower_confidence_bound,
)
from leadline.search.models.gp.fit import Hyperparameters
from leadline.search.models.gp.fits import WHOLE, Fits, Part, representatives
from leadline.search.models.gp.priors import usual
from leadline.search.models.gp.regression import Regression
from leadline.search.models.gp.settings import Settings
from leadline.search.models.gp.split import Split
from leadline.search.models.gp.surface import GaussianSurface, Model
from leadline.search.models.maximise import Batch, around, maximise, spread
from leadline.search.models.model_sampler import ModelSampler
from leadline.search.models.outputs import scale
from leadline.search.sampling.sampler import Observation
from leadline.search.space.space import Space

_ENUMERATED: Final = 2048
"""A space with no more points is looked at as a whole."""
_MOST_POINTS: Final = 600
"""Results that a model is made of: of more, the best half of so many, and an even choice of the others."""
_LOCAL_CANDIDATES: Final = 512
_INCUMBENTS: Final = 5
"""Best points known, around which those candidates lie."""
_IMPROVED: Final = 4
"""Suggestions of one batch that are searched for one by one."""
_LEAST_BELIEF: Final = 0.05
"""That either of two models keeps, however well the other predicts: what it would find is looked at one day."""


class GaussianSampler(ModelSampler):
    """``Sampler`` by a Gaussian process. Deterministic: fits depend on the history alone."""

    def __init__(self, space: Space, seed: int, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        super().__init__(space, seed, "bayes", self._settings.initial)
        self._embedding = kernel.Embedding(self._encoding.categories)
        self._prior = usual(self._encoding.width, self._settings.length)
        self._fits = Fits(self._encoding, self._embedding, self._prior, self._settings, seed)
        self._enumerated = space.size is not None and space.size <= _ENUMERATED

    def _learn(
        self, observations: Sequence[Observation], rows: Floats, pending: Floats, numbers: Sequence[int]
    ) -> _Learned:
        """See ``ModelSampler``."""
        usable = np.array([o.loss is not None for o in observations])
        losses = np.array([o.loss for o in observations if o.loss is not None])
        models, good = self._models(rows[usable], losses)
        feasibility = None if usable.all() else self._feasibility(rows, (~usable).astype(float))
        predicted = [model.predict(good)[0] for model, _ in models]
        incumbents = good[np.argsort(predicted[0], kind="stable")[:_INCUMBENTS]]
        judged = [
            (model, self._acquisition(float(mean.min())), weight)
            for (model, weight), mean in zip(models, predicted, strict=True)
        ]
        surface = GaussianSurface(judged, feasibility, self._settings.acquisition != "ucb")
        for model, _ in models:
            model.imagine(pending)
        return _Learned(
            [model for model, _ in models], surface, partial(self._candidates, incumbents), self._climb
        )

    def _models(self, rows: Floats, losses: Floats) -> tuple[list[tuple[Model, float]], Floats]:
        """Models of the objective and how much each is believed, the one for all first; and the rows they know."""
        fits = self._fits.objective(rows, losses)
        values = scale(losses)
        kept = representatives(values, _MOST_POINTS)
        rows, values = rows[kept], values[kept]
        whole = self._regression(fits[WHOLE], rows, values)
        splits = [self._split(column, fits, rows, values) for column in self._fits.columns]
        if not splits:
            return [(whole, 1.0)], rows
        # How well each would have predicted every result from the others.
        predicted = [split.leave_one_out() for split in splits]
        split = splits[int(np.argmax(predicted))]
        odds = float(np.clip(max(predicted) - whole.leave_one_out(), -20.0, 20.0))
        share = float(np.clip(1.0 / (1.0 + np.exp(-odds)), _LEAST_BELIEF, 1.0 - _LEAST_BELIEF))
        return [(whole, 1.0 - share), (split, share)], rows

    def _split(
        self, column: int, fits: Mapping[Part, Hyperparameters], rows: Floats, values: Floats
    ) -> Split:
        unknown = Hyperparameters.from_logs(self._prior.start(self._encoding.width))
        parts = {}
        for category in np.unique(rows[:, column]):
            here = rows[:, column] == category
            hyper = fits.get((column, float(category)), unknown)
            parts[float(category)] = self._regression(hyper, rows[here], values[here])
        return Split(column, parts, self._regression(unknown, rows[:0], values[:0]))

    def _feasibility(self, rows: Floats, labels: Floats) -> Regression:
        hyper = self._fits.feasibility(rows, labels)
        kept = representatives(labels, _MOST_POINTS)
        return self._regression(hyper, rows[kept], labels[kept])

    def _regression(self, hyper: Hyperparameters, rows: Floats, values: Floats) -> Regression:
        return Regression(self._embedding, self._settings.profile, hyper, rows, values)

    def _acquisition(self, best: float) -> Acquisition:
        settings = self._settings
        if settings.acquisition == "ucb":
            return lower_confidence_bound(settings.kappa)
        if settings.acquisition == "poi":
            return log_probability_of_improvement(best, settings.eps)
        return log_expected_improvement(best, settings.eps)

    def _candidates(self, incumbents: Floats, number: int) -> Floats:
        """Where the trial of this number may go: everywhere, and near the best points known."""
        if self._enumerated:
            return self._encoding.every()
        rng = self._rng(number)
        near = around(self._encoding, incumbents, _LOCAL_CANDIDATES, rng)
        return np.vstack([spread(self._encoding, self._settings.warmup, rng), near])

    def _climb(
        self, surface: GaussianSurface, candidates: Floats, taken: set[bytes]
    ) -> tuple[Floats, float] | None:
        starts = 0 if self._enumerated else self._settings.climbs
        return maximise(self._encoding, surface, candidates, taken, starts)


class _Learned:
    """``Learned``: models, and the surface that they make.

    The first few trials of a batch are searched for one by one; for the others the best candidate will do, since so
    many at once are mostly there to spread out.
    """

    def __init__(
        self,
        models: Sequence[Model],
        surface: GaussianSurface,
        candidates: Callable[[int], Floats],
        climb: Callable[[GaussianSurface, Floats, set[bytes]], tuple[Floats, float] | None],
    ) -> None:
        self._models, self._surface = models, surface
        self._candidates, self._climb = candidates, climb
        self._improved = 0
        self._batch: Batch | None = None

    def best(self, number: int, taken: set[bytes]) -> tuple[Floats, float] | None:
        """See ``Learned``."""
        if self._batch is not None:
            return self._batch.best(taken)
        candidates = self._candidates(number)
        found = self._climb(self._surface, candidates, taken)
        self._improved += 1
        if self._improved >= _IMPROVED:
            self._batch = Batch(self._surface, candidates)
        return found

    def imagine(self, row: Floats) -> None:
        """See ``Learned``."""
        for model in self._models:
            model.imagine(row[None, :])
