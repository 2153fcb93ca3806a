"""Parameters that are active under a condition, as people write them; what is wrong with them, and what to write."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.problems import Problem
from leadline.search import parse_space
from leadline.search.space.conditions import Condition, find_cycle
from unit.search.conditional import ABC, choice, space_of


def told(**params: Any) -> list[Problem]:
    return list(parse_space(params)[1])


def test_a_parameter_is_active_where_its_parents_are_and_have_one_of_the_values() -> None:
    space = space_of(
        opt=choice("adam", "sgd", "nag"),
        fast=choice(True, False, opt=["sgd", "nag"]),
        m=choice(1, fast=[True], opt=["nag"]),
    )

    assert space.conditions["m"].parents == {"fast": {0}, "opt": {2}}
    assert [name for name in space.names if space.is_active(name, {"opt": 0})] == ["opt"]
    assert space.is_active("m", {"opt": 2, "fast": 0})
    assert not space.is_active("m", {"opt": 1, "fast": 0})
    assert not space.is_active("m", {"fast": 0})


def test_parents_come_before_children_and_else_all_stays_as_declared() -> None:
    space = space_of(z=choice(1, b=["x"]), y=choice(2), b=choice("x", a=[1]), x=choice(3), a=choice(1, 2))

    assert space.names == ("z", "y", "b", "x", "a")
    assert space.order == ("y", "x", "a", "b", "z")
    assert list(space.point(0)) == ["z", "y", "b", "x", "a"]


@pytest.mark.parametrize(
    ("values", "wanted", "indices"),
    [
        ([1, 1.0, True, "1", None], [1], {0}),
        ([1, 1.0, True, "1", None], [1.0], {1}),
        ([1, 1.0, True, "1", None], [True], {2}),
        ([1, 1.0, True, "1", None], ["1", None], {3, 4}),
        ([0.5, 2], [2.0], {1}),
        ([0.5, 2.0], [2], {1}),
        ([[1, 2], {"a": 1, "b": 2}], [{"b": 2, "a": 1}], {1}),
    ],
)
def test_values_are_found_as_json_and_numbers_by_their_value(
    values: list[Any], wanted: list[Any], indices: set[int]
) -> None:
    assert space_of(p=choice(*values), q=choice(1, 2, p=wanted)).conditions["q"].parents["p"] == indices


@pytest.mark.parametrize(
    ("kind", "value", "wanted", "index"),
    [
        ("range", [0, 10**12, 1], 123_456_789_012, 123_456_789_012),
        ("range", [0, 10**12, 1], 5.0, 5),
        ("linspace", [0, 1, 11], 0.3, 3),
        ("geomspace", "0.001:1:4", 0.1, 2),
        ("geomspace", [-4, -1, 3], -2, 1),
        ("logspace", [0, 3, 4, 0.5], 0.25, 2),
        ("logspace", "-3:0:4", 0.01, 1),
        ("quniform", [0, 100, 25], 75, 3),
        ("quniform", [0.1, 0.9, 0.5], 0.9, 2),
        ("qnormal", [0, 1, 0.5], -8.0, 0),
        ("pchoice", [["x", 0.9], ["y", 0], ["z", 0.1]], "z", 1),
        ("daterange", ["2026-01-01", "2026-12-31", 7], "2026-01-15", 2),
        ("datetimerange", ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", 3600], "2026-01-01T05:00:00Z", 5),
    ],
)
def test_a_value_of_any_finite_kind_is_found_without_listing_them(
    kind: str, value: Any, wanted: Any, index: int
) -> None:
    space = space_of(p={"kind": kind, "value": value}, q=choice(1, p=[wanted]))

    assert space.conditions["q"].parents["p"] == {index}
    assert space.parameters["p"].values is not None
    assert space.parameters["p"].values[index] == wanted


@given(st.data())
def test_every_value_finds_its_index_and_no_other_value_does(data: st.DataObject) -> None:
    low, width, size = (data.draw(st.integers(1, 50)) for _ in range(3))
    written = data.draw(
        st.sampled_from(
            [
                ("linspace", [low, low + width, size]),
                ("geomspace", [low / 10, low / 10 + width, size]),
                ("logspace", [low / 100, low / 100 + width / 100, size]),
                ("quniform", [low / 10, low / 10 + width, 0.7]),
            ]
        )
    )
    parameter = space_of(p={"kind": written[0], "value": written[1]}).parameters["p"]
    assert parameter.values is not None
    values = list(parameter.values)

    assert [parameter.index_of(value) for value in values] == list(range(len(values)))  # type: ignore[attr-defined]
    for value in [
        "x",
        None,
        True,
        values[0] - 1,
        values[-1] + 1,
        *((a + b) / 2 for a, b in pairwise(values)),
    ]:
        assert value in values or parameter.index_of(value) is None  # type: ignore[attr-defined]


REFUSED: list[tuple[Any, str, str]] = [
    # when of q, path, words
    ("p", "q.when", "must be a map"),
    (["p"], "q.when", "must be a map"),
    (None, "q.when", "must be a map"),
    ({}, "q.when", "empty"),
    ({"P": ["a"]}, "q.when.P", "there is no parameter P; write one of p, free, far"),
    ({"fre": ["a"]}, "q.when.fre", "did you mean free?"),
    ({"q": [1]}, "q.when.q", "q can't depend on itself"),
    ({"free": [0.5]}, "q.when.free", "free is continuous (kind uniform)"),
    ({"p": "a"}, "q.when.p", 'write ["a"]'),
    ({"p": {"a": 1}}, "q.when.p", "must be a list"),
    ({"p": []}, "q.when.p", "no value is listed"),
    ({"p": ["a", "d"]}, "q.when.p[1]", '"d" is not a value of p; its values are "a", "b", "c"'),
    ({"far": [9.5]}, "q.when.far[0]", "9.5 is not a value of far; its values are 0, 1, 2, 3, 4, 5, …, 99"),
    ({"far": [float("nan")]}, "q.when.far[0]", "is not a value of far"),
    ({"p": [["a"]]}, "q.when.p[0]", '["a"] is not a value of p'),
]


@pytest.mark.parametrize(("when", "path", "words"), REFUSED)
def test_a_condition_that_can_not_be_used_is_told_with_what_to_write(
    when: Any, path: str, words: str
) -> None:
    far = {"kind": "range", "value": [0, 100, 1]}
    (problem,) = told(
        p=ABC, free={"kind": "uniform", "value": [0, 1]}, far=far, q={**choice(1), "when": when}
    )

    assert problem.severity == "error"
    assert problem.path == path
    assert words in str(problem)


def test_a_circle_is_told_once_with_its_names() -> None:
    (problem,) = told(
        p=ABC, x=choice(1, z=[1]), y=choice(1, x=[1], p=["a"]), z=choice(1, y=[1]), w=choice(1, z=[1])
    )

    assert problem.path == "x.when"
    assert "x -> z -> y -> x" in problem.message


def test_circles_are_found_and_diamonds_are_none() -> None:
    def of(**parents: str) -> dict[str, Condition]:
        return {name: Condition(dict.fromkeys(above, frozenset({0}))) for name, above in parents.items()}

    assert find_cycle(of(b="a", c="ab", d="bc", e="dcb")) == ()
    assert set(find_cycle(of(b="ad", c="b", d="c"))) == {"b", "c", "d"}
    assert find_cycle(of(a="a")) == ("a",)


@pytest.mark.parametrize(
    "params",
    [
        {"p": ABC, "q": choice(1, p=["a"]), "r": choice(1, p=["b"], q=[1])},
        {"p": ABC, "q": choice(1, p=["a"]), "r": choice(1, p=["b", "c"]), "s": choice(1, q=[1], r=[1])},
        {
            "p": ABC,
            "q": choice(1, p=["a"]),
            "r": choice(1, q=[1]),
            "s": choice(1, r=[1]),
            "t": choice(1, s=[1], p=["c"]),
        },
    ],
)
def test_a_parameter_that_can_never_be_active_is_refused_once(params: dict[str, Any]) -> None:
    below = {"below": choice(1, **{list(params)[-1]: [1]})}
    (problem,) = told(**params, **below)

    assert problem.path == f"{list(params)[-1]}.when"
    assert "never active" in problem.message
    assert "values of p that exclude" in problem.message


def test_a_condition_that_always_holds_is_warned_of_but_not_one_about_a_parent_with_a_condition() -> None:
    (problem,) = told(p=ABC, q=choice(1, 2, p=["a", "b", "c"]), r=choice(1, q=[2, 1]))

    assert problem.severity == "warning"
    assert problem.path == "q.when.p"


def test_a_value_listed_twice_counts_once() -> None:
    (problem,) = told(p=choice(1, 2), q=choice(1, p=[1, 1.0]))

    assert (problem.path, problem.severity) == ("q.when.p[1]", "warning")


def test_a_parameter_with_a_mistake_is_told_without_complaints_of_those_that_depend_on_it() -> None:
    problems = told(p={"kind": "choice", "value": []}, q=choice(1, p=["a"]))

    assert [problem.path for problem in problems] == ["p.value"]


def test_a_condition_survives_json() -> None:
    params = {"p": ABC, "q": choice(1, p=["b"])}

    assert space_of(**json.loads(json.dumps(params))).conditions == space_of(**params).conditions
