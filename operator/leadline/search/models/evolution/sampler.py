"""Configurations by regularised evolution: one of the best of the latest results, changed a little.

Real, Aggarwal, Huang and Le 2019, "Regularized Evolution for Image Classifier Architecture Search", arXiv:1802.01548:
the oldest result leaves the population, not the worst, so that what was good by luck once does not stay for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Final

import numpy as np

from leadline.search.models.columns import Floats
from leadline.search.models.encoding import Encoding, key
from leadline.search.models.evolution.mutation import mutate
from leadline.search.models.model_sampler import ModelSampler, Proposed
from leadline.search.models.values import losses
from leadline.search.sampling.sampler import Observation
from leadline.search.space.space import Space

_INITIAL: Final = 10
_LEAST_POPULATION: Final = 20
_MOST_POPULATION: Final = 100
_POPULATION_SHARE: Final = 5
"""One in so many results is in the population."""
_SAMPLE_SHARE: Final = 2
"""One in so many of these takes part in a tournament."""
_ATTEMPTS: Final = 64


class EvolutionSampler(ModelSampler):
    """``Sampler`` by mutation."""

    def __init__(self, space: Space, seed: int) -> None:
        super().__init__(space, seed, "evolution", _INITIAL)

    def _learn(
        self, observations: Sequence[Observation], rows: Floats, pending: Floats, numbers: Sequence[int]
    ) -> _Population:
        """See ``ModelSampler``."""
        size = min(max(len(observations) // _POPULATION_SHARE, _LEAST_POPULATION), _MOST_POPULATION)
        return _Population(self._encoding, rows[-size:], losses(observations[-size:]), self._rng)


class _Population:
    """``Learned``: the latest results. rows: (n, width); values: (n,), their losses."""

    def __init__(
        self, encoding: Encoding, rows: Floats, values: Floats, rng: Callable[[int], np.random.Generator]
    ) -> None:
        self._encoding, self._rng = encoding, rng
        order = np.argsort(values, kind="stable")
        self._rows = rows[order][values[order] < inf]
        self._sample = max(len(rows) // _SAMPLE_SHARE, 1)

    def best(self, number: int, taken: set[bytes]) -> Proposed | None:
        """See ``Learned``. A mutation that is not taken, of the winner of a tournament."""
        if not len(self._rows) or not self._encoding.width:
            return None
        rng = self._rng(number)
        for _ in range(_ATTEMPTS):
            # Rows are in the order of their losses: the least of some places wins.
            winner = int(rng.integers(len(self._rows), size=self._sample).min())
            child = mutate(self._encoding, self._rows[winner], rng)
            if key(child) not in taken:
                parent = self._encoding.decode(self._rows[winner])
                changed = [
                    name for name, value in self._encoding.decode(child).items() if parent.get(name) != value
                ]
                return child, {"phase": "mutation", "parent": winner + 1, "changed": ", ".join(changed)}
        return None

    def imagine(self, row: Floats) -> None:
        """See ``Learned``. Nothing: each trial has a tournament of its own."""
