"""From a value back to its index.

Values are told apart as JSON text, so that 1, 1.0, true and "1" are four. Where nothing is exactly the same, numbers
of the same value are: a 1.0 may come back from the API server as 1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import inf, isfinite
from typing import Any, TypeGuard


def canonical(value: Any) -> str:
    """The value as JSON text that is the same exactly for the same value. ValueError or TypeError for what is none."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def key_of(params: Mapping[str, Any]) -> str:
    """A configuration as text that is the same exactly for the same one."""
    return canonical(dict(params))


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether it is a number to JSON: true and false are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_number_within(value: Any, least: float, most: float) -> bool:
    """Whether it is a number, and neither smaller nor greater. Infinite and undefined ones never are."""
    return is_number(value) and isfinite(value) and least <= value <= most


def is_whole(value: Any, least: int, most: float = inf) -> bool:
    """Whether it is an integer, and neither smaller nor greater."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


class Listed:
    """The indices of values that are listed one by one."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._exact: dict[str, int] = {}
        self._numbers: dict[int | float, int] = {}
        for index, value in enumerate(values):
            self._exact.setdefault(canonical(value), index)
            if is_number(value):
                self._numbers.setdefault(value, index)

    def index_of(self, value: Any) -> int | None:
        """The index of a value, None for any that is not among them."""
        try:
            index = self._exact.get(canonical(value))
        except (TypeError, ValueError):
            return None
        if index is None and is_number(value):
            return self._numbers.get(value)
        return index


def index_in_order(values: Sequence[Any], value: Any) -> int | None:
    """The index of a value among values that ascend or descend (numbers, or dates as text), by bisection."""
    first, last = values[0], values[-1]
    if not (is_number(value) if is_number(first) else isinstance(value, str)):
        return None
    descending = last < first
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        before = values[middle] > value if descending else values[middle] < value
        low, high = (middle + 1, high) if before else (low, middle)
    return low if values[low] == value else None
