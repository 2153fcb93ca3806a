"""What is shown of groups and trials, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.cli import rows

from .objects import NOW, best, conditions, group, trial


def numbers(trials: Any) -> list[int]:
    return [each["spec"]["number"] for each in trials]


def named(item: Any, name: str = "x") -> Any:
    return {**item, "metadata": {"name": name, "creationTimestamp": "2027-01-15T07:00:00Z"}}


def test_a_groups_row_tells_how_far_it_is() -> None:
    known = named(group(best=best("digits", 1, 0.9)))

    assert rows.group_row(known, NOW) == {
        "NAME": "x",
        "ALGORITHM": "random",
        "DONE/TOTAL": "2/4",
        "RUNNING": 2,
        "BEST": 0.9,
        "STATE": "Searching",
        "AGE": "60m",
        "METRIC": "accuracy",
        "MESSAGE": None,
    }


def test_a_group_that_no_operator_has_seen_is_pending() -> None:
    known = named(group())
    del known["status"]
    row = rows.group_row(known, NOW)

    assert (row["STATE"], row["DONE/TOTAL"], row["RUNNING"], row["BEST"]) == ("Pending", "0/?", 0, None)


@pytest.mark.parametrize(
    ("optimization", "order"), [("maximize", [2, 0, 4, 1, 5, 3]), ("minimize", [0, 2, 4, 1, 5, 3])]
)
def test_the_best_comes_first_then_what_runs_then_what_waits_then_the_rest(
    optimization: str, order: list[int]
) -> None:
    trials = [
        trial(0, value=0.1),
        trial(1, "Running"),
        trial(2, value=0.9),
        trial(3, "Failed"),
        trial(4, "Stopped", value=0.1 if optimization == "maximize" else 0.9),
        trial(5, "Pending"),
    ]
    known = group(matrix={"metric": {"name": "m", "optimization": optimization}})

    assert numbers(rows.best_first(known, trials)) == order


def test_without_a_metric_trials_stand_in_the_order_of_their_numbers() -> None:
    known = group(matrix={"metric": None})

    assert numbers(rows.best_first(known, [trial(2), trial(0), trial(1)])) == [0, 1, 2]


@given(
    st.lists(st.none() | st.integers() | st.floats(allow_nan=False) | st.text() | st.booleans(), max_size=8)
)
def test_any_mix_of_values_has_an_order_with_what_has_none_at_the_end(values: list[Any]) -> None:
    trials = [trial(number, params={"p": value}) for number, value in enumerate(values)]
    key = rows.sorters(group(), trials, NOW)["p"] if values else rows.value_of
    up, down = rows.in_order(trials, key), rows.in_order(trials, key, descending=True)

    missing = sum(value is None for value in values)
    assert sorted(numbers(up)) == sorted(numbers(down)) == [*range(len(values))]
    assert all(key(each) is not None for each in up[: len(values) - missing])
    assert all(key(each) is None for each in down[len(values) - missing :])


def test_trials_can_be_sorted_by_parameters_metrics_and_times() -> None:
    trials = [
        trial(0, params={"lr": 3}, metrics={"size": 1}, startTime="2027-01-15T07:59:00Z"),
        trial(1, "Running", params={"lr": 1}, metrics={"size": 2}, startTime="2027-01-15T07:00:00Z"),
        trial(2, params={"lr": 2}, metrics={"size": 0, "accuracy": 1}),
    ]
    keys = rows.sorters(group(), trials, NOW)

    assert set(keys) == {"lr", "opt", "size", "value", "number", "state", "start", "duration"}
    assert numbers(rows.in_order(trials, keys["lr"])) == [1, 2, 0]
    assert numbers(rows.in_order(trials, keys["size"], descending=True)) == [1, 0, 2]
    assert numbers(rows.in_order(trials, keys["start"])) == [1, 0, 2]
    assert numbers(rows.in_order(trials, keys["duration"])) == [1, 0, 2]


def test_a_parameter_wins_over_a_metric_of_its_name() -> None:
    trials = [trial(0, params={"lr": 2}, metrics={"lr": 1}), trial(1, params={"lr": 1}, metrics={"lr": 2})]

    assert numbers(rows.in_order(trials, rows.sorters(group(), trials, NOW)["lr"])) == [1, 0]


def test_columns_are_the_files_parameters_in_its_order_and_every_metric_but_the_objective() -> None:
    trials = [
        trial(0, params={"opt": 1, "lr": 2}, metrics={"accuracy": 1, "b": 1}),
        trial(1, metrics={"a": 1}),
    ]

    assert rows.parameter_names(group(), trials) == ["lr", "opt"]
    assert rows.metric_names(group(), trials) == ["b", "a"]
    mapping = group(matrix={"params": None, "values": [{"x": 1, "y": 2}, {"x": 2, "y": 1}]})
    assert rows.parameter_names(mapping, []) == ["x", "y"]


@pytest.mark.parametrize(
    ("state", "start", "end", "seconds"),
    [
        ("Succeeded", "2027-01-15T07:00:00Z", "2027-01-15T07:01:00Z", 60),
        ("Running", "2027-01-15T07:59:00Z", None, 60),
        ("Pending", None, None, None),
        ("Pending", "2027-01-15T07:59:00Z", None, None),
        ("Failed", None, "2027-01-15T07:59:00Z", None),
    ],
)
def test_a_duration_is_that_of_what_has_run(
    state: str, start: str | None, end: str | None, seconds: float | None
) -> None:
    assert rows.duration_of(trial(0, state, startTime=start, completionTime=end), NOW) == seconds


@pytest.mark.parametrize(
    ("finished", "succeeded", "outcome"),
    [(False, False, None), (True, True, "Succeeded"), (True, False, "Failed")],
)
def test_the_outcome_is_told_by_conditions(finished: bool, succeeded: bool, outcome: str | None) -> None:
    assert rows.outcome_of(named(group(conditions=conditions(finished, succeeded)))) == outcome


def test_an_edit_that_nobody_has_seen_yet_reopens_the_question() -> None:
    known = named(group(conditions=conditions(True, True, generation=1)))
    known["metadata"]["generation"] = 2

    assert rows.outcome_of(known) is None
    known["status"] = {}
    assert rows.outcome_of(known) is None
