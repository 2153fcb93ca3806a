"""``kind: hyperopt``: what the library is told, what is made of its answers, and that it is kept in bounds."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pytest

from leadline.problems import errors
from leadline.search import Completed, New, Running, Searcher, check_matrix, make_searcher, parse_space
from leadline.search.models.hyperopt_space import HyperoptSpace
from leadline.search.space.parameters import Continuous, Finite

KINDS: dict[str, Any] = {
    "choice": ["a", None, [1, 2], {"k": 1}],
    "pchoice": [["x", 0.9], ["y", 0.1]],
    "range": [0, 10, 3],
    "linspace": [0, 1, 5],
    "logspace": [-3, 0, 4],
    "geomspace": [0.001, 1, 4],
    "daterange": ["2026-01-01", "2026-03-01", 7],
    "datetimerange": ["2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z", 600],
    "uniform": [-3, 1e-20],
    "quniform": [0.3, 2, 0.25],
    "loguniform": [-600, 2],
    "qloguniform": {"min": 0.1, "max": 50, "q": 3},
    "normal": [1e-15, 1e-15],
    "qnormal": [1000, 20, 5],
    "lognormal": [3, 0.1],
    "qlognormal": [0, 2, 1.5],
}
METRIC = {"name": "score", "optimization": "maximize"}
METHODS = ("tpe", "rand", "anneal")


def searcher(method: str, params: dict[str, Any], runs: int = 100, seed: int = 3) -> Searcher:
    return make_searcher(
        {"kind": "hyperopt", "algorithm": method, "numRuns": runs, "metric": METRIC, "params": params}, seed
    )


def every_kind() -> dict[str, Any]:
    return {name: {"kind": name, "value": value} for name, value in KINDS.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_survives_the_way_to_the_library_and_back(kind: str) -> None:
    space, problems = parse_space({"a": {"kind": kind, "value": KINDS[kind]}})
    assert space is not None, problems
    mapped, parameter = HyperoptSpace(space), space.parameters["a"]
    shares = [0.0, 0.001, 0.1, 0.5, 0.77, 0.999, 1.0]
    if isinstance(parameter, Finite):
        for index in {round(share * (parameter.size - 1)) for share in shares}:
            value = {"a": parameter.value(index)}
            assert mapped.decode(mapped.encode(value)) == value
    else:
        assert isinstance(parameter, Continuous)
        for share in shares:
            value = {"a": parameter.from_unit(share)}
            back = mapped.decode(mapped.encode(value))["a"]
            assert parameter.to_unit(back) == pytest.approx(parameter.to_unit(value["a"]), abs=1e-9)
    for beyond in (-1e300, 1e300):
        mapped.decode({"a": beyond})


@pytest.mark.parametrize("method", METHODS)
def test_every_kind_of_parameter_is_searched_quietly(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    params = every_kind()
    space, _ = parse_space(params)
    assert space is not None
    searching, before = searcher(method, params), str(np.random.get_state())
    for number in range(24):
        new = searching.suggest([number]).suggestions[0]
        assert isinstance(new, New)
        assert space.indices_of(new.params) is not None
        json.dumps(dict(new.params), allow_nan=False)
        searching.update([Completed(number, new.params, number + 1, "succeeded", -float(number % 7))], [])
    assert capsys.readouterr() == ("", "")
    assert str(np.random.get_state()) == before


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("known", [0, 5, 30])
def test_no_batch_holds_the_same_point_twice(method: str, known: int) -> None:
    params = {"a": {"kind": "range", "value": [0, 60, 1]}}
    searching = searcher(method, params)
    history = [Completed(n, {"a": n}, n + 1, "succeeded", -abs(n - 20.0)) for n in range(known)]
    pending = [Running(known, {"a": 50})]
    searching.update(history, pending)
    news = searching.suggest(range(known + 1, known + 16)).suggestions
    points = [new.params["a"] for new in news if isinstance(new, New)]
    assert len({*points, *range(known), 50}) == 15 + known + 1


def test_random_search_does_not_depend_on_results_and_never_repeats() -> None:
    params = {"a": {"kind": "uniform", "value": [0, 1]}}
    once = searcher("rand", params).suggest(range(10)).suggestions
    again = searcher("rand", params)
    points: list[float] = []
    for number in range(10):
        new = again.suggest([number]).suggestions[0]
        assert isinstance(new, New)
        assert new.params == once[number].params  # type: ignore[union-attr]
        points.append(new.params["a"])
        again.update([Completed(number, new.params, number + 1, "succeeded", 0.5)], [])
    assert len(set(points)) == 10


@pytest.mark.parametrize("method", ["tpe", "anneal"])
@pytest.mark.parametrize("optimization", ["maximize", "minimize"])
def test_it_learns_in_the_direction_of_the_metric(method: str, optimization: str) -> None:
    params = {
        "x": {"kind": "uniform", "value": [0, 1]},
        "kernel": {"kind": "choice", "value": ["rbf", "poly", "linear"]},
        "degree": {"kind": "range", "value": [2, 12, 1], "when": {"kernel": ["poly"]}},
    }
    sign = 1 if optimization == "maximize" else -1
    searching = make_searcher(
        {
            "kind": "hyperopt",
            "algorithm": method,
            "numRuns": 60,
            "metric": {"name": "score", "optimization": optimization},
            "params": params,
        },
        1,
    )
    scores = []
    for number in range(60):
        new = searching.suggest([number]).suggestions[0]
        assert isinstance(new, New)
        good = -abs(new.params["x"] - 0.3) - abs(new.params.get("degree", 12) - 5) / 10
        scores.append(good)
        searching.update([Completed(number, new.params, number + 1, "succeeded", sign * good)], [])
    assert np.mean(scores[40:]) > np.mean(scores[:20]) + 0.15


def test_observed_values_are_known_by_their_place() -> None:
    """0.1 * 3 for a 0.3, or the 1 that an API server makes of a 1.0, is that value."""
    params = {"a": {"kind": "linspace", "value": [0, 1, 3]}, "b": {"kind": "choice", "value": [1.0, 2.0]}}
    searching = searcher("tpe", params, runs=10)
    searching.update(
        [
            Completed(n, {"a": a, "b": b}, n + 1, "succeeded", 1.0)
            for n, (a, b) in enumerate([(0, 1), (0.5, 1), (1, 1), (0.0, 2), (0.5, 2.0)])
        ],
        [],
    )
    answer = searching.suggest(range(5, 10))
    assert [new.params for new in answer.suggestions if isinstance(new, New)] == [{"a": 1.0, "b": 2.0}]
    assert answer.done is not None
    assert answer.done.reason == "SpaceExhausted"


def test_without_the_library_the_matrix_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hyperopt", None)
    matrix = {"kind": "hyperopt", "numRuns": 3, "metric": METRIC, "params": every_kind()}
    [problem] = errors(check_matrix(matrix))
    assert problem.path == "kind"
    assert "leadline[hyperopt]" in str(problem)
    assert "operator's image" in str(problem)


def test_an_algorithm_that_the_library_does_not_have_is_refused() -> None:
    matrix = {
        "kind": "hyperopt",
        "algorithm": "annealing",
        "numRuns": 3,
        "metric": METRIC,
        "params": every_kind(),
    }
    [problem] = errors(check_matrix(matrix))
    assert (problem.path, "did you mean anneal?" in str(problem)) == ("algorithm", True)


def test_a_condition_has_two_ways_out_for_however_many_values() -> None:
    """The library follows every way to its end: three wanted values in a chain of nine made 3^8 of them."""
    from hyperopt.pyll import dfs

    params: dict[str, Any] = {"p0": {"kind": "choice", "value": ["a", "b", "c", "d"]}}
    for depth in range(1, 9):
        params[f"p{depth}"] = {**params["p0"], "when": {f"p{depth - 1}": ["a", "b", "c"]}}
    space, problems = parse_space(params)
    assert space is not None, problems
    domain = HyperoptSpace(space).domain
    assert domain is not None
    switches = [node for node in dfs(domain.expr) if node.name == "switch"]
    assert len(switches) == 36
    assert {len(node.pos_args) for node in switches} == {3}
    searched = searcher("rand", params, runs=20)
    for suggestion in searched.suggest(range(20)).suggestions:
        assert isinstance(suggestion, New)
        active = [suggestion.params.get(f"p{depth}") for depth in range(9)]
        ends = next((depth for depth, value in enumerate(active) if value in ("d", None)), 8)
        assert [value is not None for value in active] == [depth <= ends for depth in range(9)]
