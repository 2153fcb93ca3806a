"""What of earlier searches is taken over into another space, and how the rest is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from leadline.search import Completed, Earlier, Known, recall

MATRIX: dict[str, Any] = {
    "kind": "tpe",
    "numRuns": 9,
    "metric": {"name": "loss", "optimization": "minimize"},
    "params": {
        "x": {"kind": "uniform", "value": [0, 1]},
        "kernel": {"kind": "choice", "value": ["rbf", "poly"]},
        "degree": {"kind": "range", "value": [2, 5, 1], "when": {"kernel": ["poly"]}},
    },
}
EPOCHS = {"name": "epochs", "type": "int"}


def done(
    number: int, value: float | None, outcome: Any = "succeeded", resource: Any = None, **params: Any
) -> Completed:
    return Completed(number, {"kernel": "rbf", **params}, number + 1, outcome, value, resource)


def earlier(*results: Completed, name: str = "before", **matrix: Any) -> Earlier:
    return Earlier(name, {**MATRIX, **matrix}, results)


def test_results_that_fit_are_taken_in_their_order_and_failures_with_them() -> None:
    found = recall(MATRIX, [earlier(done(0, 0.5, x=0.25), done(1, None, "failed", x=1))], 10)
    assert found.results == (
        Known({"x": 0.25, "kernel": "rbf"}, 0.5),
        Known({"x": 1.0, "kernel": "rbf"}, None),
    )
    assert found.left_out == {}


def test_what_does_not_fit_is_counted_by_its_reason() -> None:
    results = (
        done(0, 0.5, x=2),
        done(1, 0.5, x=2),
        done(2, 0.5),
        done(3, 0.5, x=0.5, kernel="poly"),
        done(4, 0.5, x=0.5, lr=3),
        done(5, 0.5, x=0.5, degree=3),
        done(6, None, "stopped", x=0.5),
        done(7, 0.5, x=0.5, kernel="linear"),
        done(8, 0.5, x=0.5, kernel="poly", degree=4),
    )
    found = recall(MATRIX, [earlier(*results)], 10)
    assert [known.params for known in found.results] == [{"x": 0.5, "kernel": "poly", "degree": 4}]
    assert found.left_out == {
        "x is 2, which is not from 0 to 1": 2,
        "x is missing": 1,
        "degree is missing": 1,
        "lr is not a parameter; there are: x, kernel, degree": 1,
        "degree is given where its condition (when) does not hold": 1,
        "it ended without a value": 1,
        "kernel can't be 'linear'": 1,
    }


def test_groups_with_another_metric_or_that_are_gone_are_left_out() -> None:
    other = earlier(done(0, 1, x=0.5), name="other", metric={"name": "loss", "optimization": "maximize"})
    bare = earlier(done(0, 1, x=0.5), name="bare", metric=None)
    found = recall(MATRIX, [other, bare, Earlier("gone")], 10)
    assert found.results == ()
    assert found.left_out == {
        "other: it has another metric (maximize loss)": 1,
        "bare: it has another metric (none)": 1,
        "gone: there is no such earlier group": 1,
    }


def test_of_one_point_the_newest_result_is_taken() -> None:
    found = recall(MATRIX, [earlier(done(0, 0.5, x=0.5)), earlier(done(0, 0.25, x=0.5))], 10)
    assert [known.value for known in found.results] == [0.25]
    assert sum(found.left_out.values()) == 1


def test_rungs_are_kept_where_both_count_the_same_resource() -> None:
    results = (
        done(0, 0.5, resource=1, x=0.5),
        done(1, 0.7, resource=1, x=0.6),
        replace(done(0, 0.4, resource=3, x=0.5), sequence=3),
    )
    before = earlier(*results, resource=EPOCHS, maxIterations=9)
    rungs = {**MATRIX, "resource": EPOCHS, "maxIterations": 81}
    assert [(known.value, known.resource) for known in recall(rungs, [before], 10).results] == [
        (0.5, 1),
        (0.7, 1),
        (0.4, 3),
    ]
    assert [(known.value, known.resource) for known in recall(MATRIX, [before], 10).results] == [
        (0.7, None),
        (0.4, None),
    ]
    steps = {**rungs, "resource": {"name": "steps", "type": "int"}}
    assert [known.resource for known in recall(steps, [before], 10).results] == [81, 81]


def test_many_are_thinned_out_evenly_from_the_best_to_the_worst() -> None:
    results = [done(n, (n * 37) % 1000 / 1000, x=n / 1000) for n in range(1000)]
    found = recall(MATRIX, [earlier(*results)], 100)
    values = [known.value for known in found.results]
    assert len(values) == 100
    assert 0.0 in values
    assert 0.45 < sum(value or 0 for value in values) / 100 < 0.55
    assert [known.params["x"] for known in found.results] == sorted(
        known.params["x"] for known in found.results
    )
    assert sum(found.left_out.values()) == 900


def test_what_is_kept_is_bounded_in_size() -> None:
    matrix = {
        **MATRIX,
        "params": {"text": {"kind": "choice", "value": [f"{n:03}" + "x" * 5000 for n in range(50)]}},
    }
    values = matrix["params"]["text"]["value"]
    results = tuple(Completed(n, {"text": text}, n, "succeeded", n) for n, text in enumerate(values))
    found = recall(matrix, [Earlier("before", matrix, results)], 100)
    assert 1 <= len(found.results) <= 6
