"""The algorithm that fits the search: chosen from the space, the budget and how many trials run at once.

Nothing is tried out first; the same matrix always gets the same choice, and says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from leadline.problems import Problem
from leadline.search.algorithms import asha, cmaes, evolution
from leadline.search.algorithms.adaptive import build_by_runs, check_metric
from leadline.search.algorithms.algorithm import Algorithm, Choice, Matrix
from leadline.search.algorithms.budget import total_by_runs
from leadline.search.interface import Searcher
from leadline.search.rungs.brackets import Bracket
from leadline.search.sampling.samplers import make_sampler
from leadline.search.space.lookup import is_whole
from leadline.search.space.parameters import Finite, Parameter
from leadline.search.space.space import Space

DEFAULT_CONCURRENCY: Final = 10
MOST_MODELLED: Final = 2000
"""Trials up to which a Gaussian process is worth its time."""
MOST_COLUMNS: Final = 60
"""Parameters up to which it can tell which of them matter."""
CHOICES: Final = ("choice", "pchoice")
FEW_STEPS: Final = 100
"""Values of a parameter that are no more than a handful of places to be in."""

OF_RESOURCE: Final = ("maxIterations", "eta", "resume", "minResource")
"""Fields that have a meaning beside ``resource`` only."""


def check(matrix: Matrix, space: Space | None) -> Iterator[Problem]:
    """The metric; and of a search by rungs all that asha asks for."""
    if matrix.get("resource") is not None:
        if matrix.get("maxIterations") is None:
            remedy = "say how much of the resource a trial gets at most, e.g. maxIterations: 81"
            yield Problem("maxIterations", "auto with a resource needs maxIterations", remedy)
        yield from asha.check({**matrix, "kind": "asha"}, space)
        return
    yield from check_metric(matrix)
    for field in OF_RESOURCE:
        if matrix.get(field) is not None:
            remedy = (
                "leave it out, or say what trials are given more of, e.g. resource: {name: epochs, type: int}"
            )
            yield Problem(field, f"auto takes {field} only with a resource", remedy)


def choose(matrix: Matrix, space: Space | None) -> Choice:
    """``asha`` with a resource, else ``bayes``, or for very many trials or parameters what costs less; with the reason
    in words. Another one may take over when ``numRuns`` is raised (docs/decisions/auto-beyond-two-thousand-trials.md).
    """
    model = _choose_model(matrix, space)
    if matrix.get("resource") is None:
        return model
    name = matrix["resource"]["name"]
    reason = (
        f"only good trials get more {name}, nobody waits, and {model.kind} chooses new ones: {model.reason}"
    )
    return Choice("asha", reason)


def _choose_model(matrix: Matrix, space: Space | None) -> Choice:
    runs, given = total_by_runs(matrix, space), matrix.get("concurrency")
    parallel: Any = given if is_whole(given, 1) else DEFAULT_CONCURRENCY
    assert space is not None
    assert runs is not None
    many = len(_varied(space))
    if runs > MOST_MODELLED:
        reason = f"{runs:,} trials are more than a Gaussian process is worth its time for"
        if matrix.get("resource") is not None:
            return Choice("tpe", reason)
        if is_smooth(space):
            return Choice("cmaes", f"{reason}, and most parameters are numbers that can take small steps")
        why = "conditions decide which parameters there are"
        if not space.conditions:
            why = "many parameters are choices or take large steps"
        return Choice("evolution", f"{reason}, and {why}")
    if many > MOST_COLUMNS:
        return Choice("tpe", f"{many} parameters are more than a Gaussian process can tell apart")
    if runs <= parallel:
        return Choice("bayes", f"all {runs} trials can run at once, and its first ones are spread evenly")
    return Choice(
        "bayes", f"with {runs:,} trials each one counts, and a Gaussian process learns most from each"
    )


def is_smooth(space: Space) -> bool:
    """Whether a search can feel its way: no conditions, and more than half of the parameters are numbers without steps
    or with many."""
    varied = _varied(space)
    fine = sum(
        not isinstance(parameter, Finite) or (parameter.kind not in CHOICES and parameter.size > FEW_STEPS)
        for parameter in varied
    )
    return not space.conditions and 2 * fine > len(varied)


def _varied(space: Space) -> list[Parameter]:
    """Parameters that can have more than one value: one that is fixed has nothing to be found out."""
    return [known for known in space.parameters.values() if not isinstance(known, Finite) or known.size > 1]


def _as_asha(matrix: Matrix, space: Space | None) -> dict[str, Any]:
    """What asha is told, of a matrix with a resource and without errors."""
    return {**matrix, "kind": "asha", "sampler": _choose_model(matrix, space).kind}


def brackets_of(matrix: Matrix, space: Space | None) -> Sequence[Bracket]:
    """Asha's, where there is a resource."""
    return () if matrix.get("resource") is None else asha.brackets_of(_as_asha(matrix, space), space)


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """The searcher of the chosen kind, under the name of this one."""
    assert space is not None
    kind = choose(matrix, space).kind
    if kind == "asha":
        origin = {"algorithm": "auto", "chosen": kind}
        return asha.build_for(_as_asha(matrix, space), space, seed, origin)
    make = _SAMPLERS.get(kind) or partial(make_sampler, kind)
    return build_by_runs(matrix, space, lambda: make(space, seed), {"chosen": kind})


_SAMPLERS: Final = {"cmaes": cmaes.make, "evolution": evolution.make}


AUTO = Algorithm(
    "auto",
    needs=("params", "numRuns", "metric"),
    takes=("resource", *OF_RESOURCE),
    check=check,
    total=total_by_runs,
    build=build,
    brackets=brackets_of,
    choose=choose,
)
