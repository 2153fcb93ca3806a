"""A search that begins again in the middle of a long history goes on as the one that has seen it grow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leadline.search import Completed, New, Running, Searcher, make_searcher

PARAMS: dict[str, Any] = {
    "x": {"kind": "uniform", "value": [0, 1]},
    "n": {"kind": "range", "value": [1, 20, 1]},
    "c": {"kind": "choice", "value": ["a", "b", "d"]},
    "y": {"kind": "loguniform", "value": {"min": 0.001, "max": 1}, "when": {"c": ["a"]}},
}
METRIC = {"name": "loss", "optimization": "minimize"}
MATRICES: dict[str, dict[str, Any]] = {
    "bayes": {"kind": "bayes", "numInitialRuns": 5, "maxIterations": 200},
    "tpe": {"kind": "tpe", "numRuns": 200},
    "cmaes": {"kind": "cmaes", "numRuns": 200},
    "evolution": {"kind": "evolution", "numRuns": 200},
    "auto": {"kind": "auto", "numRuns": 200},
}


def loss(number: int, params: dict[str, Any]) -> float | None:
    if number % 11 == 7:
        return None
    x, n, c = float(params["x"]), int(params["n"]), str(params["c"])
    return (x - 0.3) ** 2 + abs(n - 7) / 20 + {"a": 0.0, "b": 0.1, "d": 0.4}[c]


@pytest.mark.parametrize("kind", MATRICES)
def test_one_that_begins_again_suggests_the_same(kind: str) -> None:
    matrix = {**MATRICES[kind], "params": PARAMS, "metric": METRIC}
    grown = make_searcher(matrix, 3)
    history: list[Completed] = []
    running: list[Running] = []
    told = 0
    for number in range(70):
        grown.update(history[told:], running)
        told = len(history)
        if number in (44, 58, 69):
            fresh: Searcher = make_searcher(matrix, 3)
            fresh.update(history, running)
            assert texts(fresh, [number, number + 1]) == texts(grown, [number, number + 1])
        suggestion = grown.suggest([number]).suggestions[0]
        assert isinstance(suggestion, New)
        running.append(Running(number, suggestion.params))
        if len(running) == 3:
            trial = running.pop(0)
            value = loss(trial.number, dict(trial.params))
            outcome: Any = "failed" if value is None else "succeeded"
            history.append(Completed(trial.number, trial.params, len(history) + 1, outcome, value))


def texts(searcher: Searcher, numbers: list[int]) -> list[str]:
    suggestions = searcher.suggest(numbers).suggestions
    return [json.dumps([dict(new.params), dict(new.origin)]) for new in suggestions if isinstance(new, New)]
