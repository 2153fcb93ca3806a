"""Regularised evolution: for thousands of trials over choices, as in a search for an architecture."""

from __future__ import annotations

from leadline.search.algorithms.adaptive import build_by_runs, check
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.algorithms.budget import total_by_runs
from leadline.search.interface import Searcher
from leadline.search.sampling.sampler import Sampler
from leadline.search.space.space import Space


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """Mutations in the space."""
    assert space is not None

    def sampler() -> Sampler:
        from leadline.search.models.evolution.sampler import EvolutionSampler

        return EvolutionSampler(space, seed)

    return build_by_runs(matrix, space, sampler)


EVOLUTION = Algorithm(
    "evolution",
    needs=("params", "numRuns", "metric"),
    takes=(),
    check=check,
    total=total_by_runs,
    build=build,
)
