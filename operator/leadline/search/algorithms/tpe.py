"""Tree-structured Parzen estimators: cheap at any length of history, at home in conditional and categorical spaces."""

from __future__ import annotations

from leadline.search.algorithms.adaptive import build_by_runs, check
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.algorithms.budget import total_by_runs
from leadline.search.interface import Searcher
from leadline.search.sampling.samplers import make_sampler
from leadline.search.space.space import Space


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """Densities over the space."""
    assert space is not None
    return build_by_runs(matrix, space, lambda: make_sampler("tpe", space, seed))


TPE = Algorithm(
    "tpe",
    needs=("params", "numRuns", "metric"),
    takes=(),
    check=check,
    total=total_by_runs,
    build=build,
)
