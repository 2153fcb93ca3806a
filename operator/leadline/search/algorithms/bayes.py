"""Bayesian optimisation with a Gaussian process, for trials that are expensive.

Polyaxon's ``bayes`` with its fields, and none of its limits: every kind of parameter, ``concurrency`` trials at once,
and no setting that has to be made.
"""

from __future__ import annotations

from typing import Any

from leadline.search.algorithms.adaptive import Adaptive
from leadline.search.algorithms.adaptive import planned as adaptive_total
from leadline.search.algorithms.algorithm import Algorithm, Matrix, no_rules
from leadline.search.interface import Searcher
from leadline.search.sampling.sampler import Sampler
from leadline.search.space.space import Space

DEFAULT_INITIAL = 8


def _budget(matrix: Matrix) -> int:
    return int(matrix.get("numInitialRuns", DEFAULT_INITIAL)) + int(matrix["maxIterations"])


def total(matrix: Matrix, space: Space | None) -> int | None:
    """``numInitialRuns`` + ``maxIterations``, or every point where they are fewer."""
    return adaptive_total(_budget(matrix), space)


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """A Gaussian process over the space."""
    assert space is not None

    def sampler() -> Sampler:
        from leadline.search.models.gp.sampler import GaussianSampler, Settings

        options: dict[str, Any] = {"initial": int(matrix.get("numInitialRuns", DEFAULT_INITIAL))}
        return GaussianSampler(space, seed, Settings(**options))

    budget = _budget(matrix)
    return Adaptive(matrix, space, sampler, budget, f"numInitialRuns + maxIterations is {budget}")


BAYES = Algorithm(
    "bayes",
    needs=("params", "maxIterations", "metric"),
    takes=("numInitialRuns", "utilityFunction"),
    check=no_rules,
    total=total,
    build=build,
)
