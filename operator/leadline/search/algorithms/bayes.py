"""Bayesian optimisation with a Gaussian process, for trials that are expensive.

Polyaxon's ``bayes`` with its fields, and none of its limits: every kind of parameter, ``concurrency`` trials at once,
and no setting that has to be made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leadline.problems import Problem
from leadline.search.algorithms.adaptive import Adaptive, check_metric
from leadline.search.algorithms.algorithm import MOST_TRIALS, Algorithm, Matrix
from leadline.search.algorithms.budget import planned
from leadline.search.interface import Searcher
from leadline.search.sampling.sampler import Sampler
from leadline.search.space.fields import show
from leadline.search.space.kinds import meant, suggestion
from leadline.search.space.lookup import is_number_within, is_whole
from leadline.search.space.space import Space

DEFAULT_INITIAL = 8
ACQUISITIONS = ("ei", "ucb", "poi")
KERNELS = ("matern", "rbf")
ROUGHNESSES = (0.5, 1.5, 2.5)

_UTILITY = ("acquisitionFunction", "kappa", "eps", "gaussianProcess", "numWarmup", "numIterations")
_PROCESS = ("kernel", "nu", "lengthScale", "numRestartsOptimizer")


def check(matrix: Matrix, space: Space | None) -> Iterator[Problem]:
    """Counts, metric and ``utilityFunction``."""
    yield from check_metric(matrix)
    yield from _whole(matrix, "", "numInitialRuns", 0, MOST_TRIALS)
    yield from _whole(matrix, "", "maxIterations", 1, MOST_TRIALS)
    utility = matrix.get("utilityFunction")
    if utility is None:
        return
    yield from _map("utilityFunction", utility, _UTILITY)
    if not isinstance(utility, Mapping):
        return
    yield from _one_of(utility, "utilityFunction.", "acquisitionFunction", ACQUISITIONS)
    yield from _number(utility, "utilityFunction.", "kappa", 0, 1000)
    yield from _number(utility, "utilityFunction.", "eps", 0, 100)
    yield from _whole(utility, "utilityFunction.", "numWarmup", 1, 100_000)
    yield from _whole(utility, "utilityFunction.", "numIterations", 1, 1000)
    process = utility.get("gaussianProcess")
    if process is None:
        return
    path = "utilityFunction.gaussianProcess"
    yield from _map(path, process, _PROCESS)
    if isinstance(process, Mapping):
        yield from _one_of(process, f"{path}.", "kernel", KERNELS)
        yield from _one_of(process, f"{path}.", "nu", ROUGHNESSES)
        yield from _number(process, f"{path}.", "lengthScale", 0.01, 100)
        yield from _whole(process, f"{path}.", "numRestartsOptimizer", 0, 100)


def _map(path: str, value: Any, keys: tuple[str, ...]) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, f"must be a map, not {show(value)}", f"its keys are {', '.join(keys)}")
        return
    for key in value:
        if key not in keys:
            yield Problem(
                f"{path}.{key}", "unknown field", meant(key, keys) or f"write one of {', '.join(keys)}"
            )


def _one_of(fields: Mapping[str, Any], path: str, key: str, options: tuple[Any, ...]) -> Iterator[Problem]:
    value = fields.get(key)
    if value is not None and (isinstance(value, bool) or value not in options):
        remedy = suggestion(value, [str(option) for option in options])
        yield Problem(f"{path}{key}", f"{show(value)} is not a {key}", remedy)


def _number(fields: Mapping[str, Any], path: str, key: str, least: float, most: float) -> Iterator[Problem]:
    value = fields.get(key)
    if value is not None and not is_number_within(value, least, most):
        yield Problem(f"{path}{key}", f"must be a number from {least} to {most}, not {show(value)}")


def _whole(fields: Mapping[str, Any], path: str, key: str, least: int, most: int) -> Iterator[Problem]:
    value = fields.get(key)
    if value is not None and not is_whole(value, least, most):
        yield Problem(f"{path}{key}", f"must be a whole number from {least} to {most}, not {show(value)}")


def _initial(matrix: Matrix) -> int:
    given = matrix.get("numInitialRuns")
    return DEFAULT_INITIAL if given is None else int(given)


def _budget(matrix: Matrix) -> int:
    return _initial(matrix) + int(matrix["maxIterations"])


def total(matrix: Matrix, space: Space | None) -> int | None:
    """``numInitialRuns`` + ``maxIterations``, or every point where they are fewer."""
    return planned(_budget(matrix), space.size if space else None)


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """A Gaussian process over the space; numpy is loaded when the first suggestion is asked for."""
    assert space is not None

    def sampler() -> Sampler:
        from leadline.search.models.gp.sampler import GaussianSampler
        from leadline.search.models.gp.settings import Settings

        return GaussianSampler(space, seed, Settings.read(matrix, _initial(matrix)))

    budget = _budget(matrix)
    return Adaptive(matrix, space, sampler, budget, f"numInitialRuns + maxIterations is {budget}")


BAYES = Algorithm(
    "bayes",
    needs=("params", "maxIterations", "metric"),
    takes=("numInitialRuns", "utilityFunction"),
    check=check,
    total=total,
    build=build,
)
