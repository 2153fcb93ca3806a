"""What counts as a number in a log, a JSON line or a termination message.

The grammar is the one of ``docs/metrics.md``: what it doesn't take is no measurement, however much it looks
like one (``0,5``, ``1_000``, ``true``). NaN, infinity and numbers too large for a double are measurements, but
not finite ones.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

NUMBER: Final = rb"[-+]?+(?:(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][-+]?+\d++)?+|(?i:nan|inf(?:inity)?+))"
"""A number, as a part of larger byte patterns: possessive, so that no half of a number is ever taken for one."""

_WHOLE: Final = re.compile(rf"\s*+({NUMBER.decode()})[ \t]?%?\s*", re.ASCII)

_MAX_EXACT_DIGITS: Final = 15
"""Steps of up to so many digits stay integers; longer ones become doubles, as in any JSON reader."""


def number_of(value: Any) -> float | None:
    """A JSON value as a measurement (which may be NaN or infinite), or None where it is no number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        match = _WHOLE.fullmatch(value)
        return float(match[1]) if match else None
    return None


def step_of(text: bytes | str) -> int | float | None:
    """The step that a number's text says, or None where it is not finite."""
    return int(text) if text.isdigit() and len(text) <= _MAX_EXACT_DIGITS else finite_step(float(text))


def finite_step(value: float | None) -> int | float | None:
    """A measured number as a step: whole numbers as integers, None where it is not finite."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 10**_MAX_EXACT_DIGITS else value
