"""Which hyper-parameters are in use: fitted to the first so many results of a history, and kept until they are more.

A fit depends on nothing but those results, so that a search that begins again in the middle fits the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from leadline.search.models.columns import Floats
from leadline.search.models.gp.fit import Hyperparameters, fit
from leadline.search.models.gp.kernel import Embedding
from leadline.search.models.gp.priors import Prior
from leadline.search.models.gp.settings import Settings
from leadline.search.models.outputs import scale
from leadline.search.sampling.keyed import Keyed

Part = tuple[int, float]
"""A column of categories and one of them."""
WHOLE: Final[Part] = (-1, 0.0)
"""All results."""

_ALWAYS_UP_TO: Final = 40
_GROWTH: Final = 1.06
_POINTS: Final = 300
"""A fit is made to so many results at most."""
_MOST_PARTS: Final = 6
"""Parameters with so many categories are tried as what everything else may depend on."""


class Fits:
    """columns: those that the results are also divided by."""

    def __init__(self, embedding: Embedding, prior: Prior, settings: Settings, seed: int) -> None:
        self._embedding, self._prior, self._settings = embedding, prior, settings
        self._keyed = Keyed(seed, "bayes fits")
        self._width = len(embedding.categories)
        self.columns = [i for i, count in enumerate(embedding.categories) if 2 <= count <= _MOST_PARTS]
        self._objective: tuple[int, Mapping[Part, Hyperparameters]] = (-1, {})
        self._feasibility: tuple[int, Hyperparameters] | None = None

    def objective(self, rows: Floats, losses: Floats) -> Mapping[Part, Hyperparameters]:
        """Of all results, and of each category of each of ``columns`` that has any. rows (n, columns), losses (n,)."""
        count = fitted_at(len(losses))
        if self._objective[0] != count:
            rows, values = rows[:count], scale(losses[:count])
            found = {WHOLE: self._fit(rows, values, self._prior)}
            for column in self.columns:
                for category in np.unique(rows[:, column]):
                    here = rows[:, column] == category
                    found[column, float(category)] = self._fit(rows[here], values[here], self._prior)
            self._objective = (count, found)
        return self._objective[1]

    def feasibility(self, rows: Floats, labels: Floats) -> Hyperparameters:
        """Of labels: 0 for what could be used, 1 for what failed."""
        count = fitted_at(len(labels))
        if self._feasibility is None or self._feasibility[0] != count:
            prior = replace(self._prior, signal=-1.5, noise=-4.0)
            self._feasibility = (count, self._fit(rows[:count], labels[:count], prior))
        return self._feasibility[1]

    def _fit(self, rows: Floats, values: Floats, prior: Prior) -> Hyperparameters:
        chosen = representatives(values, _POINTS)
        rng = np.random.Generator(np.random.PCG64(self._keyed.bits(128, len(values))))
        starts = rng.standard_normal((self._settings.restarts, self._width + 2))
        points = self._embedding(rows[chosen])
        return fit(points, self._embedding.owner, values[chosen], self._settings.profile, prior, starts)


def fitted_at(count: int) -> int:
    """How many results the fit in use has seen, of ``count``: all at first, then in steps of a few per cent."""
    if count <= _ALWAYS_UP_TO:
        return count
    steps = int(np.floor(np.log(count / _ALWAYS_UP_TO) / np.log(_GROWTH) + 1e-9))
    return int(np.ceil(_ALWAYS_UP_TO * _GROWTH**steps - 1e-9))


def representatives(values: Floats, most: int) -> NDArray[np.intp]:
    """Indices of at most ``most`` results, ascending: the best half, and an even choice of the rest."""
    if len(values) <= most:
        return np.arange(len(values))
    order = np.argsort(values, kind="stable")
    best, rest = order[: most // 2], order[most // 2 :]
    even = rest[np.linspace(0, len(rest) - 1, most - len(best)).astype(int)]
    chosen: NDArray[np.intp] = np.sort(np.concatenate([best, even]))
    return chosen
