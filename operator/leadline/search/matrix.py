"""From a ``matrix`` as a person wrote it to a search, or to what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from leadline.problems import Problem, errors
from leadline.search.algorithms.algorithm import MOST_TRIALS, Algorithm, Choice
from leadline.search.algorithms.iterative import KIND as ITERATIVE
from leadline.search.history import InOrder, fitted_prior
from leadline.search.interface import Searcher
from leadline.search.prior import NOTHING_KNOWN, WITHOUT, Prior, unlearning
from leadline.search.registry import ALGORITHMS
from leadline.search.rungs.brackets import Bracket
from leadline.search.space.fields import show
from leadline.search.space.kinds import meant, suggestion
from leadline.search.space.lookup import is_whole
from leadline.search.space.parse import parse_space
from leadline.search.space.space import Space
from leadline.search.stopping.custom import CustomRule, FindRule, no_rules
from leadline.search.stopping.fields import FIELD as EARLY_STOPPING
from leadline.search.stopping.fields import check_stopping, read_rules
from leadline.search.stopping.watched import Watched
from leadline.search.tuner.plugin import Find, build_plugin, no_plugins
from leadline.search.warm import Warm

COMMON_FIELDS = ("kind", "concurrency", "seed", "metric", EARLY_STOPPING)
"""What every algorithm takes; their own shapes are checked where they are used."""

_NEEDED = {
    "params": "name the parameters to search, each with kind and value",
    "numRuns": "say how many trials to run, e.g. numRuns: 20",
    "values": "list one map of names to values per trial",
    "metric": "say what is compared, e.g. metric: {name: accuracy, optimization: maximize}",
    "maxIterations": "for bayes say how many trials follow the initial ones, e.g. maxIterations: 40; "
    "for hyperband and asha what the best trials get, e.g. maxIterations: 81",
    "tuner": "say who suggests the trials, e.g. tuner: {entryPoint: NAME}",
    "resource": "say what trials are given more of, e.g. resource: {name: epochs, type: int}",
}


def check_matrix(matrix: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Everything wrong with a matrix, and everything worth knowing; paths relative to it, e.g. ``params.lr.kind``.

    A matrix without errors makes a searcher.
    """
    return _read(matrix)[2]


def make_searcher(
    matrix: Mapping[str, Any],
    seed: int,
    find: Find = no_plugins,
    prior: Prior = NOTHING_KNOWN,
    find_rule: FindRule = no_rules,
) -> Searcher:
    """A new search. Raises ValueError for a matrix that ``check_matrix`` finds errors in, and for a prior that is not
    of its space.

    find, find_rule: where searchers and stopping rules of one's own are found; ExtensionError where the one that is
    asked for can't be had.
    prior: points that are its first trials, and results of earlier searches, for kinds that learn.
    """
    algorithm, space = _good(matrix)
    known_space = None if algorithm.kind in WITHOUT else space
    prior = fitted_prior(known_space, prior)

    def make() -> Searcher:
        searcher = _make(matrix, algorithm, space, seed, find, prior)
        rules = [CustomRule(find_rule, fields, matrix) for fields in read_rules(matrix)]
        return Watched(searcher, rules) if rules else searcher

    return InOrder(make, known_space)


def _make(
    matrix: Mapping[str, Any], algorithm: Algorithm, space: Space | None, seed: int, find: Find, prior: Prior
) -> Searcher:
    """The search itself."""
    if prior != NOTHING_KNOWN and algorithm.kind not in WITHOUT:
        results = prior.believed() if _has_use_for(prior, algorithm, matrix, space) else ()
        return Warm(
            algorithm.build(matrix, space, seed),
            replace(prior, results=results),
            _is_by_index(algorithm, matrix),
        )
    if algorithm.kind == ITERATIVE:
        name = matrix["tuner"].get("entryPoint")
        if name is None:
            raise ValueError("this tuner suggests rounds of trials, and is no searcher")
        return build_plugin(find, name, matrix, space, seed)
    return algorithm.build(matrix, space, seed)


def is_heavy(matrix: Mapping[str, Any]) -> bool:
    """Whether a search thinks so much, or in code of others, that it had better have a process of its own. Raises
    ValueError like ``make_searcher``."""
    algorithm, _ = _good(matrix)
    if matrix.get(EARLY_STOPPING):
        return True
    return algorithm.kind == ITERATIVE or not _is_by_index(algorithm, matrix)


def _has_use_for(prior: Prior, algorithm: Algorithm, matrix: Mapping[str, Any], space: Space | None) -> bool:
    """Whether results of earlier searches are told: to a search that learns, and by rungs only where the space has
    points enough without them, for its brackets are planned before."""
    if unlearning(algorithm, matrix) or space is None:
        return False
    total = algorithm.total(matrix, space)
    by_rungs = bool(_brackets(algorithm, space, matrix))
    return not by_rungs or space.size is None or total is None or space.size - len(prior.results) >= total


def _is_by_index(algorithm: Algorithm, matrix: Mapping[str, Any]) -> bool:
    """Whether each number has its configuration, whatever is known."""
    return bool(unlearning(algorithm, matrix))


def total_trials(matrix: Mapping[str, Any]) -> int | None:
    """How many trials are planned, None where that is open. Raises ValueError like ``make_searcher``."""
    algorithm, space = _good(matrix)
    return algorithm.total(matrix, space)


def planned_brackets(matrix: Mapping[str, Any]) -> tuple[Bracket, ...]:
    """Rungs and resources of a search that has any, in the order of its brackets. Raises ValueError like
    ``make_searcher``."""
    return _brackets(*_good(matrix), matrix)


def _brackets(algorithm: Algorithm, space: Space | None, matrix: Mapping[str, Any]) -> tuple[Bracket, ...]:
    return tuple(algorithm.brackets(matrix, space)) if algorithm.brackets is not None else ()


def chosen(matrix: Mapping[str, Any]) -> Choice | None:
    """What ``auto`` leaves the search to; None for every other kind. Raises ValueError like ``make_searcher``."""
    algorithm, space = _good(matrix)
    return algorithm.choose(matrix, space) if algorithm.choose is not None else None


def _good(matrix: Mapping[str, Any]) -> tuple[Algorithm, Space | None]:
    algorithm, space, problems = _read(matrix)
    wrong = errors(problems)
    if algorithm is None or wrong:
        raise ValueError("; ".join(str(problem) for problem in wrong))
    return algorithm, space


def _read(matrix: Mapping[str, Any]) -> tuple[Algorithm | None, Space | None, tuple[Problem, ...]]:
    kind = matrix.get("kind")
    algorithm = ALGORITHMS.get(kind) if isinstance(kind, str) else None
    if algorithm is None:
        message = "kind is missing" if kind is None else f"{show(kind)} is not an algorithm"
        return None, None, (Problem("kind", message, suggestion(kind, tuple(ALGORITHMS))),)
    problems = list(_check_fields(matrix, algorithm))
    space: Space | None = None
    if "params" in algorithm.needs + algorithm.takes and matrix.get("params") is not None:
        space, found = parse_space(matrix["params"])
        problems.extend(problem.under("params") for problem in found)
    problems.extend(algorithm.check(matrix, space))
    problems.extend(check_stopping(matrix, algorithm.brackets is not None and bool(matrix.get("resource"))))
    if not errors(problems):
        problems.extend(_warn_of_shortage(matrix, algorithm, space))
    return algorithm, space, tuple(problems)


def _check_fields(matrix: Mapping[str, Any], algorithm: Algorithm) -> Iterator[Problem]:
    for field in algorithm.needs:
        if matrix.get(field) is None:
            yield Problem(field, f"{algorithm.kind} needs {field}", _NEEDED.get(field, ""))
    known = (*COMMON_FIELDS, *algorithm.needs, *algorithm.takes)
    for field, value in matrix.items():
        if field not in known and value is not None:
            remedy = meant(field, known) or "leave it out"
            yield Problem(str(field), f"{algorithm.kind} takes no {field}", remedy)
    runs = matrix.get("numRuns")
    if runs is not None and not is_whole(runs, 1, MOST_TRIALS):
        yield Problem("numRuns", f"numRuns must be a whole number from 1 to {MOST_TRIALS}, not {show(runs)}")


def _warn_of_shortage(
    matrix: Mapping[str, Any], algorithm: Algorithm, space: Space | None
) -> Iterator[Problem]:
    runs, total = matrix.get("numRuns"), algorithm.total(matrix, space)
    if runs is not None and total is not None and total < runs:
        points = "is only 1 point" if total == 1 else f"are only {total} different points"
        message = f"there {points}, so {total} trial{' runs' if total == 1 else 's will run'}"
        yield Problem("numRuns", message, f"write {total} or fewer, or widen the space", "warning")
