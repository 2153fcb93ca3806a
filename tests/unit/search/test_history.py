"""A search hears the same whatever order it is told in, and however its numbers were written."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from contract.search.spaces import build_matrix
from leadline.search import Completed, New, Prior, Running, make_searcher, read_points
from leadline.search.registry import ALGORITHMS

KINDS = [kind for kind, algorithm in ALGORITHMS.items() if "metric" in algorithm.needs]
LINE = {"x": {"kind": "uniform", "value": [0, 1]}, "n": {"kind": "range", "value": [0, 100, 1]}}


def searched(kind: str, params: dict[str, Any] = LINE) -> dict[str, Any]:
    return build_matrix(kind, params, 45)


def results(kind: str, count: int = 24) -> list[Completed]:
    resource = 1 if "resource" in searched(kind) else None
    rng = Random(3)
    points = [{"x": rng.random(), "n": rng.randrange(100)} for _ in range(count)]
    return [
        Completed(number, point, number + 1, "succeeded", abs(point["x"] - 0.3) + point["n"], resource)
        for number, point in enumerate(points)
    ]


def suggested(searcher: Any) -> list[Any]:
    return [getattr(one, "params", one) for one in searcher.suggest([40, 41]).suggestions]


@pytest.mark.parametrize("kind", KINDS)
def test_results_count_in_the_order_of_sequences_in_whichever_they_are_told(kind: str) -> None:
    matrix = searched(kind)
    told = results(kind)
    ordered = make_searcher(matrix, 5)
    ordered.update(told, [])
    mixed, pieces = make_searcher(matrix, 5), make_searcher(matrix, 5)
    mixed.update(Random(1).sample(told, len(told)), [])
    for start in (16, 8, 0):
        pieces.update(told[start : start + 8], [])
    assert suggested(mixed) == suggested(ordered)
    assert suggested(pieces) == suggested(ordered)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("kind", KINDS)
def test_a_value_that_no_number_can_be_compared_with_is_a_failure(kind: str, value: float) -> None:
    told = results(kind)
    answers = []
    for outcome, odd in (("succeeded", value), ("failed", None), ("failed", 0.0)):
        searcher = make_searcher(searched(kind), 5)
        searcher.update([*told, Completed(24, {"x": 0.5, "n": 3}, 25, outcome, odd, told[0].resource)], [])  # type: ignore[arg-type]
        answers.append(suggested(searcher))
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_number_is_the_same_as_text_may_write_it(kind: str) -> None:
    """Between API servers 1.0 becomes 1."""
    params = {
        "a": {"kind": "choice", "value": [1.0, 2.0, 0.5]},
        "x": {"kind": "quniform", "value": [0, 7, 0.5]},
    }
    searcher = make_searcher(searched(kind, params), 5)
    found: list[New] = []
    for number in range(45):
        news = [one for one in searcher.suggest([number]).suggestions if isinstance(one, New)]
        found += news
        for new in news:
            shortened = {
                name: int(value) if float(value).is_integer() else value for name, value in new.params.items()
            }
            told = Completed(number, shortened, number + 1, "succeeded", 1.0, new.resource)
            searcher.update(
                [told], [Running(number, shortened, new.resource, paused=True)] if new.resource else []
            )
    assert len({str(sorted(new.params.items())) for new in found}) == len(found) > 10


@pytest.mark.parametrize("known", [(), ({"params": {"x": 0.55}, "value": 0.1225},)])
def test_rungs_differ_also_where_the_whole_resource_was_told_first(known: Any) -> None:
    """One epoch likes 0.9, all 27 of them 0.2."""
    matrix = {
        "kind": "asha",
        "numRuns": 200,
        "maxIterations": 27,
        "sampler": "bayes",
        "resource": {"name": "epochs", "type": "int"},
        "metric": {"name": "loss", "optimization": "minimize"},
        "params": {"x": LINE["x"]},
    }
    points = [number * 0.618034 % 1 for number in range(24)]
    told = [Completed(n, {"x": x}, n, "succeeded", (x - 0.9) ** 2, 1) for n, x in enumerate(points)]
    told += [
        Completed(n, {"x": x}, 24 + n, "succeeded", (x - 0.2) ** 2, 27)
        for n, x in enumerate(points)
        if n % 2 == 0
    ]
    searcher = make_searcher(matrix, 0, prior=read_points(matrix, known))
    searcher.update(told, [])
    news = [one for one in searcher.suggest(range(40, 46)).suggestions if isinstance(one, New)]
    modelled = [new.params["x"] for new in news if new.origin.get("phase") == "model"]
    assert len(modelled) > 2
    assert all(abs(x - 0.2) < 0.1 for x in modelled)


def test_what_is_told_later_is_no_longer_the_callers() -> None:
    searcher, fresh = make_searcher(searched("bayes"), 5), make_searcher(searched("bayes"), 5)
    told, same = results("bayes"), results("bayes")
    searcher.update(told, [])
    fresh.update(same, [])
    for result in told:
        dict.update(result.params, x=0.9)
    assert suggested(searcher) == suggested(fresh)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"x": 0.5}, "trial 3 is not of this space: n is missing"),
        ({"x": 1.5, "n": 1}, "trial 3 is not of this space: x is 1.5, which is not from 0 to 1"),
        ({"x": 0.5, "n": 1, "y": 0}, "trial 3 is not of this space: y is not a parameter; there are: x, n"),
    ],
)
def test_a_configuration_of_another_space_is_refused_and_nothing_taken_in(params: Any, said: str) -> None:
    searcher, fresh = make_searcher(searched("tpe"), 5), make_searcher(searched("tpe"), 5)
    told = results("tpe")
    with pytest.raises(ValueError, match=said):
        searcher.update([*told, Completed(3, params, 99, "succeeded", 1.0)], [])
    searcher.update(told, [])
    fresh.update(told, [])
    assert suggested(searcher) == suggested(fresh)


def test_points_and_earlier_results_of_another_space_are_refused() -> None:
    with pytest.raises(ValueError, match=r"point 0 is not of this space: x is 5, which is not from 0 to 1"):
        make_searcher(searched("random"), 0, prior=Prior(({"x": 5, "n": 1},)))
    earlier = Completed(-1, {"x": 0.5}, -1, "succeeded", 1.0)
    with pytest.raises(ValueError, match="earlier result -1 is not of this space: n is missing"):
        make_searcher(searched("bayes"), 0, prior=Prior((), (earlier,)))
