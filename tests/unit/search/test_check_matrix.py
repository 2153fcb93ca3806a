"""What is wrong with a whole matrix, and how many trials a good one plans."""

from __future__ import annotations

import doctest
from typing import Any

import pytest

import leadline.search
from leadline.problems import errors, warnings
from leadline.search import check_matrix, make_searcher, total_trials

CHOICE = {"kind": "choice", "value": [1, 2, 3]}
UNIFORM = {"kind": "uniform", "value": [0, 1]}
PCHOICE = {"kind": "pchoice", "value": [["a", 0.5], ["b", 0.5]]}


METRIC = {"name": "loss", "optimization": "minimize"}
RUNGS = {
    "kind": "hyperband",
    "maxIterations": 9,
    "resource": {"name": "epochs", "type": "int"},
    "metric": METRIC,
    "params": {"a": CHOICE},
}


@pytest.mark.parametrize(
    ("matrix", "path", "words"),
    [
        ({}, "kind", "kind is missing; write one of grid, random, mapping, sobol"),
        ({"kind": None}, "kind", "kind is missing"),
        ({"kind": ["grid"]}, "kind", "is not an algorithm"),
        ({"kind": "gird", "params": {"a": CHOICE}}, "kind", "'gird' is not an algorithm; did you mean grid?"),
        ({"kind": "grid"}, "params", "grid needs params; name the parameters"),
        ({"kind": "grid", "params": {}}, "params", "params is empty"),
        ({"kind": "grid", "params": "{{ space }}"}, "params", "must be a map"),
        ({"kind": "random", "params": {"a": CHOICE}}, "numRuns", "random needs numRuns; say how many"),
        ({"kind": "sobol", "params": {"a": CHOICE}}, "numRuns", "sobol needs numRuns"),
        ({"kind": "random", "numRuns": 3}, "params", "random needs params"),
        ({"kind": "mapping"}, "values", "mapping needs values; list one map"),
        ({"kind": "grid", "params": {"a": CHOICE}, "numRuns": 0}, "numRuns", "from 1 to"),
        ({"kind": "grid", "params": {"a": CHOICE}, "numRuns": -1}, "numRuns", "from 1 to"),
        ({"kind": "grid", "params": {"a": CHOICE}, "numRuns": True}, "numRuns", "not True"),
        ({"kind": "grid", "params": {"a": CHOICE}, "numRuns": 2.5}, "numRuns", "not 2.5"),
        ({"kind": "random", "params": {"a": CHOICE}, "numRuns": "5"}, "numRuns", "not '5'"),
        ({"kind": "random", "params": {"a": CHOICE}, "numRuns": 10**9}, "numRuns", "from 1 to 100000000"),
        ({"kind": "grid", "params": {"a": CHOICE}, "num_runs": 2}, "num_runs", "did you mean numRuns?"),
        (
            {"kind": "grid", "params": {"a": CHOICE}, "values": [{"a": 1}]},
            "values",
            "grid takes no values; leave it out",
        ),
        (
            {"kind": "mapping", "values": [{"a": 1}], "params": {"a": CHOICE}},
            "params",
            "mapping takes no params",
        ),
        ({**RUNGS, "sampler": ["tpe"]}, "sampler", "is no sampler"),
        ({**RUNGS, "sampler": {"name": "tpe"}}, "sampler", "is no sampler"),
        ({**RUNGS, "eta": 10**400}, "eta", "at most 1000000000"),
        ({**RUNGS, "eta": float("inf")}, "eta", "greater than 1"),
        (
            {**RUNGS, "kind": "asha", "numRuns": 9, "minResource": 10**400},
            "minResource",
            "at most 1000000000",
        ),
        (
            {
                "kind": "iterative",
                "metric": METRIC,
                "tuner": "x",
                "earlyStopping": [{"kind": "custom_early_stopping", "entryPoint": "m"}],
            },
            "tuner",
            "a tuner is exactly one of",
        ),
        # the parameters' own problems, from where the matrix is
        (
            {"kind": "grid", "params": {"a": {"kind": "choice", "value": 1}}},
            "params.a.value",
            "neither a list",
        ),
        ({"kind": "grid", "params": {"false": CHOICE}}, "params", "put the name in quotes"),
        (
            {"kind": "sobol", "numRuns": 1, "params": {"a": {"kind": "uniform", "value": "1:0"}}},
            "params.a.value",
            "low",
        ),
        # kind by algorithm
        (
            {"kind": "grid", "params": {"a": UNIFORM, "b": CHOICE}},
            "params.a.kind",
            "uniform; use kind: linspace",
        ),
        ({"kind": "grid", "params": {"a": PCHOICE}}, "params.a.kind", "pchoice; use kind: choice"),
        (
            {"kind": "grid", "params": {"a": {"kind": "qnormal", "value": [0, 1, 1]}}},
            "params.a.kind",
            "qnormal; list its values, or search with kind: random",
        ),
        (
            {"kind": "sobol", "numRuns": 1, "params": {f"p{i}": CHOICE for i in range(65)}},
            "params",
            "at most 64",
        ),
        # mapping
        ({"kind": "mapping", "values": []}, "values", "values is empty"),
        ({"kind": "mapping", "values": {"a": 1}}, "values", "must be a list of maps"),
        ({"kind": "mapping", "values": "{{ values }}"}, "values", "must be a list of maps"),
        ({"kind": "mapping", "values": [{"a": 1}, 3]}, "values[1]", "3 is not a map"),
        ({"kind": "mapping", "values": [{}]}, "values[0]", "is not a map of names to values"),
        (
            {"kind": "mapping", "values": [{"a": 1}, {"b": 2}]},
            "values[1]",
            "lacks a and has b besides; give every map",
        ),
        ({"kind": "mapping", "values": [{"a": 1, "b": 2}, {"b": 2}]}, "values[1]", "it lacks a;"),
        (
            {"kind": "mapping", "values": [{"a": 1}, {"a": 2}, {"a": 1, "c": 2}]},
            "values[2]",
            "it has c besides",
        ),
        ({"kind": "mapping", "values": [{"a": float("nan")}]}, "values[0].a", "not a finite number"),
        ({"kind": "mapping", "values": [{"a": {"x": {3}}}]}, "values[0].a.x", "not a JSON value"),
        ({"kind": "mapping", "values": [{"no-name": 1}]}, "values[0]", "letters, digits and _ only"),
        ({"kind": "mapping", "values": [{"true": 1}]}, "values[0]", "put the name in quotes"),
    ],
)
def test_a_bad_matrix_is_refused_with_path_and_remedy(matrix: dict[str, Any], path: str, words: str) -> None:
    (problem,) = errors(check_matrix(matrix))
    assert problem.path == path
    assert words in f"{problem.message}; {problem.remedy}"
    with pytest.raises(ValueError, match="^" + path.replace("[", r"\[").replace("]", r"\]")):
        make_searcher(matrix, 0)
    with pytest.raises(ValueError):
        total_trials(matrix)


def test_everything_wrong_is_named_at_once() -> None:
    matrix = {
        "kind": "grid",
        "numRuns": 0,
        "maxIterations": 3,
        "params": {"a": UNIFORM, "b": PCHOICE},
    }
    assert {problem.path for problem in errors(check_matrix(matrix))} == {
        "numRuns",
        "maxIterations",
        "params.a.kind",
        "params.b.kind",
    }


@pytest.mark.parametrize(
    ("matrix", "trials"),
    [
        ({"kind": "grid", "params": {"a": CHOICE, "b": {"kind": "range", "value": "0:4:1"}}}, 12),
        ({"kind": "grid", "params": {"a": CHOICE}, "numRuns": 2}, 2),
        (
            {"kind": "grid", "params": {"a": {"kind": "range", "value": [0, 10**18, 1]}, "b": CHOICE}},
            3 * 10**18,
        ),
        ({"kind": "random", "params": {"a": UNIFORM}, "numRuns": 7}, 7),
        ({"kind": "random", "params": {"a": CHOICE}, "numRuns": 3}, 3),
        ({"kind": "sobol", "params": {"a": UNIFORM, "b": CHOICE}, "numRuns": 9, "seed": 0}, 9),
        ({"kind": "mapping", "values": [{"a": 1}, {"a": 1}]}, 2),
        ({"kind": "mapping", "values": [{"a": 1}, {"a": 1}], "numRuns": 1}, 1),
        (
            {
                "kind": "random",
                "params": {"a": CHOICE},
                "numRuns": 2,
                "concurrency": 4,
                "metric": {"name": "loss", "optimization": "minimize"},
            },
            2,
        ),
    ],
)
def test_a_good_matrix_plans_an_exact_number_of_trials(matrix: dict[str, Any], trials: int) -> None:
    assert check_matrix(matrix) == ()
    assert total_trials(matrix) == trials


@pytest.mark.parametrize(
    "matrix",
    [
        {"kind": "random", "params": {"a": CHOICE}, "numRuns": 10},
        {"kind": "sobol", "params": {"a": CHOICE}, "numRuns": 4},
        {"kind": "grid", "params": {"a": CHOICE}, "numRuns": 4},
        {"kind": "mapping", "values": [{"a": 1}, {"a": 2}, {"a": 3}], "numRuns": 4},
    ],
)
def test_a_budget_beyond_the_space_is_warned_of(matrix: dict[str, Any]) -> None:
    found = check_matrix(matrix)
    assert errors(found) == ()
    (problem,) = warnings(found)
    assert problem.path == "numRuns"
    assert "only 3 different points, so 3 trials will run" in problem.message
    assert total_trials(matrix) == 3


def test_warnings_of_parameters_reach_the_matrix_and_stop_nothing() -> None:
    matrix = {"kind": "grid", "params": {"lr": {"kind": "logspace", "value": "0.01:0.1:5"}}}
    assert [(problem.path, problem.severity) for problem in check_matrix(matrix)] == [
        ("params.lr.value", "warning")
    ]
    assert total_trials(matrix) == 5


def test_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(leadline.search) == (0, 3)
