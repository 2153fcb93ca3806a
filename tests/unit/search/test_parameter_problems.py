"""What is refused or warned of in ``params``: the path, what is wrong, and what to write instead."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from leadline.problems import Problem, errors, warnings
from leadline.search import parse_space
from leadline.search.space.kinds import KINDS


def problems_of(kind: Any, value: Any) -> tuple[Problem, ...]:
    return parse_space({"p": {"kind": kind, "value": value}})[1]


NAN, INF = float("nan"), float("inf")

REFUSED: list[tuple[Any, Any, str, str]] = [
    # kind, value, path, words of the message and the remedy
    ("unifrom", [0, 1], "p.kind", "did you mean uniform?"),
    ("blob", [0, 1], "p.kind", "write one of choice, pchoice, range"),
    (None, [0, 1], "p.kind", "None is not a kind"),
    (["choice"], [0, 1], "p.kind", "is not a kind"),
    # shape
    ("uniform", [-1e308, 1e308], "p.value", "too far apart for a computer to hold"),
    ("uniform", 3, "p.value", "neither a list, a map nor a colon string"),
    ("uniform", None, "p.value", "neither a list, a map nor a colon string"),
    ("uniform", True, "p.value", "neither a list, a map nor a colon string"),
    ("choice", [], "p.value", "empty"),
    ("uniform", {}, "p.value", "empty"),
    ("uniform", "", "p.value", "empty"),
    ("choice", "a:b", "p.value", "choice and pchoice need a list"),
    ("pchoice", {"a": 0.5}, "p.value", "choice and pchoice need a list"),
    ("choice", "{{ options }}", "p.value", "a template can't stand for a value"),
    ("range", "{{ start }}:10:1", "p.value", "a template can't stand for a value"),
    # too few, and the wrong keys
    ("uniform", [0], "p.value", "kind uniform needs [low, high]"),
    ("range", [0, 1], "p.value", "kind range needs [start, stop, step]"),
    ("range", "0:1", "p.value", 'kind range needs "start:stop:step"'),
    ("quniform", [0, 1], "p.value", "kind quniform needs [low, high, q]"),
    ("normal", {"loc": 0}, "p.value", "needs the keys loc, scale; scale is missing"),
    ("normal", {"loc": 0, "sclae": 1}, "p.value", "sclae: did you mean scale?"),
    ("loguniform", {"low": 0}, "p.value", "needs the keys low, high (or min, max)"),
    ("qloguniform", {"min": 1, "max": 9}, "p.value", "needs the keys min, max, q; q is missing"),
    ("loguniform", {"min": 1, "max": 9, "low": 0}, "p.value.low", "exclude each other"),
    ("uniform", {"low": 0, "high": 1, "q": 1}, "p.value.q", "no key q; write one of low, high"),
    ("logspace", {"start": 0, "stop": 1, "num": 3, "bsae": 2}, "p.value.bsae", "did you mean base?"),
    ("uniform", {"min": 0, "max": 1}, "p.value", "needs the keys low, high"),
    ("daterange", "2019-06-22:2019-06-25:1", "p.value", "takes no colon string"),
    ("datetimerange", "2019-06-22:2019-06-25:1", "p.value", "takes no colon string"),
    # numbers
    ("uniform", [0, "a"], "p.value[1]", "'a' is not a number"),
    ("uniform", ["1e-5", 1], "p.value[0]", "write it without quotes"),
    ("uniform", {"low": 0, "high": "1"}, "p.value.high", "write it without quotes"),
    ("uniform", [False, True], "p.value[0]", "False is not a number"),
    ("uniform", [0, None], "p.value[1]", "None is not a number"),
    ("uniform", [0, NAN], "p.value[1]", "not a finite number"),
    ("uniform", [-INF, 0], "p.value[0]", "not a finite number"),
    ("uniform", [0, 10**400], "p.value[1]", "not a finite number"),
    ("uniform", "0:nan", "p.value", "'nan' is not a number"),
    ("uniform", "0:1_000", "p.value", "'1_000' is not a number"),
    ("uniform", "0::1", "p.value", "'' is not a number"),
    ("uniform", "0:1e999", "p.value", "too large"),
    ("uniform", "0:" + "9" * 5000, "p.value", "too large"),
    # order and sign
    ("range", [5, 1, 1], "p.value", "start must be less than stop"),
    ("range", [1, 1, 1], "p.value", "start must be less than stop"),
    ("linspace", "1:0:5", "p.value", "start must be less than stop"),
    ("uniform", [1, 0], "p.value", "low must be less than high"),
    ("quniform", [1, 1, 0.5], "p.value", "low must be less than high"),
    ("loguniform", [2, 1], "p.value", "low must be less than high"),
    ("loguniform", {"min": 2, "max": 1}, "p.value", "min must be less than max"),
    ("loguniform", {"min": 0, "max": 1}, "p.value.min", "min must be greater than 0"),
    ("range", [0, 1, 0], "p.value[2]", "step must be greater than 0"),
    ("range", {"start": 0, "stop": 1, "step": -0.5}, "p.value.step", "step must be greater than 0"),
    ("quniform", [0, 1, 0], "p.value[2]", "q must be greater than 0"),
    ("normal", [0, 0], "p.value[1]", "scale must be greater than 0"),
    ("qlognormal", "0:-1:1", "p.value", "scale must be greater than 0"),
    ("linspace", [0, 1, 0], "p.value[2]", "num must be from 1 to 100000"),
    ("linspace", [0, 1, 2.5], "p.value[2]", "num must be a whole number"),
    ("geomspace", [1, 2, 100_001], "p.value[2]", "num must be from 1 to 100000"),
    ("geomspace", [0, 1, 5], "p.value", "geomspace can't reach or cross 0"),
    ("geomspace", [-1, 1, 5], "p.value", "of the same sign"),
    ("logspace", [0, 1, 5, 1], "p.value[3]", "base must not be 1"),
    ("logspace", [0, 1, 5, -2], "p.value[3]", "base must be greater than 0"),
    # what no computer can hold or tell apart
    ("logspace", [1, 1000, 4], "p.value", "for values from 1 to 1000 use kind: geomspace"),
    ("loguniform", [0.01, 1000], "p.value", "write {min: 0.01, max: 1000}"),
    ("lognormal", [0, 100], "p.value", "write a smaller scale"),
    ("normal", [0, 1e308], "p.value", "write a smaller scale"),
    ("range", [1.0, 2.0, 1e-17], "p.value", "too close to be told apart"),
    ("linspace", [1.0, 1.0000000000000004, 10], "p.value", "too close to be told apart"),
    ("geomspace", [1.0, 1.0000000000000004, 10], "p.value", "too close to be told apart"),
    ("logspace", [0, 1e-14, 1000], "p.value", "too close to be told apart"),
    ("range", [0, 10**20, 1], "p.value", "write a greater step"),
    ("uniform", [1, 1.0000000001], "p.value", "less than a millionth"),
    ("normal", [1e9, 1e-3], "p.value", "less than a millionth"),
    ("lognormal", [0, 1e-9], "p.value", "less than a millionth"),
    ("quniform", [0, 1, 1e-17], "p.value[2]", "use kind: uniform"),
    ("qloguniform", [-5, 64, 1], "p.value[2]", "q 1 is too fine"),
    ("qnormal", [1e9, 1, 1e-9], "p.value[2]", "use kind: normal"),
    ("geomspace", [1e-320, 1e-310, 100_000], "p.value", "too close to be told apart"),
    ("uniform", [0, 1e-310], "p.value", "write greater numbers"),
    ("normal", [0, 1e-310], "p.value", "write greater numbers"),
    ("loguniform", {"min": 1e-310, "max": 1}, "p.value.min", "min must be at least"),
    # lists
    ("choice", [1, NAN], "p.value[1]", "not a finite number"),
    ("choice", [{"a": [INF]}], "p.value[0].a[0]", "not a finite number"),
    ("choice", [date(2024, 1, 1)], "p.value[0]", "put it in quotes"),
    ("choice", [{1: 2}], "p.value[0]", "the key 1 is not text"),
    ("pchoice", ["a", "b"], "p.value[0]", "write [value, probability]"),
    ("pchoice", [["a", 0.5], ["b", 0.5, 1]], "p.value[1]", "write [value, probability]"),
    ("pchoice", [["a", 0.5], ["b", "0.5"]], "p.value[1][1]", "write it without quotes"),
    ("pchoice", [["a", True]], "p.value[0][1]", "True is not a number"),
    ("pchoice", [["a", -1], ["b", 2]], "p.value[0][1]", "can't be negative"),
    ("pchoice", [["a", 0], ["b", 0.0]], "p.value", "every probability is 0"),
    ("pchoice", [[NAN, 1]], "p.value[0][0]", "not a finite number"),
    # dates
    ("daterange", ["2019-06-31", "2019-07-02", 1], "p.value[0]", "write it like 2019-06-22"),
    ("daterange", ["22.06.2019", "2019-07-02", 1], "p.value[0]", "is not a date"),
    ("daterange", [20190622, "2019-07-02", 1], "p.value[0]", "is not a date"),
    ("daterange", ["2019-06-22T10:00", "2019-07-02", 1], "p.value[0]", "kind: datetimerange"),
    ("daterange", ["2019-06-22", "2019-06-22", 1], "p.value", "start must be earlier than stop"),
    ("daterange", ["2019-06-22", "2019-06-25", 0.5], "p.value[2]", "step counts whole days"),
    ("daterange", ["2019-06-22", "2019-06-25", 0], "p.value[2]", "step must be greater than 0"),
    ("daterange", {"start": "2019-06-22", "stop": "x", "step": 1}, "p.value.stop", "is not a date"),
    ("datetimerange", ["2019-06-22T25:00", "2019-06-25", 1], "p.value[0]", "is not a date and time"),
    ("datetimerange", ["2019-06-22T10:00Z", "2019-06-25", 1], "p.value", "time zone"),
    (
        "datetimerange",
        ["2019-06-22T10:00", "2019-06-22T09:00", 1],
        "p.value",
        "start must be earlier than stop",
    ),
    ("datetimerange", ["2019-06-22", "2019-06-25", 1e-7], "p.value[2]", "whole number of microseconds"),
]


@pytest.mark.parametrize(("kind", "value", "path", "words"), REFUSED)
def test_a_bad_parameter_is_refused_with_path_and_remedy(
    kind: Any, value: Any, path: str, words: str
) -> None:
    parsed, problems = parse_space({"p": {"kind": kind, "value": value}})
    assert parsed is None
    (problem,) = errors(problems)
    assert problem.path == path
    assert words in f"{problem.message}; {problem.remedy}"


def test_every_kind_has_a_refusal_of_its_own_in_the_table() -> None:
    assert {kind for kind, *_ in REFUSED if isinstance(kind, str)} >= set(KINDS)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def test_lists_without_end_are_refused_not_followed() -> None:
    (problem,) = problems_of("choice", [nested(2000)])
    assert "nested deeper" in problem.message


@pytest.mark.parametrize(
    ("params", "path", "words"),
    [
        ({}, "", "at least one parameter"),
        ([], "", "must be a map"),
        (None, "", "must be a map"),
        ("{{ params }}", "", "write the parameters themselves"),
        ({"p": 3}, "p", "a map with kind and value"),
        ({"p": {"value": [1]}}, "p.kind", "kind is missing"),
        ({"p": {"kind": "choice"}}, "p.value", "value is missing"),
        ({"p": {"kind": "choice", "values": [1]}}, "p.values", "did you mean value?"),
    ],
)
def test_bad_params_are_refused_with_path_and_remedy(params: Any, path: str, words: str) -> None:
    parsed, problems = parse_space(params)
    assert parsed is None
    (problem,) = problems
    assert problem.path == path
    assert words in f"{problem.message}; {problem.remedy}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("false", "put the name in quotes"),
        ("true", "put the name in quotes"),
        (False, "put the name in quotes"),
        (True, "put the name in quotes"),
        ("leadline", "choose another name"),
        ("1st", "starts with a letter or _"),
        ("learning-rate", "letters, digits and _ only"),
        ("a.b", "letters, digits and _ only"),
        ("größe", "letters, digits and _ only"),
        ("a\n", "letters, digits and _ only"),
        ("", "starts with a letter or _"),
        ("a" * 64, "at most 63"),
        (1, "starts with a letter or _"),
    ],
)
def test_a_bad_name_is_refused_where_the_api_server_sees_it(name: Any, words: str) -> None:
    parsed, (problem,) = parse_space({name: {"kind": "choice", "value": [1]}})
    assert parsed is None
    assert problem.path == ""
    assert problem.under("params").path == "params"
    assert words in f"{problem.message}; {problem.remedy}"


def test_names_that_differ_only_in_case_are_refused() -> None:
    choice = {"kind": "choice", "value": [1]}
    _, problems = parse_space({"lr": choice, "LR": choice, "Lr": choice})
    assert [problem.message for problem in problems] == [
        "lr and LR differ only in case",
        "lr and Lr differ only in case",
    ]


@pytest.mark.parametrize("name", ["a", "_", "A9", "a" * 63, "True_", "Leadline"])
def test_a_good_name_is_taken(name: str) -> None:
    parsed, problems = parse_space({name: {"kind": "choice", "value": [1]}})
    assert parsed is not None
    assert problems == ()


def test_every_bad_parameter_is_named_at_once() -> None:
    _, problems = parse_space({"a": {"kind": "uniform", "value": [1, 0]}, "b": {"kind": "x", "value": 1}})
    assert [problem.path for problem in problems] == ["a.value", "b.kind"]


@pytest.mark.parametrize(
    ("kind", "value", "path", "words"),
    [
        (
            "logspace",
            "0.01:0.1:5",
            "p.value",
            "1.02329, 1.07771, 1.13501, 1.19536, 1.25893; for values from 0.01 to 0.1",
        ),
        ("logspace", "-5:0:6", "p.value", "the values are 1e-05, 0.0001, 0.001, 0.01, 0.1, …"),
        (
            "loguniform",
            [1e-05, 0.1],
            "p.value",
            "from 1.00001 to 1.10517; for values from 1e-05 to 0.1 write {min: 1e-05",
        ),
        ("loguniform", "1:100", "p.value", "write {min: 1, max: 100}"),
        ("qloguniform", [0.1, 20, 1], "p.value", "write {min: 0.1, max: 20}"),
        ("pchoice", [["a", 0.1], ["b", 0.8]], "p.value", "add up to 0.9, not 1; 0.1111, 0.8889 are used"),
        ("choice", ["a", {"x": 1}, {"x": 1}], "p.value[2]", "stands at value[1] already; it counts once"),
        ("uniform", [0, 1, 5], "p.value", "uses low, high only"),
        ("normal", {"loc": 0, "scale": 1, "size": 3}, "p.value.size", "size is not used"),
    ],
)
def test_what_is_probably_not_meant_is_warned_of(kind: str, value: Any, path: str, words: str) -> None:
    found = problems_of(kind, value)
    assert errors(found) == ()
    (problem,) = warnings(found)
    assert problem.path == path
    assert words in f"{problem.message}; {problem.remedy}"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("loguniform", [-11.5, -2.3]),
        ("loguniform", [0, 5]),
        ("loguniform", [2.77, 5.55]),
        ("loguniform", {"min": 1e-05, "max": 0.1}),
        ("pchoice", [["a", 0.2], ["b", 0.4], ["c", 0.3], ["d", 0.1]]),
        ("pchoice", [["a", 0], ["b", 1]]),
        ("choice", [1, 1.0, True, "1"]),
        ("geomspace", "0.01:0.1:5"),
    ],
)
def test_what_is_probably_meant_is_not_warned_of(kind: str, value: Any) -> None:
    assert problems_of(kind, value) == ()
