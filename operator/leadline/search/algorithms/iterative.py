"""A tuner of one's own: suggestions come from a plug-in in Python, whenever a slot is free."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadline.problems import Problem
from leadline.search.algorithms.adaptive import check_metric
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.interface import Searcher
from leadline.search.space.space import Space
from leadline.search.tuner.errors import TunerNotFoundError

KIND = "iterative"


def check(matrix: Matrix, space: Space | None) -> Iterator[Problem]:
    """The tuner and the metric."""
    tuner = matrix.get("tuner")
    name = tuner.get("entryPoint") if isinstance(tuner, Mapping) else None
    if tuner is not None and not (isinstance(name, str) and name):
        remedy = "write {entryPoint: NAME} with the name of an installed plug-in"
        yield Problem("tuner", "tuner needs entryPoint", remedy)
    yield from check_metric(matrix)


def total(matrix: Matrix, space: Space | None) -> int | None:
    """``numRuns``: whether points may come twice is the tuner's business."""
    runs: int = matrix["numRuns"]
    return runs


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """Only ``make_searcher`` knows where plug-ins are found."""
    raise TunerNotFoundError("a plug-in can't be found here")


ITERATIVE = Algorithm(
    KIND,
    needs=("tuner", "numRuns"),
    takes=("params",),
    check=check,
    total=total,
    build=build,
)
