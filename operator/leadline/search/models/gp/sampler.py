"""Configurations by Bayesian optimisation: a Gaussian process of the losses, and the point that promises most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np

from leadline.search.models.columns import Floats
from leadline.search.models.encoding import keys
from leadline.search.models.gp.acquisition import (
    Acquisition,
    log_expected_improvement,
    log_probability_of_improvement,
    lower_confidence_bound,
)
from leadline.search.models.gp.objective import Objective
from leadline.search.models.gp.resource import AtWhole, aligned, with_resource
from leadline.search.models.gp.settings import Settings
from leadline.search.models.gp.surface import GaussianSurface, Model
from leadline.search.models.maximise import Batch, around, maximise, spread
from leadline.search.models.model_sampler import ModelSampler, Proposed
from leadline.search.sampling.sampler import Observation
from leadline.search.space.space import Space

_ENUMERATED: Final = 2048
"""A space with no more points is looked at as a whole."""
_LOCAL_CANDIDATES: Final = 512
_INCUMBENTS: Final = 5
"""Best points known, around which those candidates lie."""
_IMPROVED: Final = 4
"""Suggestions of one batch that are searched for one by one."""


class GaussianSampler(ModelSampler):
    """``Sampler`` by a Gaussian process. Deterministic: fits depend on the history alone.

    least: share of the resource that every result has at the least.
    """

    def __init__(self, space: Space, seed: int, settings: Settings | None = None, least: float = 1.0) -> None:
        self._settings, self._least = settings or Settings(), least
        super().__init__(space, seed, "bayes", self._settings.initial)
        categories = self._encoding.categories
        self._whole = Objective(categories, self._settings, seed)
        self._partial = Objective(np.append(categories, 0), self._settings, seed)
        self._enumerated = space.size is not None and space.size <= _ENUMERATED

    def _learn(
        self, observations: Sequence[Observation], rows: Floats, pending: Floats, numbers: Sequence[int]
    ) -> _Learned:
        """See ``ModelSampler``."""
        usable = np.array([observation.loss is not None for observation in observations])
        models, good = self._objective([o for o in observations if o.loss is not None], rows[usable])
        feasibility = None if usable.all() else self._whole.feasibility(rows, ~usable)
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

    def _objective(
        self, observations: Sequence[Observation], rows: Floats
    ) -> tuple[list[tuple[Model, float]], Floats]:
        """Models of the losses and how much each is believed, and the rows they know."""
        losses = np.array([observation.loss for observation in observations])
        shares = np.array([observation.share for observation in observations])
        if (shares == 1.0).all():
            models, kept = self._whole.models(rows, losses)
            return models, rows[kept]
        with_shares = with_resource(rows, shares, self._least)
        models, kept = self._partial.models(with_shares, aligned(keys(rows), losses, shares))
        at_whole: list[tuple[Model, float]] = [(AtWhole(model), weight) for model, weight in models]
        return at_whole, np.unique(rows[kept], axis=0)

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

    def best(self, number: int, taken: set[bytes]) -> Proposed | None:
        """See ``Learned``."""
        found = self._batch.best(taken) if self._batch is not None else self._search(number, taken)
        return None if found is None else (found[0], {"acquisition": found[1]})

    def _search(self, number: int, taken: set[bytes]) -> tuple[Floats, float] | None:
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
