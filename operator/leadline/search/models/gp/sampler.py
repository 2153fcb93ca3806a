"""Configurations by Bayesian optimisation: a Gaussian process of the losses, and the point that promises most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from leadline.search.interface import Params
from leadline.search.models.columns import Floats
from leadline.search.models.encoding import Encoding, Rows, key, keys
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
from leadline.search.models.initial import InitialDesign
from leadline.search.models.maximise import (
    LOCAL_CANDIDATES,
    Batch,
    around,
    maximise,
    spread,
)
from leadline.search.models.outputs import scale
from leadline.search.models.threads import one_thread
from leadline.search.sampling.keyed import Keyed
from leadline.search.sampling.sampler import Observation, Proposal
from leadline.search.space.space import Space

_ENUMERATED: Final = 2048
"""A space with no more points is looked at as a whole."""
_MOST_POINTS: Final = 600
"""Results that a model is made of: of more, the best half of so many, and an even choice of the others."""
_INCUMBENTS: Final = 5
_IMPROVED: Final = 4
"""Suggestions of one batch that are searched for one by one."""
_LEAST_BELIEF: Final = 0.05
"""That either of two models keeps, however well the other predicts: what it would find is looked at one day."""


class GaussianSampler:
    """``Sampler`` by a Gaussian process. Deterministic: fits depend on the history alone."""

    def __init__(self, space: Space, seed: int, settings: Settings | None = None) -> None:
        self._space = space
        self._settings = settings or Settings()
        self._keyed = Keyed(seed, "bayes")
        self._encoding = Encoding(space)
        self._embedding = kernel.Embedding(self._encoding.categories)
        self._prior = usual(self._encoding.width, self._settings.length)
        self._rows = Rows(self._encoding)
        self._design = InitialDesign(self._encoding, seed)
        self._fits = Fits(self._encoding, self._embedding, self._prior, self._settings, seed)
        self._enumerated = space.size is not None and space.size <= _ENUMERATED

    def propose(
        self, observations: Sequence[Observation], pending: Sequence[Params], numbers: Sequence[int]
    ) -> list[Proposal]:
        """See ``Sampler``."""
        with one_thread():
            return self._propose(observations, pending, numbers)

    def _propose(
        self, observations: Sequence[Observation], pending: Sequence[Params], numbers: Sequence[int]
    ) -> list[Proposal]:
        told = [o for o in observations if o.loss is not None]
        rows = self._rows([o.params for o in observations])
        waiting = self._encoding.rows(pending)
        taken = set(keys(rows)) | set(keys(waiting))
        known = [*(o.params for o in observations), *pending]
        proposals: list[Proposal] = []
        model: _Model | None = None
        for number in numbers:
            origin: dict[str, Any] = {"phase": "initial"}
            if number < self._settings.initial or len(told) < 2:
                found = self._design(number, taken, known)
            else:
                if model is None:
                    model = self._model(observations, rows, waiting)
                found, value = self._best(model, number, taken)
                origin = {"phase": "model", "acquisition": value}
                if found is None:
                    found, origin = self._design.any(number, taken, known), {"phase": "random"}
            if found is None:
                break
            taken.add(key(found))
            if model is not None:
                model.imagine(found)
            else:
                waiting = np.vstack([waiting, found[None, :]])
            known.append(params := self._encoding.decode(found))
            proposals.append(Proposal(params, origin))
        return proposals

    def _rng(self, number: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(self._keyed.bits(128, number)))

    def _model(self, observations: Sequence[Observation], rows: Floats, waiting: Floats) -> _Model:
        usable = np.array([o.loss is not None for o in observations])
        losses = np.array([o.loss for o in observations if o.loss is not None])
        models, good = self._models(rows[usable], losses)
        feasibility = None if usable.all() else self._feasibility(rows, (~usable).astype(float))
        mean, _ = models[0][0].predict(good)
        order = np.argsort(mean, kind="stable")[:_INCUMBENTS]
        judged = []
        for model, weight in models:
            best = float(model.predict(good)[0].min())
            model.imagine(waiting)
            judged.append((model, self._acquisition(best), weight))
        surface = GaussianSurface(judged, feasibility, self._settings.acquisition != "ucb")
        return _Model([model for model, _ in models], surface, good[order])

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
        split = max(splits, key=lambda found: found.leave_one_out)
        # How well each would have predicted every result from the others.
        odds = float(np.clip(split.leave_one_out - whole.leave_one_out, -20.0, 20.0))
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

    def _best(self, model: _Model, number: int, taken: set[bytes]) -> tuple[Floats | None, float | None]:
        """The row that promises most, and how much. The first few of a batch are improved; for the others the best
        candidate will do, since so many at once are mostly there to spread out."""
        if model.batch is not None:
            found = model.batch.best(taken)
        else:
            candidates = self._candidates(model, self._rng(number))
            starts = 0 if self._enumerated else self._settings.climbs
            found = maximise(self._encoding, model.surface, candidates, taken, starts)
            model.improved += 1
            if model.improved >= _IMPROVED:
                model.batch = Batch(model.surface, candidates)
        return (None, None) if found is None else found

    def _candidates(self, model: _Model, rng: np.random.Generator) -> Floats:
        if self._enumerated:
            return self._encoding.every()
        near = around(self._encoding, model.incumbents, LOCAL_CANDIDATES, rng)
        return np.vstack([spread(self._encoding, self._settings.warmup, rng), near])


@dataclass(slots=True)
class _Model:
    objectives: list[Model]
    surface: GaussianSurface
    incumbents: Floats
    improved: int = 0
    batch: Batch | None = None

    def imagine(self, row: Floats) -> None:
        for objective in self.objectives:
            objective.imagine(row[None, :])
