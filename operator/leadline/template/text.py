"""How a value reads inside a string, and what counts as a value at all."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from leadline.template.errors import Fault
from leadline.template.limits import MAX_DEPTH, MAX_INT_BITS


def text_of(value: Any) -> str:
    """How a value reads inside a string and in ``LEADLINE_PARAM_*``.

    Text stays as it is; ``true``, ``false``, ``null``; integers in digits; floats in their shortest form that
    reads back the same (``1e-05``, ``0.1``, ``3.0``); lists and maps as compact JSON. Raises ValueError for
    what is no JSON value (NaN, infinity) and TypeError for other objects.
    """
    return value if isinstance(value, str) else json_of(value)


def json_of(value: Any) -> str:
    """Compact JSON, non-ASCII characters as they are."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_container)


def _container(value: Any) -> Any:
    """Read-only mappings and other sequences, which the json module does not take by itself."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def plain(value: Any, depth: int = 0) -> Any:
    """A deep copy in dicts, lists and JSON scalars; a Fault says what isn't one."""
    if isinstance(value, int) and value.bit_length() > MAX_INT_BITS:
        raise Fault(f"is an integer of more than {MAX_INT_BITS} bits", "use a number that JSON can hold")
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Fault("is not a finite number", "use a number that JSON can hold")
        return value
    if depth >= MAX_DEPTH:
        raise Fault(f"is nested more than {MAX_DEPTH} deep", "use a flatter value")
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise Fault("has a key that is not text", "put quotes around the keys")
        return {key: plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain(item, depth + 1) for item in value]
    raise Fault(f"is of type {type(value).__name__}, which is no JSON value", "use text or a number")


def check_unicode(text: str) -> str:
    """Refuse half a surrogate pair: no protocol on the way to the pod could carry it."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Fault(
            f"the result holds half a surrogate pair at character {error.start}",
            "use whole Unicode characters",
        ) from None
    return text
