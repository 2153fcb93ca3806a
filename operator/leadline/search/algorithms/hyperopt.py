"""The hyperopt library's ``tpe``, ``rand`` and ``anneal``, for those who know them from there.

Polyaxon's ``hyperopt`` with its fields: ``numRuns`` is the number of trials, and no batch holds the same point twice.
The library is an extra; without it this kind is an error that says what to install.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Final

from leadline.problems import Problem
from leadline.search.algorithms.adaptive import build_by_runs, check_metric
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.algorithms.budget import total_by_runs
from leadline.search.interface import Searcher
from leadline.search.sampling.sampler import Sampler
from leadline.search.space.fields import show
from leadline.search.space.kinds import suggestion
from leadline.search.space.space import Space

METHODS: Final = ("tpe", "rand", "anneal")
DEFAULT_METHOD: Final = "tpe"

_REMEDY = (
    "pip install 'leadline[hyperopt]' where it runs (in a cluster: in the operator's image), or choose kind tpe, "
    "which needs nothing more"
)


def check(matrix: Matrix, space: Space | None) -> Iterator[Problem]:
    """The metric, ``algorithm``, and whether the library is there."""
    yield from check_metric(matrix)
    method = matrix.get("algorithm")
    if method is not None and method not in METHODS:
        yield Problem("algorithm", f"{show(method)} is no algorithm of hyperopt", suggestion(method, METHODS))
    if not is_installed():
        yield Problem("kind", "kind hyperopt needs the hyperopt library, which is not installed", _REMEDY)


def is_installed() -> bool:
    """Whether the library can be imported. It is not: that takes a second."""
    return find_spec("hyperopt") is not None


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """One of the library's algorithms over the space; it is loaded when the first suggestion is asked for."""
    assert space is not None
    method = matrix.get("algorithm") or DEFAULT_METHOD

    def sampler() -> Sampler:
        from leadline.search.models.hyperopt_sampler import HyperoptSampler

        return HyperoptSampler(space, seed, method)

    return build_by_runs(matrix, space, sampler)


HYPEROPT = Algorithm(
    "hyperopt",
    needs=("params", "numRuns", "metric"),
    takes=("algorithm",),
    check=check,
    total=total_by_runs,
    build=build,
)
