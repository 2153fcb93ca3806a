from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.kube.encoding import OBJECT_LIMIT, decode, encode
from leadline.kube.errors import NotSerializable, TooLarge

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_what_is_encoded_decodes_to_the_same(value: Any) -> None:
    assert decode(encode(value)) == value


def test_text_is_sent_as_utf8_and_without_spaces() -> None:
    assert encode({"a": ["é", 1]}) == '{"a":["é",1]}'.encode()


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"status": {"best": math.nan}}, "status.best is nan"),
        ({"a": [{"b": 1}, {"b": -math.inf}]}, "a[1].b is -inf"),
        (math.inf, "the value is inf"),
        ({"a": {1, 2}}, "a is a set"),
        ({"a": b"x"}, "a is a bytes"),
        ({"a": {("b",): 1}}, "a has the key ('b',)"),
        ({"a": "\ud800"}, "a is not valid Unicode"),
        (nested(100_000), "nested too deeply"),
    ],
)
def test_what_json_does_not_have_is_named_with_its_path(value: object, says: str) -> None:
    with pytest.raises(NotSerializable) as caught:
        encode(value, call="patch trials there/one")
    assert says in str(caught.value)
    assert str(caught.value).startswith("patch trials there/one: ")


def test_a_circle_is_refused() -> None:
    value: dict[str, Any] = {}
    value["a"] = value
    with pytest.raises(NotSerializable, match="within itself"):
        encode(value)


def test_the_limit_is_in_bytes_not_characters() -> None:
    assert len(encode("é" * (OBJECT_LIMIT // 2 - 1))) == OBJECT_LIMIT
    with pytest.raises(TooLarge):
        encode("é" * (OBJECT_LIMIT // 2))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, json.dumps({}).encode("utf-16")])
def test_anything_but_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        decode(body)
