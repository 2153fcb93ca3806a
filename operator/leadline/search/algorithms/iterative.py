"""A tuner of one's own: a plug-in in Python, asked whenever a slot is free, or a program outside, asked for rounds.

Of a tuner outside this knows the fields only: whoever runs the search asks it, and makes its rounds trials.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadline.problems import Problem
from leadline.search.algorithms.adaptive import check_metric
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.interface import Searcher
from leadline.search.space.lookup import is_whole
from leadline.search.space.space import Space
from leadline.search.tuner.errors import TunerNotFoundError

KIND = "iterative"
FORMS = ("container", "http", "entryPoint")
"""What a tuner can be."""


def check(matrix: Matrix, space: Space | None) -> Iterator[Problem]:
    """The tuner, what bounds the number of its trials, and the metric."""
    tuner = matrix.get("tuner")
    forms = [form for form in FORMS if isinstance(tuner, Mapping) and tuner.get(form) is not None]
    if tuner is not None and len(forms) != 1:
        yield Problem(
            "tuner", f"a tuner is exactly one of {', '.join(FORMS)}", "for example {entryPoint: NAME}"
        )
    elif forms == ["entryPoint"]:
        if matrix.get("numRuns") is None:
            yield Problem(
                "numRuns", "a tuner by entryPoint needs numRuns", "say how many trials to run at most"
            )
        if matrix.get("maxIterations") is not None:
            yield Problem("maxIterations", "a tuner by entryPoint has no rounds", "remove it; write numRuns")
    elif forms and not is_whole(matrix.get("maxIterations"), 1):
        yield Problem(
            "maxIterations", f"a tuner by {forms[0]} needs maxIterations", "say how many rounds to run"
        )
    yield from check_metric(matrix)


def total(matrix: Matrix, space: Space | None) -> int | None:
    """``numRuns``, open without it: how long a round is, and whether points may come twice, is the tuner's business."""
    runs: int | None = matrix.get("numRuns")
    return runs


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """Only ``make_searcher`` knows where plug-ins are found."""
    raise TunerNotFoundError("a plug-in can't be found here")


ITERATIVE = Algorithm(
    KIND,
    needs=("tuner",),
    takes=("params", "numRuns", "maxIterations"),
    check=check,
    total=total,
    build=build,
)
