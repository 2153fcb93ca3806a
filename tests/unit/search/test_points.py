"""Points of spaces with conditions, drawn until nothing is left; and new configurations for algorithms that learn."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.search import New, make_searcher
from leadline.search.sampling.keyed import Keyed
from leadline.search.sampling.points import Fresh
from leadline.search.sampling.unseen import ENDLESS, INACTIVE, Unseen
from unit.search.conditional import space_from

TREE: dict[str, Any] = {
    "model": {"kind": "pchoice", "value": [["dummy", 0.98], ["svm", 0.015], ["net", 0.005]]},
    "kernel": {"kind": "choice", "value": ["rbf", "poly"], "when": {"model": ["svm"]}},
    "degree": {"kind": "range", "value": [2, 6, 1], "when": {"kernel": ["poly"]}},
    "layers": {"kind": "quniform", "value": [1, 3, 1], "when": {"model": ["net"]}},
    "scale": {"kind": "choice", "value": [True, False], "when": {"model": ["svm", "net"]}},
}
"""1 + (1 + 4) * 2 + 3 * 2 = 17 points."""
ENDLESS_TREE: dict[str, Any] = {
    **TREE,
    "lr": {"kind": "loguniform", "value": {"min": 0.001, "max": 1}, "when": {"model": ["net"]}},
}
SEEDS = st.integers(0, 2**63)


def drawn(kind: str, params: dict[str, Any], seed: int, count: int) -> list[dict[str, Any]]:
    suggestions = make_searcher({"kind": kind, "numRuns": count, "params": params}, seed).suggest(
        range(count)
    )
    return [dict(new.params) for new in suggestions.suggestions if isinstance(new, New)]


def texts(points: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(point) for point in points]


@pytest.mark.parametrize("kind", ["random", "sobol"])
@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_a_space_with_conditions_is_used_up_without_a_point_twice(kind: str, seed: int) -> None:
    points = drawn(kind, TREE, seed, 50)
    space = space_from(TREE)

    assert sorted(texts(points)) == sorted(json.dumps(space.point(i)) for i in range(17))


@pytest.mark.parametrize("kind", ["random", "sobol"])
@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_branches_that_end_are_used_up_and_the_endless_one_goes_on(kind: str, seed: int) -> None:
    points = drawn(kind, ENDLESS_TREE, seed, 60)

    assert len(set(texts(points))) == 60
    assert len([point for point in points if point["model"] != "net"]) <= 11
    assert all(("lr" in point) == (point["model"] == "net") for point in points)


@pytest.mark.parametrize("kind", ["random", "sobol"])
def test_each_active_parameter_keeps_its_own_probability(kind: str) -> None:
    params = {
        "a": {"kind": "choice", "value": ["x", "y"]},
        # Many points below x, one below y: each is drawn half of the time all the same.
        "b": {"kind": "range", "value": [0, 1000, 1], "when": {"a": ["x"]}},
        "c": {"kind": "uniform", "value": [0, 1], "when": {"a": ["y"]}},
    }
    counts = Counter(point["a"] for point in drawn(kind, params, 3, 400))

    assert abs(counts["x"] - 200) < 40


def test_what_one_number_draws_does_not_depend_on_what_was_asked_before() -> None:
    matrix = {"kind": "random", "numRuns": 40, "params": ENDLESS_TREE}
    whole = make_searcher(matrix, 5).suggest(range(40)).suggestions

    assert make_searcher(matrix, 5).suggest([37]).suggestions == (whole[37],)


def test_the_first_draw_of_a_tree_has_the_probabilities_of_its_branches() -> None:
    params = {
        "a": {"kind": "choice", "value": [0, 1]},
        "b": {"kind": "choice", "value": [0, 1, 2], "when": {"a": [0]}},
    }
    runs = 3000
    counts: Counter[tuple[int, ...]] = Counter()
    for run in range(runs):
        keyed, unseen = Keyed(run, "test"), Unseen(space_from(params))
        unseen.take((0, 0))
        counts[unseen.draw(lambda limit, depth, keyed=keyed: keyed.below(limit, 0, depth))] += 1  # type: ignore[misc]
    # A sixth each of (0, 1) and (0, 2), half of (1): of what the five sixths that are left.
    expected = {(0, 1): runs / 5, (0, 2): runs / 5, (1, INACTIVE): runs * 3 / 5}
    assert set(counts) == set(expected)
    assert sum((counts[p] - e) ** 2 / e for p, e in expected.items()) < 13.8  # 99.9 %, two degrees of freedom


def test_a_point_with_an_active_continuous_parameter_can_be_taken_again() -> None:
    unseen = Unseen(
        space_from({"a": TREE["kernel"] | {"when": {"m": [1]}}, "m": {"kind": "choice", "value": [0, 1]}})
    )
    assert unseen.take((0, INACTIVE))
    assert not unseen.take((0, INACTIVE))
    endless = Unseen(space_from(ENDLESS_TREE))
    point = (2, INACTIVE, INACTIVE, 0, 0, ENDLESS)
    assert endless.take(point)
    assert endless.take(point)


def test_new_configurations_are_none_of_those_known_until_none_is_left() -> None:
    space = space_from(TREE)
    known = [space.point(i) for i in (0, 3, 3, 16)]
    fresh = Fresh(space, 7, known)
    assert fresh.left == 14
    found: list[dict[str, Any]] = []
    while (new := fresh.draw(len(found))) is not None:
        found.append(new)

    assert fresh.left == 0
    assert sorted(texts([*known[:2], known[3], *found])) == sorted(texts([space.point(i) for i in range(17)]))


def test_where_there_is_no_end_of_configurations_none_is_counted() -> None:
    space = space_from(ENDLESS_TREE)
    fresh = Fresh(space, 7, [{"model": "dummy"}])
    found = [fresh.draw(number) for number in range(40)]

    assert fresh.left is None
    assert {"model": "dummy"} not in found
    assert len(set(map(json.dumps, found))) == 40


def test_a_configuration_is_known_once_and_one_of_another_space_never() -> None:
    fresh = Fresh(space_from(ENDLESS_TREE), 7)
    net = {"model": "net", "layers": 2, "scale": True, "lr": 0.01}

    assert [fresh.take(net), fresh.take(dict(net)), fresh.take({**net, "lr": 0.1})] == [True, False, True]
    assert [fresh.take({"model": "dummy"}), fresh.take({"model": "dummy"})] == [True, False]
    assert not fresh.take({"model": "net"})
