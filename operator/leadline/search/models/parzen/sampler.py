"""Configurations by tree-structured Parzen estimators.

Results are divided into the good and the others; each side gets a density, and of many draws from the good one that
is taken where the ratio of the two is greatest: Bergstra, Bardenet, Bengio and Kégl 2011, "Algorithms for
Hyper-Parameter Optimization". Multivariate: a component spans all parameters (Falkner, Klein and Hutter 2018, "BOHB",
arXiv:1807.01774), those that its configuration does not have by what was believed before. Some trials take each
parameter by itself, as the first of these papers does, from the results in which it was active. Pending trials count
among the others, so that workers spread out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from leadline.search.interface import Params
from leadline.search.models.columns import Floats
from leadline.search.models.encoding import INACTIVE, Encoding, key
from leadline.search.models.model_sampler import ModelSampler, Proposed
from leadline.search.models.parzen.density import Density, Draws
from leadline.search.models.values import losses
from leadline.search.sampling.informed import HighestInformed
from leadline.search.sampling.sampler import Observation, Proposal
from leadline.search.space.space import Space

_DRAWS: Final = 32
_GOOD_SHARE: Final = 0.15
_MOST_GOOD: Final = 25
_MOST_OTHERS: Final = 1000
"""Components of the density of the others; more results than that are thinned out evenly by rank."""
_RECENT: Final = 25
_MOST_SHARED: Final = 4
"""A batch has at most so many times the draws of a single trial."""
_APART: Final = 3
"""One trial in so many takes each parameter by itself: what is good in one configuration and what is in another may
come together. Components that span all parameters alone keep to what is near one that was seen."""
_ENOUGH_GOOD: Final = 5
"""Good results before there is much to put together."""


@dataclass(frozen=True, slots=True)
class Settings:
    """initial: trials before the first estimate. draws: candidates for each proposal."""

    initial: int = 10
    draws: int = _DRAWS


class ParzenSampler(ModelSampler):
    """``Sampler`` by Parzen estimators."""

    def __init__(self, space: Space, seed: int, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        super().__init__(space, seed, "tpe", self._settings.initial)
        columns = np.arange(self._encoding.width)
        self._together, self._apart = [columns] if len(columns) else [], list(columns[:, None])
        self._informed = HighestInformed(enough=len(space.names) + 1)

    def propose(
        self, observations: Sequence[Observation], pending: Sequence[Params], numbers: Sequence[int]
    ) -> list[Proposal]:
        """See ``Sampler``."""
        informed, others = self._informed(observations)
        return super().propose(informed, [*others, *pending], numbers)

    def _learn(
        self, observations: Sequence[Observation], rows: Floats, pending: Floats, numbers: Sequence[int]
    ) -> _Estimates:
        """See ``ModelSampler``."""
        good, others = self._divide(observations, rows)
        draws = self._settings.draws * min(len(numbers), _MOST_SHARED)
        others = np.vstack([others, pending])
        apart = self._apart if len(good) >= _ENOUGH_GOOD else self._together
        return _Estimates(self._encoding, (self._together, apart), good, others, draws, self._rng(numbers[0]))

    def _divide(self, observations: Sequence[Observation], rows: Floats) -> tuple[Floats, Floats]:
        """The rows of the good results, and of the others, each in the order they came."""
        values = losses(observations)
        order = np.argsort(values, kind="stable")
        told = int(np.isfinite(values).sum())
        count = min(ceil(_GOOD_SHARE * told), _MOST_GOOD)
        good, others = order[:count], order[count:]
        if len(others) > _MOST_OTHERS:
            others = others[np.linspace(0, len(others) - 1, _MOST_OTHERS).astype(int)]
        return rows[np.sort(good)], rows[np.sort(others)]


class _Estimates:
    """``Learned``: densities of each part's columns, with draws from the good one, made when the part is first needed.

    parts: columns that are taken together, parents first, for most trials, and for one in ``_APART``. A batch shares
    its draws: each of its trials takes the best one left, and then counts among the others.
    """

    def __init__(
        self,
        encoding: Encoding,
        parts: tuple[Sequence[NDArray[np.intp]], Sequence[NDArray[np.intp]]],
        good: Floats,
        others: Floats,
        draws: int,
        rng: np.random.Generator,
    ) -> None:
        self._encoding, self._parts = encoding, parts
        self._good, self._others, self._draws, self._rng = good, others, draws, rng
        self._made: dict[tuple[bool, int], Draws] = {}

    def imagine(self, row: Floats) -> None:
        """See ``Learned``. It counts among the others."""
        self._others = np.vstack([self._others, row])
        for (apart, place), draws in self._made.items():
            part = self._parts[apart][place]
            if row[part[0]] != INACTIVE:
                draws.add(row[part])

    def best(self, number: int, taken: set[bytes]) -> Proposed | None:
        """See ``Learned``. The best draw and the logarithm of its ratio; part by part."""
        row = np.full(self._encoding.width, INACTIVE)
        total, apart = 0.0, number % _APART == 0
        for place, part in enumerate(self._parts[apart]):
            if self._encoding.is_active(int(part[0]), row):
                if (apart, place) not in self._made:
                    self._made[apart, place] = self._make(part)
                row[part], ratio = self._made[apart, place].best()
                total += ratio
        return None if key(row) in taken else (row, {"acquisition": total})

    def _make(self, part: NDArray[np.intp]) -> Draws:
        columns = tuple(self._encoding.columns[i] for i in part)
        good, rest = _active(self._good, part), _active(self._others, part)
        favourable = Density(columns, good, np.ones(len(good)))
        rows = favourable.sample(self._rng, self._draws)
        if len(part) == self._encoding.width:
            rows = self._encoding.deactivate(rows)
        return Draws(favourable, Density(columns, rest, _recency(len(rest))), rows)


def _active(rows: Floats, part: NDArray[np.intp]) -> Floats:
    """Of the rows that have the part's first column, the columns of that part."""
    active: Floats = rows[rows[:, part[0]] != INACTIVE][:, part]
    return active


def _recency(count: int) -> Floats:
    """Old results count less ("linear forgetting"), the last ones fully."""
    if count <= _RECENT:
        return np.ones(count)
    return np.concatenate([np.linspace(1.0 / count, 1.0, count - _RECENT), np.ones(_RECENT)])
