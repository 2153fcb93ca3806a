"""Configurations by covariance matrix adaptation: a normal distribution that moves to where results are good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Final

import numpy as np

from leadline.search.models.cmaes.categories import Categories
from leadline.search.models.cmaes.margin import with_margin
from leadline.search.models.cmaes.normal import Normal
from leadline.search.models.cmaes.settings import Strategy, usual_size
from leadline.search.models.columns import Floats
from leadline.search.models.encoding import INACTIVE, Encoding, keys
from leadline.search.models.model_sampler import ModelSampler, Proposed
from leadline.search.models.values import ascending, chances, losses
from leadline.search.sampling.keyed import Keyed
from leadline.search.sampling.sampler import Observation
from leadline.search.space.space import Space

_INITIAL: Final = 1
_DRAWS: Final = 64
_RESTART: Final = 1
"""Label of the random numbers of restarts."""
_GROWTH: Final = 2
"""Of the generation, from restart to restart."""
_LEAST_DEVIATION: Final = 1e-5
_WORST_CONDITION: Final = 1e14
_PATIENCE: Final = (10, 30)
"""Generations without anything better before it starts again: so many, and so many times width by size."""


class CmaesSampler(ModelSampler):
    """``Sampler`` by a normal distribution of the ordered columns and one of the categories.

    Every so many results make a generation, in the order in which they come, whatever distribution they were drawn
    from: nobody waits for the last of one. With restarts, each with generations of twice the size: Auger and Hansen
    2005, "A Restart CMA Evolution Strategy With Increasing Population Size", doi:10.1109/CEC.2005.1554902.
    """

    def __init__(self, space: Space, seed: int) -> None:
        super().__init__(space, seed, "cmaes", _INITIAL)
        self._state = _State(self._encoding, self._keyed)

    def _learn(
        self, observations: Sequence[Observation], rows: Floats, pending: Floats, numbers: Sequence[int]
    ) -> _Distribution:
        """See ``ModelSampler``."""
        self._state.advance(observations, rows)
        return _Distribution(self._state, self._rng)


class _State:
    """The distribution after so many results: a function of them and the seed alone."""

    def __init__(self, encoding: Encoding, keyed: Keyed) -> None:
        self._encoding, self._keyed = encoding, keyed
        self._ordered = np.flatnonzero(encoding.categories == 0)
        self._others = np.flatnonzero(encoding.categories)
        self._levels = [ascending(encoding.columns[i]) for i in self._ordered]
        self._seen = 0
        self.restarts = 0
        self._begin(np.full(len(self._ordered), 0.5), usual_size(encoding.width))

    def _begin(self, mean: Floats, size: int) -> None:
        self.generation, self._idle, self._best = 0, 0, inf
        self._strategy = Strategy.of(len(self._ordered), size)
        self.normal = Normal(self._strategy, mean)
        self.categories = Categories([chances(self._encoding.columns[i]) for i in self._others])

    def advance(self, observations: Sequence[Observation], rows: Floats) -> None:
        """Learn from those of all results that were not seen before. rows: (n, columns)."""
        while self._seen + self._strategy.size <= len(observations):
            new = slice(self._seen, self._seen + self._strategy.size)
            self._seen += self._strategy.size
            self._update(rows[new], losses(observations[new]))

    def _update(self, rows: Floats, values: Floats) -> None:
        order = np.argsort(values, kind="stable")
        ranked, best = rows[order], float(values[order[0]])
        if best == inf:
            return  # nothing is better than anything else
        numbers = ranked[:, self._ordered]
        self.normal.update(np.where(numbers == INACTIVE, np.nan, numbers))
        self.categories.update(self._strategy, ranked[:, self._others])
        self._keep_margins()
        self.generation += 1
        self._idle = 0 if best < self._best else self._idle + 1
        self._best = min(best, self._best)
        if self._is_over():
            self.restarts += 1
            rng = np.random.Generator(np.random.PCG64(self._keyed.bits(128, self.restarts, _RESTART)))
            shares = rng.random((1, self._encoding.width))
            mean = np.clip(self._encoding.values(shares)[0, self._ordered], 0.0, 1.0)
            self._begin(mean, self._strategy.size * _GROWTH)

    def _keep_margins(self) -> None:
        normal, least = self.normal, 1 / (self._strategy.size * max(self._encoding.width, 1))
        for i, levels in enumerate(self._levels):
            if levels is not None:
                normal.mean[i], wider = with_margin(normal.mean[i], normal.deviations[i], levels, least)
                normal.scale[i] *= wider

    def _is_over(self) -> bool:
        size, width = self._strategy.size, self._encoding.width
        endless = [i for i, levels in enumerate(self._levels) if levels is None]
        narrow = endless and float(self.normal.deviations[endless].max()) < _LEAST_DEVIATION
        patience = _PATIENCE[0] + _PATIENCE[1] * width / size
        return bool(narrow) or self.normal.condition > _WORST_CONDITION or self._idle > patience

    def sample(self, rng: np.random.Generator) -> Floats:
        """Settled rows (draws, columns); those that lay in the box before come first, the others are cut to it."""
        inside = self.normal.sample(rng.standard_normal((_DRAWS, len(self._ordered))))
        drawn = np.empty((_DRAWS, self._encoding.width))
        drawn[:, self._ordered] = np.clip(inside, 0.0, 1.0)
        drawn[:, self._others] = self.categories.sample(rng.random((_DRAWS, len(self._others))))
        beyond = np.where([levels is None for levels in self._levels], np.abs(inside - 0.5) > 0.5, False)
        return self._encoding.settle(drawn)[np.argsort(beyond.any(axis=1), kind="stable")]


class _Distribution:
    """``Learned``: draws of the distribution as it is."""

    def __init__(self, state: _State, rng: Callable[[int], np.random.Generator]) -> None:
        self._state, self._rng = state, rng

    def best(self, number: int, taken: set[bytes]) -> Proposed | None:
        """See ``Learned``. The first of some draws that is not taken."""
        state = self._state
        rows = state.sample(self._rng(number))
        for row, name in zip(rows, keys(rows), strict=True):
            if name not in taken:
                restarts = {"restarts": state.restarts} if state.restarts else {}
                return row, {"phase": "distribution", "generation": state.generation, **restarts}
        return None

    def imagine(self, row: Floats) -> None:
        """See ``Learned``. Nothing: draws spread by themselves."""
