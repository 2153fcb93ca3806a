"""Configurations by Bayesian optimisation: a Gaussian process of the losses, and the point that promises most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from leadline.search.models.gp.fit import Hyperparameters, fit
from leadline.search.models.gp.priors import Prior, usual
from leadline.search.models.gp.regression import Regression
from leadline.search.models.gp.settings import Settings
from leadline.search.models.gp.split import Split
from leadline.search.models.gp.surface import GaussianSurface, Model
from leadline.search.models.initial import InitialDesign
from leadline.search.models.maximise import (
    LOCAL_CANDIDATES,
    around,
    maximise,
    spread,
)
from leadline.search.models.outputs import scale
from leadline.search.sampling.keyed import Keyed
from leadline.search.sampling.sampler import Observation, Proposal
from leadline.search.space.space import Space

_ENUMERATED: Final = 2048
"""A space with no more points is looked at as a whole."""
_FIT_ALWAYS_UP_TO: Final = 40
_FIT_GROWTH: Final = 1.06
_FIT_POINTS: Final = 300
"""Hyper-parameters are fitted to so many results at most: the best and an even choice of the others."""
_INCUMBENTS: Final = 5
_MOST_PARTS: Final = 6
"""Parameters with so many categories are tried as what everything else may depend on."""
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
        self._profile = self._settings.profile
        self._prior = usual(self._encoding.width, self._settings.length)
        self._rows = Rows(self._encoding)
        self._design = InitialDesign(self._encoding, seed)
        self._fits: dict[str, tuple[int, Hyperparameters]] = {}
        self._enumerated = space.size is not None and space.size <= _ENUMERATED

    def propose(
        self, observations: Sequence[Observation], pending: Sequence[Params], numbers: Sequence[int]
    ) -> list[Proposal]:
        """See ``Sampler``."""
        told = [o for o in observations if o.loss is not None]
        rows = self._rows([o.params for o in observations])
        waiting = self._encoding.rows(pending)
        taken = set(keys(rows)) | set(keys(waiting))
        known = [*(o.params for o in observations), *pending]
        proposals: list[Proposal] = []
        surface: _Model | None = None
        for number in numbers:
            if number < self._settings.initial or len(told) < 2:
                found = self._design(number, taken, known)
                origin: dict[str, Any] = {"phase": "initial"}
            else:
                if surface is None:
                    surface = self._model(observations, rows, waiting)
                found, value = self._best(surface, number, taken)
                if found is None:
                    found = self._design.any(number, taken, known)
                origin = {"phase": "model", "acquisition": value}
            if found is None:
                break
            taken.add(key(found))
            if surface is not None:
                surface.imagine(found)
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
        values = scale(losses)
        good = rows[usable]
        models = self._models(good, values)
        feasibility = None
        if not usable.all():
            labels = (~usable).astype(float)
            prior = replace(self._prior, signal=-1.5, noise=-4.0)
            hyper = self._fit("labels", rows, labels, prior)
            feasibility = Regression(self._embedding, self._profile, hyper, rows, labels)
        mean, _ = models[0][0].predict(good)
        order = np.argsort(mean, kind="stable")[:_INCUMBENTS]
        judged = []
        for model, weight in models:
            best = float(model.predict(good)[0].min())
            model.imagine(waiting)
            judged.append((model, self._acquisition(best), weight))
        surface = GaussianSurface(judged, feasibility, self._settings.acquisition != "ucb")
        return _Model([model for model, _ in models], surface, good[order])

    def _models(self, rows: Floats, values: Floats) -> list[tuple[Model, float]]:
        """Models of the objective, and how much each is believed."""
        whole = self._regression(self._fit("objective", rows, values), rows, values)
        split, score = None, -np.inf
        for column, count in enumerate(self._encoding.categories):
            if 2 <= count <= _MOST_PARTS:
                found = self._split(column, rows, values)
                if found.leave_one_out > score:
                    split, score = found, found.leave_one_out
        if split is None:
            return [(whole, 1.0)]
        # How well each would have predicted every result from the others.
        odds = float(np.clip(score - whole.leave_one_out, -20.0, 20.0))
        share = float(np.clip(1.0 / (1.0 + np.exp(-odds)), _LEAST_BELIEF, 1.0 - _LEAST_BELIEF))
        return [(whole, 1.0 - share), (split, share)]

    def _split(self, column: int, rows: Floats, values: Floats) -> Split:
        parts = {}
        for category in np.unique(rows[:, column]):
            here = rows[:, column] == category
            hyper = self._fit(f"{column} {category}", rows[here], values[here])
            parts[float(category)] = self._regression(hyper, rows[here], values[here])
        unknown = Hyperparameters.from_logs(self._prior.start(self._encoding.width))
        return Split(column, parts, self._regression(unknown, rows[:0], values[:0]))

    def _regression(self, hyper: Hyperparameters, rows: Floats, values: Floats) -> Regression:
        return Regression(self._embedding, self._profile, hyper, rows, values)

    def _fit(self, what: str, rows: Floats, values: Floats, prior: Prior | None = None) -> Hyperparameters:
        """Hyper-parameters of some results. Fitted to all of them at first, later to a part that grows in steps."""
        count = fitted_at(len(values))
        known = self._fits.get(what)
        if known is None or known[0] != count:
            chosen = _representatives(values[:count], _FIT_POINTS)
            rng = np.random.Generator(np.random.PCG64(self._keyed.bits(128, count, 1)))
            starts = rng.standard_normal((self._settings.restarts, self._encoding.width + 2))
            points = self._embedding(rows[:count][chosen])
            found = fit(
                points,
                self._embedding.owner,
                values[:count][chosen],
                self._profile,
                prior or self._prior,
                starts,
            )
            known = self._fits[what] = (count, found)
        return known[1]

    def _acquisition(self, best: float) -> Acquisition:
        settings = self._settings
        if settings.acquisition == "ucb":
            return lower_confidence_bound(settings.kappa)
        if settings.acquisition == "poi":
            return log_probability_of_improvement(best, settings.eps)
        return log_expected_improvement(best, settings.eps)

    def _best(self, model: _Model, number: int, taken: set[bytes]) -> tuple[Floats | None, float | None]:
        rng = self._rng(number)
        if self._enumerated:
            candidates = self._encoding.every()
            starts = 0
        else:
            candidates = np.vstack(
                [
                    spread(self._encoding, self._settings.warmup, rng),
                    around(self._encoding, model.incumbents, LOCAL_CANDIDATES, rng),
                ]
            )
            starts = self._settings.climbs
        found = maximise(self._encoding, model.surface, candidates, taken, starts)
        return (None, None) if found is None else found


@dataclass(slots=True)
class _Model:
    objectives: list[Model]
    surface: GaussianSurface
    incumbents: Floats

    def imagine(self, row: Floats) -> None:
        for objective in self.objectives:
            objective.imagine(row[None, :])


def fitted_at(count: int) -> int:
    """How many results the fit in use has seen, of ``count``: all at first, then in steps of a few per cent."""
    if count <= _FIT_ALWAYS_UP_TO:
        return count
    step = int(np.floor(np.log(count / _FIT_ALWAYS_UP_TO) / np.log(_FIT_GROWTH) + 1e-9))
    return int(np.ceil(_FIT_ALWAYS_UP_TO * _FIT_GROWTH**step - 1e-9))


def _representatives(losses: Floats, most: int) -> np.ndarray:
    """Indices of at most ``most`` results, ascending: the best half, and an even choice of the rest."""
    if len(losses) <= most:
        return np.arange(len(losses))
    order = np.argsort(losses, kind="stable")
    best, rest = order[: most // 2], order[most // 2 :]
    even = rest[np.linspace(0, len(rest) - 1, most - len(best)).astype(int)]
    return np.sort(np.concatenate([best, even]))
