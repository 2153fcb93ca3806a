"""Tree-structured Parzen estimators: cheap at any length of history, at home in conditional and categorical spaces."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.problems import Problem
from leadline.search.algorithms.adaptive import Adaptive, check_metric, planned
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.interface import Searcher
from leadline.search.sampling.sampler import Sampler
from leadline.search.space.space import Space


def check(matrix: Matrix, space: Space | None) -> Iterator[Problem]:
    """The metric."""
    return check_metric(matrix)


def total(matrix: Matrix, space: Space | None) -> int | None:
    """``numRuns``, or every point where they are fewer."""
    return planned(matrix["numRuns"], space)


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
    check=check,
    total=total,
    build=build,
)
