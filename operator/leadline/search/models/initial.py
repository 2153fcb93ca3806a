"""The first points of a search, before a model has anything to learn from."""

from __future__ import annotations

from collections.abc import Iterable
from math import log, sqrt
from typing import Final

import numpy as np
from scipy.stats import qmc

from leadline.search.interface import Params
from leadline.search.models.columns import Floats
from leadline.search.models.encoding import Encoding, key, keys
from leadline.search.sampling.keyed import Keyed
from leadline.search.sampling.points import Fresh

_DRAWS: Final = 64
_FEW: Final = 8
"""So many points are as close to the middle as the first ones."""
_LEAST_SPREAD: Final = 0.6


class InitialDesign:
    """Number n gets point n of a scrambled Sobol sequence; where that is taken, any other that is not.

    In many dimensions few points cover nothing, and one near a corner is far from nearly everything: ordered columns
    are drawn towards their middle, the more the more of them there are, the less the more points. "Recentering": Cauwet
    et al. 2020, "Fully Parallel Hyperparameter Search: Reshaped Space-Filling", arXiv:1910.08406. With √(log n / d) of
    the box the nearest of n points is about as near as can be to an optimum that may be anywhere.
    """

    def __init__(self, encoding: Encoding, seed: int) -> None:
        self._encoding, self._seed = encoding, seed
        self._keyed = Keyed(seed, "initial")
        self._points: Floats = np.empty((0, encoding.width))

    def __call__(self, number: int, taken: set[bytes], known: Iterable[Params]) -> Floats | None:
        """A row (width,) that is not taken, None where all are. known: the configurations of the rows taken."""
        point = self._encoding.sample(self._shares(number))[0]
        return point if key(point) not in taken else self.any(number, taken, known)

    def _shares(self, number: int) -> Floats:
        width = self._encoding.width
        if number >= len(self._points) and width:
            rng = np.random.Generator(np.random.PCG64(self._keyed.bits(128, 0)))
            engine = qmc.Sobol(width, scramble=True, rng=rng)
            self._points = engine.random_base2(max(5, (number + 1).bit_length()))
        shares = self._points[number : number + 1].copy() if width else np.empty((1, 0))
        ordered = self._encoding.categories == 0
        spread = sqrt(log(max(number + 1, _FEW)) / max(int(ordered.sum()), 1))
        shares[:, ordered] = 0.5 + min(max(spread, _LEAST_SPREAD), 1.0) * (shares[:, ordered] - 0.5)
        return shares

    def any(self, number: int, taken: set[bytes], known: Iterable[Params]) -> Floats | None:
        """A row drawn at random among those not taken, None where all are."""
        rng = np.random.Generator(np.random.PCG64(self._keyed.bits(128, number, 1)))
        rows = self._encoding.sample(rng.random((_DRAWS, self._encoding.width)))
        free = [place for place, found in enumerate(keys(rows)) if found not in taken]
        if free:
            row: Floats = rows[free[0]]
            return row
        # Little is left, or what is left is hardly ever drawn.
        params = Fresh(self._encoding.space, self._seed, known).draw(number)
        return None if params is None else self._encoding.encode(params)
