"""Tree-structured Parzen estimators: cheap at any length of history, at home in conditional and categorical spaces."""

from __future__ import annotations

from leadline.search.algorithms.adaptive import Adaptive
from leadline.search.algorithms.adaptive import planned as adaptive_total
from leadline.search.algorithms.algorithm import Algorithm, Matrix, no_rules
from leadline.search.interface import Searcher
from leadline.search.sampling.sampler import Sampler
from leadline.search.space.space import Space


def total(matrix: Matrix, space: Space | None) -> int | None:
    """``numRuns``, or every point where they are fewer."""
    return adaptive_total(matrix["numRuns"], space)


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """Densities over the space."""
    assert space is not None

    def sampler() -> Sampler:
        from leadline.search.models.parzen.sampler import ParzenSampler

        return ParzenSampler(space, seed)

    budget = matrix["numRuns"]
    return Adaptive(matrix, space, sampler, budget, f"numRuns is {budget}")


TPE = Algorithm(
    "tpe",
    needs=("params", "numRuns", "metric"),
    takes=(),
    check=no_rules,
    total=total,
    build=build,
)
