"""What every search algorithm must do. One that is added to the registry is tested here without another line."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.search.engine import Group, as_text, fail, mixed, odd, succeed, through_json
from contract.search.spaces import active_names, build_matrix, inside, matrices
from leadline.search import New, make_searcher, parse_space, total_trials
from leadline.search.registry import ALGORITHMS

SEEDS = st.integers(0, 2**63 - 1)
BY_INDEX = ("grid", "mapping", "random", "sobol")
MIXED = {
    "lr": {"kind": "loguniform", "value": {"min": 1e-5, "max": 0.1}},
    "kernel": {"kind": "choice", "value": ["rbf", None, [1, 2]]},
    "layers": {"kind": "range", "value": "1:9:1"},
    "p": {"kind": "pchoice", "value": [["x", 0.9], ["y", 0.1]]},
    "q": {"kind": "quniform", "value": [0, 1, 0.25]},
}
FINITE = {
    "a": {"kind": "choice", "value": [1, 1.0, True, "1", None]},
    "b": {"kind": "range", "value": [0, 3, 1]},
}
CONDITIONAL = {
    "kernel": {"kind": "choice", "value": ["linear", "rbf", "poly"]},
    "degree": {"kind": "range", "value": [2, 5, 1], "when": {"kernel": ["poly"]}},
    "coef": {"kind": "choice", "value": [0, 1], "when": {"degree": [3, 4]}},
    "gamma": {"kind": "quniform", "value": [0, 1, 0.5], "when": {"kernel": ["rbf", "poly"]}},
}
"""1 + 3 + 3 * (1 + 2 + 2) = 19 points."""
BRANCHES = {
    "model": {"kind": "pchoice", "value": [["dummy", 0.9], ["mlp", 0.1]]},
    "lr": {"kind": "loguniform", "value": {"min": 1e-5, "max": 0.1}, "when": {"model": ["mlp"]}},
}
"""One point without a continuous parameter, and no end of points with it."""
LOPSIDED = {
    "a": {"kind": "pchoice", "value": [["x", 0.999], ["y", 0.001]]},
    "b": {"kind": "quniform", "value": [0, 1, 0.5]},
}
POINT = {"a": {"kind": "choice", "value": ["only"]}}

OURS = tuple(kind for kind in ALGORITHMS if kind != "iterative")
"""Every algorithm but the one whose suggestions are a plug-in's: tests/unit/search/test_plugins.py."""
every_algorithm = pytest.mark.parametrize("kind", OURS)
many = settings(max_examples=3 * settings().max_examples)

WITHOUT_CHANCE = {"grid", "mapping"}
A_THOUSAND_AND = {"auto": 1010, "bayes": 1010, "tpe": 1200, "hyperopt": 1011, "asha": 1500, "hyperband": 1001}
"""Trials of a search a thousand at a time, where a suggestion takes its time."""


def budget_of(kind: str, matrix: dict[str, Any]) -> int | None:
    """How many trials there would be if the space had no end; None where nothing else ends the search."""
    endless = {"x": {"kind": "uniform", "value": [0, 1]}}
    return total_trials({**matrix, "params": endless}) if kind not in WITHOUT_CHANCE else None


def repeats_nothing(kind: str) -> bool:
    """Only a list written by hand may hold the same point twice."""
    return "values" not in ALGORITHMS[kind].needs


@every_algorithm
@many
@given(st.data())
def test_a_search_stays_inside_its_space_and_ends_when_planned(kind: str, data: st.DataObject) -> None:
    matrix = data.draw(matrices(kind))
    parallel = data.draw(st.integers(1, 12))
    fate = data.draw(st.sampled_from([succeed, mixed, odd, fail]))
    group = Group(make_searcher(matrix, data.draw(SEEDS)), parallel, fate).run()
    assert group.done is not None
    total = total_trials(matrix)
    assert total is None or len(group.suggested) == total
    assert len(group.suggested) <= matrix.get("numRuns", len(group.suggested))
    if repeats_nothing(kind):
        params = [json.dumps(new.params, sort_keys=True) for new in group.suggested]
        assert len(set(params)) == len(params)
    if "params" in matrix:
        space, _ = parse_space(matrix["params"])
        assert space is not None
        for new in group.suggested:
            assert tuple(new.params) == active_names(matrix["params"], new.params)
            assert all(inside(space.parameters[name], value) for name, value in new.params.items())
        budget = matrix.get("numRuns") or budget_of(kind, matrix)
        if space.size is not None and (budget is None or budget > space.size):
            assert group.done.reason == "SpaceExhausted"
            assert str(space.size) in group.done.message
        elif budget is not None:
            assert group.done.reason == "BudgetReached"


@every_algorithm
@given(st.data())
def test_one_seed_and_history_give_one_answer(kind: str, data: st.DataObject) -> None:
    matrix, seed = data.draw(matrices(kind)), data.draw(SEEDS)
    parallel, fate = data.draw(st.integers(1, 6)), data.draw(st.sampled_from([succeed, mixed, odd, fail]))
    pieces, again = (Group(make_searcher(matrix, seed), parallel, fate) for _ in range(2))
    for _ in range(data.draw(st.integers(0, 12))):
        answer = pieces.start()
        assert as_text(answer.suggestions) == as_text(again.start().suggestions)
        if not pieces.running:
            break
        pieces.finish()
        again.finish()
    numbers = list(range(len(pieces.suggested), len(pieces.suggested) + parallel))
    # The last piece, then: everything at once; and everything at once after a journey through JSON.
    pieces.searcher.update(pieces.unseen, pieces.present)
    expected = pieces.searcher.suggest(numbers)
    for history, running in (
        (pieces.history, pieces.present),
        (through_json(pieces.history), through_json(pieces.present)),
    ):
        fresh = make_searcher(json.loads(json.dumps(matrix)), seed)
        fresh.update(history, running)
        answer = fresh.suggest(numbers)
        assert as_text(answer.suggestions) == as_text(expected.suggestions)
        assert (answer.done, answer.stops, answer.closed) == (expected.done, expected.stops, expected.closed)


@every_algorithm
@given(st.data())
def test_what_was_suggested_and_lost_changes_nothing(kind: str, data: st.DataObject) -> None:
    matrix, seed = data.draw(matrices(kind)), data.draw(SEEDS)
    searcher = make_searcher(matrix, seed)
    first = searcher.suggest([0, 1, 2])
    searcher.suggest([3, 4])
    assert searcher.suggest([0, 1, 2]) == first == make_searcher(matrix, seed).suggest([0, 1, 2])


@every_algorithm
@given(st.data())
def test_holes_in_the_numbers_are_filled_and_nothing_is_doubled(kind: str, data: st.DataObject) -> None:
    matrix, seed = data.draw(matrices(kind)), data.draw(SEEDS)
    whole = make_searcher(matrix, seed).suggest(range(30)).suggestions
    numbers = sorted(data.draw(st.sets(st.integers(0, 29))))
    searcher = make_searcher(matrix, seed)
    parts = searcher.suggest(numbers).suggestions
    assert len(parts) <= len(numbers)
    if kind in BY_INDEX:
        assert as_text(parts) == as_text(tuple(whole[number] for number in numbers if number < len(whole)))


@every_algorithm
@given(st.data())
def test_nothing_given_is_changed_and_nothing_taken_is_shared(kind: str, data: st.DataObject) -> None:
    matrix, seed = data.draw(matrices(kind)), data.draw(SEEDS)
    before = deepcopy(matrix)
    group = Group(make_searcher(matrix, seed), 3, mixed)
    group.start()
    group.finish()
    history, present, running = deepcopy(group.history), deepcopy(group.present), deepcopy(group.running)
    answer = group.start()
    assert matrix == before
    assert (group.history, group.running[: len(running)]) == (history, running)
    kept = as_text(answer.suggestions)
    for new in answer.suggestions:
        for value in new.params.values() if isinstance(new, New) else ():
            if isinstance(value, list):
                value.append("changed")
            if isinstance(value, dict):
                value["k"] = "changed"
    numbers = list(range(3, 3 + len(answer.suggestions)))
    fresh = make_searcher(before, seed)
    fresh.update(history, present)
    assert as_text(fresh.suggest(numbers).suggestions) == kept
    if kind in BY_INDEX:
        assert as_text(group.searcher.suggest(numbers).suggestions) == kept


@every_algorithm
@pytest.mark.parametrize("params", [MIXED, FINITE, LOPSIDED], ids=["mixed", "finite", "lopsided"])
def test_other_seeds_give_other_searches_where_chance_has_a_part(kind: str, params: dict[str, Any]) -> None:
    matrix = build_matrix(kind, params, 5)
    different = {str(as_text(make_searcher(matrix, seed).suggest(range(5)).suggestions)) for seed in range(8)}
    assert (len(different) == 1) == (kind in WITHOUT_CHANCE)


@every_algorithm
@pytest.mark.parametrize("fate", [succeed, mixed, odd, fail])
def test_one_trial_is_a_search(kind: str, fate: Any) -> None:
    group = Group(make_searcher(build_matrix(kind, MIXED, 1), 0), 4, fate).run()
    assert len(group.suggested) == 1


@every_algorithm
@pytest.mark.parametrize("parallel", [1, 10])
def test_a_space_of_one_point_is_searched_once(kind: str, parallel: int) -> None:
    matrix = build_matrix(kind, POINT, 1)
    group = Group(make_searcher(matrix, 0), parallel).run()
    assert [new.params for new in group.suggested] == [{"a": "only"}]


@every_algorithm
def test_a_finite_space_ends_with_its_exact_count(kind: str) -> None:
    if not repeats_nothing(kind):
        matrix = build_matrix(kind, FINITE, 15)
        matrix["numRuns"] = 100
    else:
        matrix = build_matrix(kind, FINITE, 100)
    group = Group(make_searcher(matrix, 0), 7, mixed).run()
    assert len(group.suggested) == 15
    assert group.done is not None
    assert group.done.reason == "SpaceExhausted"
    assert "15" in group.done.message


@every_algorithm
def test_a_finite_space_with_conditions_ends_with_its_exact_count(kind: str) -> None:
    matrix = build_matrix(kind, CONDITIONAL, 100)
    points = 19
    if not repeats_nothing(kind):
        points = len(matrix["values"])
    if kind == "grid":
        points = 1 + 1 + 1 + 2 + 2  # it takes no quniform
    group = Group(make_searcher(matrix, 0), 7, mixed).run()
    assert len(group.suggested) == points
    assert group.done is not None
    assert group.done.reason == ("SpaceExhausted" if repeats_nothing(kind) else "BudgetReached")


@every_algorithm
@pytest.mark.parametrize("seed", range(3))
def test_a_branch_without_continuous_parameters_is_tried_once(kind: str, seed: int) -> None:
    matrix = build_matrix(kind, BRANCHES, 30)
    group = Group(make_searcher(matrix, seed), 4, succeed).run()
    if repeats_nothing(kind) and "lr" in matrix["params"]:
        assert len(group.suggested) == total_trials(matrix)
        assert [new.params for new in group.suggested].count({"model": "dummy"}) <= 1


@every_algorithm
def test_a_thousand_at_once_are_given_at_once(kind: str) -> None:
    params = {
        "a": {"kind": "linspace", "value": "0:1:100"},
        "b": {"kind": "geomspace", "value": "1e-5:1:100"},
    }
    runs = A_THOUSAND_AND.get(kind, 2500)
    group_matrix = build_matrix(kind, params, runs)
    group = Group(make_searcher(group_matrix, 0), 1000, mixed)
    assert len(group.start().suggestions) == 1000
    group.run()
    total = total_trials(group_matrix)
    assert total is not None
    assert len(group.suggested) == total >= runs
    if repeats_nothing(kind):
        assert len({json.dumps(new.params) for new in group.suggested}) == total


@every_algorithm
def test_nothing_more_is_given_once_it_is_done(kind: str) -> None:
    group = Group(make_searcher(build_matrix(kind, MIXED, 6), 0), 4, mixed).run()
    count = len(group.suggested)
    for numbers in ([count], [count, count + 1], [count + 1000]):
        answer = group.searcher.suggest(numbers)
        assert answer.suggestions == ()
        assert answer.done == group.done
