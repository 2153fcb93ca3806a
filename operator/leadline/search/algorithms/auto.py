"""The algorithm that fits the search: chosen from the space, the budget and how many trials run at once.

Nothing is tried out first; the same matrix always gets the same choice, and says why.
"""

from __future__ import annotations

from leadline.search.algorithms.adaptive import build_by_runs, check
from leadline.search.algorithms.algorithm import Algorithm, Choice, Matrix
from leadline.search.algorithms.budget import total_by_runs
from leadline.search.interface import Searcher
from leadline.search.sampling.samplers import make_sampler
from leadline.search.space.space import Space

DEFAULT_CONCURRENCY = 10
MOST_MODELLED = 2000
"""Trials up to which a Gaussian process is worth its time."""
MOST_COLUMNS = 60
"""Parameters up to which it can tell which of them matter."""


def choose(matrix: Matrix, space: Space | None) -> Choice:
    """``bayes`` or ``tpe``, with the reason in words. One may take over from the other when ``numRuns`` is raised."""
    runs, parallel = total_by_runs(matrix, space), matrix.get("concurrency") or DEFAULT_CONCURRENCY
    assert space is not None
    assert runs is not None
    many = len(space.names)
    if runs > MOST_MODELLED:
        return Choice("tpe", f"{runs:,} trials are more than a Gaussian process is worth its time for")
    if many > MOST_COLUMNS:
        return Choice("tpe", f"{many} parameters are more than a Gaussian process can tell apart")
    if runs <= parallel:
        return Choice("bayes", f"all {runs} trials can run at once, and its first ones are spread evenly")
    return Choice(
        "bayes", f"with {runs:,} trials each one counts, and a Gaussian process learns most from each"
    )


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """The searcher of the chosen kind, under the name of this one."""
    assert space is not None
    kind = choose(matrix, space).kind
    return build_by_runs(matrix, space, lambda: make_sampler(kind, space, seed), {"chosen": kind})


AUTO = Algorithm(
    "auto",
    needs=("params", "numRuns", "metric"),
    takes=(),
    check=check,
    total=total_by_runs,
    build=build,
    choose=choose,
)
