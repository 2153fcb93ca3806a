"""Configurations become rows and come back as they were; rows that stand for nothing become the nearest that do."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.search.spaces import active_names, inside, spaces
from leadline.search import Space
from leadline.search.models.encoding import INACTIVE, Encoding, key, keys
from leadline.search.sampling.points import Fresh
from unit.search.conditional import space_from


def drawn(space: Space, count: int = 8) -> list[dict[str, Any]]:
    fresh = Fresh(space, 0)
    found = [fresh.draw(number) for number in range(count)]
    return [params for params in found if params is not None]


@given(spaces())
def test_a_configuration_comes_back_as_it_was(params: dict[str, Any]) -> None:
    space = space_from(params)
    encoding = Encoding(space)
    for wanted in drawn(space):
        back = encoding.decode(encoding.encode(wanted))
        assert tuple(back) == tuple(wanted)
        for name, value in wanted.items():
            if space.parameters[name].size is None:
                assert back[name] == pytest.approx(value, rel=1e-6, abs=1e-9)
            else:
                assert json.dumps(back[name]) == json.dumps(value)


@given(spaces())
def test_different_points_of_a_finite_space_are_different_rows(params: dict[str, Any]) -> None:
    space = space_from(params)
    if space.size is not None:
        points = drawn(space, 30)
        assert len(set(keys(Encoding(space).rows(points)))) == len(points)


@given(spaces(), st.integers(0, 2**32 - 1))
def test_any_numbers_settle_to_a_configuration(params: dict[str, Any], seed: int) -> None:
    space = space_from(params)
    encoding = Encoding(space)
    rng = np.random.default_rng(seed)
    rows = rng.uniform(-0.5, 1.5, (6, encoding.width))
    rows[rng.random(rows.shape) < 0.2] = INACTIVE
    for made in (encoding.settle(rows), encoding.sample(rng.random((6, encoding.width)))):
        for row in made:
            found = encoding.decode(row)
            assert tuple(found) == active_names(params, found)
            assert all(inside(space.parameters[name], value) for name, value in found.items())
            finite = all(parameter.size is not None for parameter in space.parameters.values())
            if finite:
                assert key(encoding.encode(found)) == key(row)


def test_each_kind_has_its_own_scale() -> None:
    encoding = Encoding(
        space_from(
            {
                "a": {"kind": "loguniform", "value": {"min": 1, "max": 100}},
                "b": {"kind": "choice", "value": [64, 16, 32]},
                "c": {"kind": "geomspace", "value": [1, 100, 3]},
                "d": {"kind": "normal", "value": [5, 2]},
                "e": {"kind": "choice", "value": ["x", "y"]},
                "f": {"kind": "choice", "value": ["only"]},
            }
        )
    )
    assert encoding.names == ("a", "b", "c", "d", "e")
    row = encoding.encode({"a": 10.0, "b": 32, "c": 10, "d": 11.0, "e": "y", "f": "only"})
    assert row == pytest.approx([0.5, 0.5, 0.5, 1.0, 1.0])
    assert list(encoding.categories) == [0, 0, 0, 0, 2]


def test_columns_come_parents_first_and_tell_whether_they_are_active() -> None:
    encoding = Encoding(
        space_from(
            {
                "a": {"kind": "uniform", "value": [0, 1], "when": {"model": ["mlp"]}},
                "model": {"kind": "choice", "value": ["mlp", "svm"]},
                "x": {"kind": "choice", "value": ["p", "q"], "when": {"model": ["svm"]}},
                "deep": {"kind": "uniform", "value": [0, 1], "when": {"x": ["q"]}},
            }
        )
    )
    assert encoding.names == ("model", "a", "x", "deep")
    row = encoding.encode({"model": "svm", "x": "p"})
    assert [encoding.is_active(place, row) for place in range(4)] == [True, False, True, False]


def test_a_parent_of_one_value_hands_its_own_condition_down() -> None:
    """Its value says nothing of whether it is there: null is a value like any other."""
    params = {
        "lr": {"kind": "choice", "value": [1, 2, 3]},
        "only": {"kind": "choice", "value": [None], "when": {"lr": [1, 2]}},
        "x": {"kind": "uniform", "value": [0, 1], "when": {"lr": [2, 3], "only": [None]}},
    }
    encoding = Encoding(space_from(params))
    rows = encoding.settle(
        encoding.rows([{"lr": 1, "only": None}, {"lr": 2, "only": None, "x": 0.5}, {"lr": 3}])
    )
    assert [encoding.decode(row) for row in rows] == [
        {"lr": 1, "only": None},
        {"lr": 2, "only": None, "x": 0.5},
        {"lr": 3},
    ]
    drawn = [
        encoding.decode(row) for row in encoding.sample(np.random.default_rng(1).random((50, encoding.width)))
    ]
    assert all(tuple(found) == active_names(params, found) for found in drawn)
    assert {found["lr"] for found in drawn} == {1, 2, 3}


@given(spaces(), st.integers(0, 2**32 - 1))
def test_one_number_has_the_value_that_it_has_among_many(params: dict[str, Any], seed: int) -> None:
    numbers = np.random.default_rng(seed).uniform(-0.2, 1.2, 7)
    for column in Encoding(space_from(params)).columns:
        if column.finite is not None:
            values = [column.finite.value(int(index)) for index in column.index(numbers)]
            assert [column.decode(float(number)) for number in numbers] == values
