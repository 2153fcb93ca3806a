"""The best point of an acquisition function: many candidates, then a local search from the best of them.

The local search goes by gradients in continuous columns and by exchange of single values in the others, in turn
(as Optuna's GPSampler and BoTorch's ``optimize_acqf_mixed_alternating``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
from scipy import optimize
from scipy.stats import qmc

from leadline.search.models.columns import Floats
from leadline.search.models.encoding import INACTIVE, Encoding, keys

_ROUNDS: Final = 3
_EXCHANGES: Final = 12
_FEW_LEVELS: Final = 16
"""A column with more values is first moved as if it were continuous."""
_STEPS: Final = np.array([0.3, 0.1, 0.03, 0.01])


class Surface(Protocol):
    """What is to be maximised."""

    def values(self, rows: Floats) -> Floats:
        """At each row."""

    def value_and_gradient(self, row: Floats) -> tuple[float, Floats]:
        """At one row, with the gradient by its ordered columns."""


class FixedSurface(Protocol):
    """What is to be maximised over the same rows again and again."""

    def fixed(self, rows: Floats) -> Callable[[], Floats]:
        """The values at these rows, whenever asked for."""


@lru_cache(maxsize=8)
def _sobol(width: int, count: int) -> Floats:
    points: Floats = qmc.Sobol(width, scramble=False).random(count)
    return points


def spread(encoding: Encoding, count: int, rng: np.random.Generator) -> Floats:
    """Candidates that cover the space by the probabilities of its parameters: a Sobol net, shifted at random."""
    shares = (_sobol(encoding.width, count) + rng.random(encoding.width)) % 1.0
    return encoding.sample(shares)


def around(encoding: Encoding, rows: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Candidates near the given rows: a few of their values changed, by steps of several sizes."""
    chosen = rows[rng.integers(len(rows), size=count)]
    changed = rng.random(chosen.shape) < max(0.2, min(1.0, 3.0 / encoding.width))
    changed[np.arange(count), rng.integers(encoding.width, size=count)] = True
    steps = _STEPS[rng.integers(len(_STEPS), size=(count, 1))]
    fresh = encoding.values(rng.random((count, encoding.width)))
    moved = chosen.copy()
    ordered = encoding.categories == 0
    base = np.where(chosen == INACTIVE, 0.5, chosen)
    walked = np.clip(base + steps * rng.standard_normal(chosen.shape), 0.0, 1.0)
    moved[:, ordered] = np.where(changed, walked, chosen)[:, ordered]
    moved[:, ~ordered] = np.where(changed, fresh, chosen)[:, ~ordered]
    return encoding.settle(moved)


def maximise(
    encoding: Encoding, surface: Surface, candidates: Floats, taken: set[bytes], starts: int
) -> tuple[Floats, float] | None:
    """The best row found that is not taken, and its value; None where every candidate is taken."""
    free = np.array([key not in taken for key in keys(candidates)], dtype=bool)
    candidates = candidates[free]
    if not len(candidates):
        return None
    values = surface.values(candidates)
    order = np.argsort(-values, kind="stable")
    best, best_value = candidates[order[0]], float(values[order[0]])
    for start in _apart(candidates, order, starts):
        row, value = _climb(encoding, surface, candidates[start], float(values[start]), taken)
        if value > best_value:
            best, best_value = row, value
    return best, best_value


class Batch:
    """The best of the same candidates, again and again, while what was taken before is imagined."""

    def __init__(self, surface: FixedSurface, candidates: Floats) -> None:
        self._candidates, self._values = candidates, surface.fixed(candidates)
        self._keys = keys(candidates)

    def best(self, taken: set[bytes]) -> tuple[Floats, float] | None:
        """The row of greatest value that is not taken, and its value; None where all are."""
        values = self._values()
        for index in np.argsort(-values, kind="stable"):
            if self._keys[index] not in taken:
                return self._candidates[index], float(values[index])
        return None


def _apart(candidates: Floats, order: np.ndarray, count: int) -> list[int]:
    """The best candidates, no two of them in the same place."""
    chosen: list[int] = []
    for index in order[: 20 * count]:
        if all(np.abs(candidates[index] - candidates[other]).max() > 0.05 for other in chosen):
            chosen.append(int(index))
            if len(chosen) == count:
                break
    return chosen


def _climb(
    encoding: Encoding, surface: Surface, row: Floats, value: float, taken: set[bytes]
) -> tuple[Floats, float]:
    for _ in range(_ROUNDS):
        before = value
        row, value = _gradient_steps(encoding, surface, row, value, taken)
        row, value, exchanged = _exchange(encoding, surface, row, value, taken)
        if not exchanged or value - before < 1e-6:
            break
    return row, value


def _gradient_steps(
    encoding: Encoding, surface: Surface, row: Floats, value: float, taken: set[bytes]
) -> tuple[Floats, float]:
    free = np.array(
        [
            row[i] != INACTIVE
            and not column.categories
            and (column.levels is None or len(column.levels) > _FEW_LEVELS)
            for i, column in enumerate(encoding.columns)
        ]
    )
    if not free.any():
        return row, value

    def negative(free_values: Floats) -> tuple[float, Floats]:
        point = row.copy()
        point[free] = free_values
        found, gradient = surface.value_and_gradient(point)
        return -found, -gradient[free]

    found = optimize.minimize(
        negative,
        row[free],
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * int(free.sum()),
        options={"maxiter": 30, "ftol": 1e-9, "gtol": 1e-5},
    )
    moved = row.copy()
    moved[free] = np.clip(found.x, 0.0, 1.0)
    moved = encoding.settle(moved[None, :])
    if keys(moved)[0] in taken:
        return row, value
    reached = float(surface.values(moved)[0])
    return (moved[0], reached) if reached > value else (row, value)


def _exchange(
    encoding: Encoding, surface: Surface, row: Floats, value: float, taken: set[bytes]
) -> tuple[Floats, float, bool]:
    """Single values exchanged, the best exchange first, as long as one helps."""
    exchanged = False
    for _ in range(_EXCHANGES):
        neighbours = exchanges(encoding, row)
        neighbours = neighbours[[key not in taken for key in keys(neighbours)]]
        if not len(neighbours):
            break
        values = surface.values(neighbours)
        best = int(np.argmax(values))
        if values[best] <= value:
            break
        row, value, exchanged = neighbours[best], float(values[best]), True
    return row, value, exchanged


def exchanges(encoding: Encoding, row: Floats) -> Floats:
    """Every configuration that differs from this one in one finite parameter: all values of a short list, the
    nearest eight of a long one."""
    rows = []
    for i, column in enumerate(encoding.columns):
        if column.levels is None or row[i] == INACTIVE:
            continue
        others = column.levels[column.levels != row[i]]
        if len(others) > _FEW_LEVELS:
            others = others[np.argsort(np.abs(others - row[i]), kind="stable")[:8]]
        block = np.repeat(row[None, :], len(others), axis=0)
        block[:, i] = others
        rows.append(block)
    return encoding.settle(np.vstack(rows)) if rows else np.empty((0, encoding.width))
