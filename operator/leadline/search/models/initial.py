"""The first points of a search, before a model has anything to learn from."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.stats import qmc

from leadline.search.models.columns import Floats
from leadline.search.models.encoding import Encoding, keys
from leadline.search.sampling.keyed import Keyed

_ENUMERATED: Final = 4096
_TRIES: Final = 8
_BATCH: Final = 256


class InitialDesign:
    """Number n gets point n of a scrambled Sobol sequence; where that is taken, any other that is not."""

    def __init__(self, encoding: Encoding, seed: int) -> None:
        self._encoding = encoding
        self._keyed = Keyed(seed, "initial")
        self._points: Floats = np.empty((0, encoding.width))

    def __call__(self, number: int, taken: set[bytes]) -> Floats | None:
        """A row (width,) that is not taken, None where all are."""
        point = self._encoding.sample(self._shares(number))[0]
        return point if keys(point[None, :])[0] not in taken else self.any(number, taken)

    def _shares(self, number: int) -> Floats:
        width = self._encoding.width
        if number >= len(self._points) and width:
            rng = np.random.Generator(np.random.PCG64(self._keyed.bits(128, 0)))
            engine = qmc.Sobol(width, scramble=True, rng=rng)
            self._points = engine.random_base2(max(5, (number + 1).bit_length()))
        return self._points[number : number + 1] if width else np.empty((1, 0))

    def any(self, number: int, taken: set[bytes]) -> Floats | None:
        """A row drawn at random among those not taken, None where all are."""
        rng = np.random.Generator(np.random.PCG64(self._keyed.bits(128, number, 1)))
        for _ in range(_TRIES):
            rows = self._encoding.sample(rng.random((_BATCH, self._encoding.width)))
            for row, key in zip(rows, keys(rows), strict=True):
                if key not in taken:
                    return row
        return self._left(rng, taken)

    def _left(self, rng: np.random.Generator, taken: set[bytes]) -> Floats | None:
        """By looking at all of them, in a random order."""
        space = self._encoding.space
        if space.size is None:
            return None
        rows = self._encoding.every()
        free = [i for i, key in enumerate(keys(rows)) if key not in taken]
        if not free:
            return None
        chosen: Floats = rows[free[int(rng.integers(len(free)))]]
        return chosen
