"""Values against schemas: the server's verdict, in words that help."""

from __future__ import annotations

import math
from typing import Any

import pytest

from leadline.api.fields import Rule, Schema
from leadline.api.structure import check, with_defaults

INTEGER = Schema("How many.", type="integer", minimum=1, maximum=10)
TEXT = Schema("A text.", type="string", min_length=2, max_length=4, pattern="^[a-z]+$")
TREE = Schema(
    type="object",
    required=("count",),
    properties={
        "count": INTEGER,
        "share": Schema(type="number", minimum=0, exclusive_minimum=True),
        "text": TEXT,
        "mode": Schema(type="string", enum=("fast", "slow"), default="fast"),
        "on": Schema(type="boolean"),
        "list": Schema(type="array", max_items=2, items=INTEGER),
        "map": Schema(type="object", max_properties=1, additional=INTEGER),
        "open": Schema(type="object", unknown_fields=True),
        "inner": Schema(type="object", default={}, properties={"deep": Schema(type="integer", default=7)}),
        "or_null": Schema(type="string", nullable=True),
    },
)


def said(value: Any, schema: Schema = TREE) -> list[str]:
    return [str(problem) for problem in check(schema, value)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "count: is missing; add count: how many"),
        ({"count": 0}, "count: must be at least 1, not 0"),
        ({"count": 11}, "count: must be at most 10, not 11"),
        ({"count": "3"}, 'count: must be a whole number, not the text "3"; write it without quotes'),
        ({"count": "three"}, 'count: must be a whole number, not the text "three"; how many'),
        ({"count": 2.5}, "count: must be a whole number, not 2.5"),
        ({"count": True}, "count: must be a whole number, not true"),
        ({"count": 2**63}, "count: must be a whole number, not 9223372036854775808"),
        ({"count": 1, "share": 0}, "share: must be greater than 0, not 0"),
        ({"count": 1, "share": math.nan}, "share: nan is no number to JSON; write a finite number"),
        ({"count": 1, "text": "a"}, "text: needs at least 2 characters, and has 1"),
        ({"count": 1, "text": "abcde"}, "text: takes at most 4 characters, and has 5"),
        ({"count": 1, "text": "a1"}, 'text: "a1" does not match ^[a-z]+$; A text.'),
        ({"count": 1, "text": 5}, 'text: must be a text, not 5; put it in quotes: "5"'),
        ({"count": 1, "text": True}, 'text: must be a text, not true; put it in quotes: "true"'),
        (
            {"count": 1, "mode": "fats"},
            'mode: must be one of fast, slow, not the text "fats"; did you mean fast?',
        ),
        ({"count": 1, "mode": "x"}, 'mode: must be one of fast, slow, not the text "x"'),
        (
            {"count": 1, "on": "true"},
            'on: must be true or false, not the text "true"; write it without quotes',
        ),
        ({"count": 1, "on": 1}, "on: must be true or false, not 1"),
        ({"count": 1, "list": 5}, "list: must be a list, not 5; write a list: [5]"),
        ({"count": 1, "list": [1, 2, 3]}, "list: takes at most 2 items, and has 3"),
        ({"count": 1, "list": [1, 0]}, "list[1]: must be at least 1, not 0"),
        ({"count": 1, "map": {"a": 1, "b": 2}}, "map: takes at most 1 entry, and has 2"),
        ({"count": 1, "map": {"a": "b"}}, 'map.a: must be a whole number, not the text "b"; how many'),
        ({"count": 1, "map": []}, "map: must be a map, not a list; write a map with a name for each entry"),
        ({"count": 1, "cuont": 2}, "cuont: unknown field; did you mean count?"),
        ({"count": 1, "orNull": 2}, "orNull: unknown field; did you mean or_null?"),
        ({"count": 1, "deep": 2}, "deep: unknown field; it belongs at inner.deep"),
        ({"count": 1, "inner": {"xyz": 2}}, "inner.xyz: unknown field; remove it; the fields here are deep"),
    ],
    ids=str,
)
def test_a_fault_is_told_with_its_place_and_a_remedy(value: Any, text: str) -> None:
    assert said(value) == [text]


@pytest.mark.parametrize(
    "value",
    [
        {"count": 3.0},
        {"count": 1, "share": 1},
        {"count": 1, "share": 2**70},
        {"count": 1, "or_null": None},
        {"count": 1, "open": {"anything": [None, {"at": "all"}]}},
        {"count": 1, "list": (1, 2)},
    ],
    ids=str,
)
def test_what_the_server_takes_is_no_fault(value: Any) -> None:
    assert said(value) == []


def test_all_faults_are_told_at_once() -> None:
    assert len(said({"cuont": 1, "share": 0, "list": [0, "a"]})) == 5


def test_defaults_are_filled_in_and_nulls_without_meaning_left_out() -> None:
    stored = with_defaults(
        TREE, {"count": None, "mode": None, "or_null": None, "open": {"x": None}, "map": {"a": None}}
    )

    assert stored == {"mode": "fast", "inner": {"deep": 7}, "or_null": None, "open": {"x": None}, "map": {}}


def test_what_is_stored_shares_nothing_with_what_was_given() -> None:
    given = {"open": {"x": [1]}, "unknown": {"y": []}}

    stored = with_defaults(TREE, given)
    stored["open"]["x"].append(2)
    stored["unknown"]["y"].append(2)
    stored["inner"]["deep"] = 8

    assert given == {"open": {"x": [1]}, "unknown": {"y": []}}
    assert with_defaults(TREE, {})["inner"] == {"deep": 7}


RULED = Schema(
    type="object",
    properties={
        "a": Schema(type="integer"),
        "b": Schema(type="integer"),
        "parts": Schema(
            type="object",
            additional=Schema(
                type="object",
                unknown_fields=True,
                rules=(
                    Rule(
                        "self == oldSelf", lambda new, old: new == old, "part can't change", "make a new one"
                    ),
                ),
            ),
        ),
    },
    rules=(
        Rule("self.a < self.b", lambda new, _: new["a"] < new["b"], "a must be less than b", field_path=".a"),
    ),
)


def test_a_rule_blames_its_field() -> None:
    assert said({"a": 2, "b": 1}, RULED) == ["a: a must be less than b"]


def test_a_rule_is_not_asked_of_what_has_no_type() -> None:
    assert said({"a": "x", "b": 1}, RULED) == ['a: must be a whole number, not the text "x"']


def test_a_rule_about_a_change_is_asked_of_edits_only_and_of_what_was_there_before() -> None:
    old = {"a": 1, "b": 2, "parts": {"x": {"v": 1}}}
    new = {"a": 1, "b": 2, "parts": {"x": {"v": 2}, "y": {"v": 3}}}

    assert check(RULED, new) == ()
    assert [str(problem) for problem in check(RULED, new, old)] == [
        "parts.x: part can't change; make a new one"
    ]
