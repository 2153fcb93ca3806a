"""Ours: any kind of matrix, through the same two calls by which the operator uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.search.methods.method import Entry, Method, Setting, Unavailable
from benchmarks.search.tasks.task import Params
from leadline.search import Completed, New, Running, Searcher, check_matrix, make_searcher

METRIC = {"name": "loss", "optimization": "minimize"}
INITIAL_RUNS = 8
"""Trials of ``bayes`` before its model; the rest of the budget are its iterations."""


class Matrix:
    """A searcher of ours as a method; what it is told is kept until the next question, as the operator does."""

    def __init__(self, matrix: Mapping[str, Any], seed: int) -> None:
        self._searcher = searcher_of(matrix, seed)
        self._told: list[Completed] = []
        self._sequence = 0

    def ask(self, number: int, pending: Mapping[int, Params]) -> Params | None:
        return next(iter(self.ask_many([number], pending)), None)

    def ask_many(self, numbers: Sequence[int], pending: Mapping[int, Params]) -> list[Params]:
        """One question for several trials."""
        self._searcher.update(self._told, [Running(other, params) for other, params in pending.items()])
        self._told = []
        found: list[Params] = []
        for suggestion in self._searcher.suggest(numbers).suggestions:
            assert isinstance(suggestion, New), suggestion
            found.append(dict(suggestion.params))
        return found

    def tell(self, number: int, params: Params, loss: float | None) -> None:
        self._sequence += 1
        outcome = "failed" if loss is None else "succeeded"
        self._told.append(Completed(number, params, self._sequence, outcome, loss))  # type: ignore[arg-type]


def searcher_of(matrix: Mapping[str, Any], seed: int) -> Searcher:
    """A searcher, Unavailable with what is wrong where there is none: the kind may not be built yet."""
    wrong = [str(problem) for problem in check_matrix(matrix) if problem.severity == "error"]
    if wrong:
        raise Unavailable("; ".join(wrong))
    return make_searcher(matrix, seed)


def matrix_of(kind: str, params: Mapping[str, Any], budget: int) -> dict[str, Any]:
    """The matrix of a search of so many trials in all."""
    matrix: dict[str, Any] = {"kind": kind, "params": dict(params)}
    if kind == "bayes":
        initial = min(INITIAL_RUNS, budget)
        return matrix | {"metric": METRIC, "numInitialRuns": initial, "maxIterations": budget - initial}
    if kind in ("random", "sobol"):
        return matrix | {"numRuns": budget}
    return matrix | {"metric": METRIC, "numRuns": budget}


def _build(kind: str) -> Callable[[Setting], Method]:
    return lambda setting: Matrix(matrix_of(kind, setting.params, setting.budget), setting.seed)


KINDS = ("random", "sobol", "tpe", "bayes", "auto", "cmaes", "evolution")
ENTRIES = tuple(Entry(kind, _build(kind), (), f"Leadline {kind}", kind=kind) for kind in KINDS)
