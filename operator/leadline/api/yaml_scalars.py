"""What a plain YAML scalar means to kubectl, number for number.

kubectl reads YAML with sigs.k8s.io/yaml (a fork of goyaml v2: YAML 1.1 without base 60 and without dates), turns
it into JSON, and the API server reads that JSON. PyYAML's own rules differ: to it 1e-5 is a text and 12:30 is 750.
Source: sigs.k8s.io/yaml, goyaml.v2/resolve.go.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Final

from leadline.api.json_values import INT64

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **{f"{sign}{word}": math.inf for sign in ("", "+") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_FRACTION: Final = re.compile(r"\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?")
_DECIMAL: Final = re.compile(r"[1-9][0-9]*|0")
_BASES: Final = (
    (re.compile(r"0[xX][0-9a-fA-F]+"), 16),
    (re.compile(r"0[oO]?[0-7]+"), 8),
    (re.compile(r"0[bB][01]+"), 2),
)
_UINT64: Final = range(2**64)
_TAGGED: Final = {"int": int, "float": int | float, "bool": bool, "null": type(None)}
# From here on Go writes floats with an exponent, so that JSON never shows them as whole numbers.
_SMALLEST_WITH_EXPONENT: Final = 1e21


def resolve(text: str) -> Scalar:
    """The value of an unquoted scalar; NaN and infinities come back as such, for the caller to refuse."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if text[0] == ".":
        # Read by Go itself, which takes _ only between digits; elsewhere goyaml drops every _ first.
        number = _float(text.replace("_", "")) if _FRACTION.fullmatch(text) else None
        return text if number is None else number
    plain = text.replace("_", "")
    whole = _whole(plain)
    if whole is not None:
        return as_json_reads(whole)
    number = _float(plain) if _FLOAT.fullmatch(plain) else None
    return text if number is None else number


def _float(text: str) -> float | int | None:
    number = float(text)
    # What is too great is an error to Go's ParseFloat, and goyaml then keeps the text.
    return None if math.isinf(number) else as_json_reads(number)


def resolve_tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with one of YAML's own tags: str, int, float, bool, null.

    Raises ValueError for another tag, or a text that is not what the tag says.
    """
    if tag == "str":
        return text
    if tag not in _TAGGED:
        raise ValueError(f"the tag {tag} is not understood")
    value = resolve(text)
    if (isinstance(value, bool) and tag != "bool") or not isinstance(value, _TAGGED[tag]):
        raise ValueError(f"{text} is no {tag}")
    return value


def as_json_reads(number: float) -> int | float:
    """A number after its way through JSON: 3.0 is sent as 3; a whole number beyond 64 bits is a float."""
    if isinstance(number, int):
        return number if number in INT64 else float(number)
    if not math.isfinite(number) or not number.is_integer() or abs(number) >= _SMALLEST_WITH_EXPONENT:
        return number
    # Go writes the shortest digits and fills up with zeros: 2**60 becomes 1152921504606847000.
    return as_json_reads(int(Decimal(repr(number))))


def _whole(text: str) -> int | None:
    """What Go's ParseInt and ParseUint with base 0 read: 017, 0o17, 0x1F, 0b11."""
    sign = -1 if text[0] == "-" else 1
    digits = text[1:] if text[0] in "+-" else text
    if _DECIMAL.fullmatch(digits):
        value = sign * int(digits) if len(digits) <= 20 else None
    else:
        base = next((base for form, base in _BASES if form.fullmatch(digits)), 0)
        value = sign * int(digits.lstrip("0").lstrip("xXoObB") or "0", base) if base else None
    if value is None:
        return None
    return value if value in INT64 or (text[0] != "+" and value in _UINT64) else None
