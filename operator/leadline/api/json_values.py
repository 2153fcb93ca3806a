"""JSON values as the API server sees them: their types, and when two are equal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

INT64: Final = range(-(2**63), 2**63)
"""Whole numbers outside are floats to the API server."""


def json_type(value: Any) -> str:
    """object, array, string, integer, number, boolean or null; 3.0 is an integer, as kubectl sends it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if value in INT64 else "number"
    if isinstance(value, float):
        return "integer" if value.is_integer() and abs(value) < 2**53 else "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, Mapping) else "array"


def same(left: Any, right: Any) -> bool:
    """Equality of JSON: 1 equals 1.0, but true is not 1; lists and maps item by item."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)
