"""Algorithms that are nothing but a sampler, asked for ``numRuns`` trials."""

from __future__ import annotations

from collections.abc import Callable

from leadline.search.algorithms.adaptive import build_by_runs, check
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.algorithms.budget import total_by_runs
from leadline.search.interface import Searcher
from leadline.search.sampling.sampler import Sampler
from leadline.search.space.space import Space


def sampled(kind: str, make: Callable[[Space, int], Sampler]) -> Algorithm:
    """make: a sampler from a space and a seed, called when the first suggestion is asked for: numpy is loaded there."""

    def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
        assert space is not None
        return build_by_runs(matrix, space, lambda: make(space, seed))

    return Algorithm(
        kind, needs=("params", "numRuns", "metric"), takes=(), check=check, total=total_by_runs, build=build
    )
