from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.template import text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""),
        (" as it is\n", " as it is\n"),
        ('"quoted"', '"quoted"'),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (0, "0"),
        (-17, "-17"),
        (10**20, "100000000000000000000"),
        (0.1, "0.1"),
        (3.0, "3.0"),
        (1e-5, "1e-05"),
        (1e300, "1e+300"),
        ([1, "a", None, True, 0.5], '[1,"a",null,true,0.5]'),
        ({"é": {"b": []}}, '{"é":{"b":[]}}'),
        (MappingProxyType({"a": (1, 2)}), '{"a":[1,2]}'),
    ],
)
def test_a_value_reads_as_documented(value: Any, text: str) -> None:
    assert text_of(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.booleans() | st.none())
def test_scalars_read_back_as_the_same_value(value: Any) -> None:
    assert json.loads(text_of(value)) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        text_of(value)


def test_objects_are_refused() -> None:
    with pytest.raises(TypeError):
        text_of(object())
