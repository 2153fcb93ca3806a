"""Objects to JSON and back, as the API server takes them: no NaN, no infinity, nothing too large.

The standard library's C encoder is not what limits us: an object of ours takes it some 15 µs, out of the 300 µs
of CPU time that a request costs us in all, so that no faster JSON library is worth a dependency.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from leadline.kube.errors import NotSerializable, TooLarge

OBJECT_LIMIT: Final = 512 * 1024
"""Bytes of JSON that we send at most. etcd takes 1.5 MiB, but answers the first byte above it with a 500."""

_ENCODER: Final = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def encode(value: object, *, call: str = "") -> bytes:
    """Compact JSON; raises NotSerializable with the field's path, or TooLarge."""
    try:
        body = _ENCODER.encode(value).encode()
    except (TypeError, ValueError, RecursionError) as problem:
        raise NotSerializable(_what_is_wrong(value, problem), call=call) from None
    if len(body) > OBJECT_LIMIT:
        text = f"{len(body):,} bytes as JSON, but at most {OBJECT_LIMIT:,} are sent"
        raise TooLarge(413, "RequestEntityTooLarge", text, call=call)
    return body


def decode(body: bytes) -> Any:
    """The value of a JSON document; raises ValueError for anything else."""
    try:
        return json.loads(body.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _what_is_wrong(value: object, problem: Exception) -> str:
    """Name the first field that JSON has no form for: a second look at the object, but only after a failure."""
    try:
        return _unfit(value, "") or f"not JSON: {problem}"
    except RecursionError:
        return "the object is nested too deeply, or within itself"


def _unfit(value: object, path: str) -> str | None:
    if isinstance(value, Mapping):
        if not isinstance(value, dict):
            return f"{path or 'the object'} is a {type(value).__name__}, not a dict"
        for key, item in value.items():
            if not isinstance(key, str):
                return f"{path or 'the object'} has the key {key!r}, which is not text"
            if found := _unfit(item, f"{path}.{key}" if path else key):
                return found
        return None
    if isinstance(value, list | tuple):
        return next((found for i, item in enumerate(value) if (found := _unfit(item, f"{path}[{i}]"))), None)
    if isinstance(value, float) and not math.isfinite(value):
        return f"{path or 'the value'} is {value}, which JSON does not have"
    if isinstance(value, str):
        return None if _is_unicode(value) else f"{path or 'the value'} is not valid Unicode"
    if value is None or isinstance(value, bool | int | float):
        return None
    return f"{path or 'the value'} is a {type(value).__name__}, which JSON does not have"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True
