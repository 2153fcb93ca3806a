"""What each algorithm does beyond the contract that all share."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from leadline.search import Done, New, Running, make_searcher, total_trials


def choice(*values: Any) -> dict[str, Any]:
    return {"kind": "choice", "value": list(values)}


def points(matrix: dict[str, Any], count: int, seed: int = 1) -> list[dict[str, Any]]:
    answer = make_searcher(matrix, seed).suggest(range(count))
    return [dict(new.params) for new in answer.suggestions if isinstance(new, New)]


def first(matrix: dict[str, Any], number: int = 0, seed: int = 1) -> dict[str, Any]:
    (new,) = make_searcher(matrix, seed).suggest([number]).suggestions
    assert isinstance(new, New)
    return dict(new.params)


def random(runs: int, **params: Any) -> dict[str, Any]:
    return {"kind": "random", "numRuns": runs, "params": params}


def sobol(runs: int, **params: Any) -> dict[str, Any]:
    return {"kind": "sobol", "numRuns": runs, "params": params}


ROOT = Path(__file__).parents[3]
UNIT = {"kind": "uniform", "value": [0, 1]}


def test_a_grid_goes_through_all_points_in_order() -> None:
    matrix = {"kind": "grid", "params": {"b": choice(1, 2), "a": choice("x", "y")}}
    answer = make_searcher(matrix, 0).suggest(range(10))
    assert [tuple(new.params.values()) for new in answer.suggestions if isinstance(new, New)] == [
        (1, "x"),
        (1, "y"),
        (2, "x"),
        (2, "y"),
    ]
    assert answer.done == Done("SpaceExhausted", "the space has 4 points")


def test_a_grid_of_a_quintillion_points_gives_its_first_trial_at_once() -> None:
    matrix = {
        "kind": "grid",
        "params": {f"p{i}": {"kind": "linspace", "value": "0:1:100000"} for i in range(4)},
    }
    assert total_trials(matrix) == 10**20
    assert first(matrix, 10**20 - 1) == {f"p{i}": 1.0 for i in range(4)}
    matrix["params"] = {"p": {"kind": "range", "value": [0, 10**18, 1]}}
    assert [point["p"] for point in points(matrix, 3)] == [0, 1, 2]


def test_num_runs_keeps_the_first_points_of_a_grid() -> None:
    matrix = {"kind": "grid", "numRuns": 2, "params": {"a": choice(1, 2, 3)}}
    answer = make_searcher(matrix, 0).suggest(range(5))
    assert len(answer.suggestions) == 2
    assert answer.done == Done("BudgetReached", "numRuns is 2")


def test_a_grid_over_dates_is_a_backfill() -> None:
    matrix = {
        "kind": "grid",
        "params": {"day": {"kind": "daterange", "value": ["2024-02-28", "2024-03-01", 1]}},
    }
    assert [point["day"] for point in points(matrix, 9)] == ["2024-02-28", "2024-02-29"]


def test_a_mapping_keeps_order_and_repeats_and_hands_out_copies() -> None:
    values: list[dict[str, Any]] = [{"a": [1], "b": "x"}, {"a": [1], "b": "x"}, {"b": "y", "a": None}]
    matrix = {"kind": "mapping", "values": values}
    searcher = make_searcher(matrix, 0)
    answer = searcher.suggest(range(3))
    assert [new.params for new in answer.suggestions if isinstance(new, New)] == values
    assert answer.done is not None
    assert answer.done.reason == "SpaceExhausted"
    values[0]["a"] = [2]
    answer.suggestions[1].params["a"].append(9)  # type: ignore[union-attr]
    assert [dict(new.params) for new in searcher.suggest([0, 1]).suggestions if isinstance(new, New)] == [
        {"a": [1], "b": "x"},
        {"a": [1], "b": "x"},
    ]


def test_random_on_a_small_space_ends_with_its_exact_count() -> None:
    answer = make_searcher(random(25, a=choice(1, 2), b=choice(1, 2)), 3).suggest(range(25))
    assert len({str(new.params) for new in answer.suggestions if isinstance(new, New)}) == 4
    assert answer.done == Done("SpaceExhausted", "the space has 4 points, fewer than numRuns, which is 25")


def test_a_budget_as_large_as_the_space_is_reached_not_missed() -> None:
    answer = make_searcher(random(4, a=choice(1, 2, 3, 4)), 3).suggest([3])
    assert answer.done is not None
    assert answer.done.reason == "BudgetReached"


def test_seed_zero_is_a_seed() -> None:
    matrix = random(5, a=UNIT)
    assert points(matrix, 5, seed=0) == points(matrix, 5, seed=0)
    assert points(matrix, 5, seed=0) != points(matrix, 5, seed=1)


def test_another_parameter_changes_no_continuous_draw() -> None:
    alone = points(random(20, lr=UNIT), 20)
    more = points(random(20, a=choice("x", "y"), z={"kind": "normal", "value": [0, 1]}, lr=UNIT), 20)
    assert [point["lr"] for point in more] == [point["lr"] for point in alone]


@pytest.mark.parametrize("kind", ["random", "sobol"])
def test_the_order_of_declaration_changes_no_draw(kind: str) -> None:
    for params in (
        {"a": choice(1, 2, 3), "b": UNIT, "c": choice(1, 2)},
        {
            "a": choice(1, 2, 3),
            "b": choice(1, 2),
            "c": {"kind": "pchoice", "value": [["x", 0.3], ["y", 0.7]]},
        },
        {"a": choice(1, 2, 3), "b": choice(1, 2)},
    ):
        forwards = points({"kind": kind, "numRuns": 6, "params": params}, 6)
        backwards = points({"kind": kind, "numRuns": 6, "params": dict(reversed(params.items()))}, 6)
        assert forwards == backwards
        assert [list(point) for point in backwards] == [list(reversed(params))] * 6


def test_raising_num_runs_goes_on_with_the_same_search() -> None:
    for params in ({"a": UNIT}, {"a": choice(*range(50))}, {"a": {"kind": "quniform", "value": [0, 50, 1]}}):
        for kind in ("random", "sobol"):
            few = points({"kind": kind, "numRuns": 10, "params": params}, 10)
            assert points({"kind": kind, "numRuns": 20, "params": params}, 20)[:10] == few


@pytest.mark.parametrize("kind", ["random", "sobol"])
@pytest.mark.parametrize(
    "value",
    [
        [["a", 0.999998], ["b", 1e-6], ["c", 1e-6], ["never", 0]],
        [["a", 1], ["b", 1e-12], ["c", 1e-15]],
    ],
)
def test_the_improbable_comes_last_but_it_comes(kind: str, value: list[list[Any]]) -> None:
    drawn = points({"kind": kind, "numRuns": 100, "params": {"p": {"kind": "pchoice", "value": value}}}, 100)
    assert drawn[0] == {"p": "a"}
    assert sorted(point["p"] for point in drawn) == ["a", "b", "c"]


@pytest.mark.parametrize("kind", ["random", "sobol"])
def test_coarse_quantised_spaces_end_instead_of_looping(kind: str) -> None:
    matrix = {"kind": kind, "numRuns": 1000, "params": {"p": {"kind": "qnormal", "value": [0, 1, 1]}}}
    assert total_trials(matrix) == 17
    assert sorted(point["p"] for point in points(matrix, 1000)) == list(range(-8, 9))


def test_random_draws_follow_their_distributions() -> None:
    count = 2000
    drawn = points(
        random(
            count,
            u=UNIT,
            n={"kind": "normal", "value": [10, 2]},
            c=choice("a", "b"),
            p={"kind": "pchoice", "value": [["x", 0.2], ["y", 0.8]]},
            q={"kind": "quniform", "value": [0, 1, 0.25]},
        ),
        count,
    )
    tolerance = 4 / sqrt(count)
    assert sum(point["u"] for point in drawn) / count == pytest.approx(0.5, abs=tolerance * sqrt(1 / 12))
    assert sum(point["n"] for point in drawn) / count == pytest.approx(10, abs=tolerance * 2)
    assert Counter(point["c"] for point in drawn)["a"] / count == pytest.approx(0.5, abs=tolerance / 2)
    assert Counter(point["p"] for point in drawn)["x"] / count == pytest.approx(0.2, abs=tolerance * 0.4)
    assert Counter(point["q"] for point in drawn)[1.0] / count == pytest.approx(0.125, abs=tolerance * 0.33)
    correlation = sum((point["u"] - 0.5) * (point["n"] - 10) for point in drawn) / count / (2 * sqrt(1 / 12))
    assert abs(correlation) < tolerance


def test_a_random_search_over_equal_choices_starts_anywhere() -> None:
    starts = Counter(first(random(1, a=choice("x", "y", "z")), seed=seed)["a"] for seed in range(300))
    assert min(starts.values()) > 70


def test_sobol_fills_every_cell_of_a_grid_with_as_many_points_as_cells() -> None:
    drawn = points(sobol(64, a=UNIT, b=UNIT), 64)
    assert len({(int(point["a"] * 8), int(point["b"] * 8)) for point in drawn}) == 64
    discrete = points(sobol(64, a=choice(*range(8)), b=choice(*range(8))), 64)
    assert len({(point["a"], point["b"]) for point in discrete}) == 64


def test_sobol_follows_probabilities_more_closely_than_chance() -> None:
    matrix = sobol(64, u=UNIT, p={"kind": "pchoice", "value": [["x", 0.25], ["y", 0.75]]})
    assert Counter(point["p"] for point in points(matrix, 64)) == {"x": 16, "y": 48}


def test_sobol_takes_up_to_sixty_four_parameters() -> None:
    params = {f"p{i}": UNIT for i in range(64)}
    (point,) = points(sobol(1, **params), 1)
    assert len(set(point.values())) == 64


def test_a_far_number_and_one_before_it_cost_no_more_than_their_block() -> None:
    searcher = make_searcher(sobol(10**6, a=UNIT, b=choice(1, 2)), 5)
    far, near, again = (searcher.suggest([number]).suggestions for number in (900_000, 3, 900_000))
    assert far == again
    assert near == make_searcher(sobol(10, a=UNIT, b=choice(1, 2)), 5).suggest([3]).suggestions


def test_making_searchers_imports_nothing_heavy() -> None:
    script = """
import sys
from leadline.search import make_searcher
params = {"a": {"kind": "normal", "value": [0, 1]}}
for kind in ("random", "sobol"):
    searcher = make_searcher({"kind": kind, "numRuns": 2, "params": params}, 0)
    assert not {"numpy", "scipy"} & set(sys.modules), kind
    searcher.suggest([0])
assert {"numpy", "scipy"} <= set(sys.modules)
"""
    environment = {"PYTHONPATH": str(ROOT / "operator")}
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=60
    )
    assert run.returncode == 0, run.stderr


def test_done_says_that_no_greater_number_gets_a_point_and_holes_still_do() -> None:
    matrix = {"kind": "grid", "params": {"a": choice(*range(8))}}
    searcher = make_searcher(matrix, 0)
    searcher.update([], [Running(number, {"a": number}) for number in (0, 1, 2, 3, 4, 6)])
    assert searcher.suggest([]).done is None
    answer = searcher.suggest([5, 7, 8])
    assert [new.params for new in answer.suggestions if isinstance(new, New)] == [{"a": 5}, {"a": 7}]
    assert answer.done is not None
    assert searcher.suggest([5]).done is None
    searcher.update([], [Running(7, {"a": 7})])
    assert searcher.suggest([5]).done is not None


def test_origins_say_where_a_point_comes_from() -> None:
    for matrix, origin in (
        ({"kind": "grid", "params": {"a": choice(1, 2)}}, {"algorithm": "grid", "index": 1}),
        ({"kind": "mapping", "values": [{"a": 1}, {"a": 2}]}, {"algorithm": "mapping", "index": 1}),
        (random(2, a=UNIT), {"algorithm": "random", "index": 1}),
        (sobol(2, a=UNIT), {"algorithm": "sobol", "index": 1}),
    ):
        (new,) = make_searcher(matrix, 0).suggest([1]).suggestions
        assert new.origin == origin
