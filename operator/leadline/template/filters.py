"""The filters: ``{{ x | name(argument) }}``.

Named and ordered as Jinja's, but strict: ``int`` of ``"many"`` is an error and not 0, ``first`` of an empty
list is an error and not nothing, and ``default`` is for parameters that are not active. Each function takes the
value and the filter's own arguments; results are bounded before they are made.
"""

from __future__ import annotations

import inspect
import math
import re
import shlex
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from leadline.template.errors import Fault, suggest
from leadline.template.limits import Budget, check_length, check_number, check_weight
from leadline.template.text import json_of, text_of

_NUMBER: Final = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)
_MAX_DIGITS: Final = 400  # of a number written as text; the longest finite double has 309 before the point
_MAX_PRECISION: Final = 20  # of round: a double has 17 digits, and 10**n is computed
_MAX_WIDTH: Final = 1000  # of format: "%1000000000d" is a way to ask for a gigabyte
_FORMAT: Final = re.compile(
    r"%(?:%|(?P<flags>[-+ #0]*)(?P<width>\d*)(?:\.(?P<precision>\d*))?(?P<kind>.?))", re.DOTALL
)


def describe(value: Any) -> str:
    """What a value is, in the words of a message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return "text" if isinstance(value, str) else "a list" if isinstance(value, list) else "a map"


def _wrong(value: Any, wanted: str) -> Fault:
    return Fault(f"needs {wanted}, not {describe(value)}")


def _number(value: Any) -> int | float:
    if isinstance(value, int | float):
        return value
    raise _wrong(value, "a number")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _wrong(value, "text")


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise _wrong(value, "a list")


def _parsed(value: Any) -> int | float:
    """A number, or the number that a text is."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) > _MAX_DIGITS or not _NUMBER.fullmatch(text):
            raise Fault(f"needs a number, not the text {json_of(text[:40])}")
        return int(text) if text.lstrip("+-").isdigit() else float(check_number(float(text)))
    return _number(value)


def _int(value: Any) -> Any:
    return int(_parsed(value))


def _float(value: Any) -> Any:
    return float(_parsed(value))


def _abs(value: Any) -> Any:
    return abs(_number(value))


def _round(value: Any, precision: Any = 0, method: Any = "common") -> Any:
    number = _number(value)
    if not isinstance(precision, int) or abs(precision) > _MAX_PRECISION:
        raise Fault(f"precision must be an integer from -{_MAX_PRECISION} to {_MAX_PRECISION}")
    if method == "common":
        return round(number, precision)
    if method not in ("ceil", "floor"):
        raise Fault('method must be "common", "ceil" or "floor"')
    towards = math.ceil if method == "ceil" else math.floor
    return towards(number * 10**precision) / 10**precision


def _ordered(value: Any) -> tuple[list[Any], Callable[[Any], Any]]:
    """A list that has an order, and its key: numbers by size, text regardless of case as in Jinja."""
    items = _list(value)
    if all(isinstance(item, str) for item in items):
        return items, str.lower
    for item in items:
        if not isinstance(item, int | float):
            raise Fault(f"needs a list of only numbers or only text, and this holds {describe(item)}")
    return items, lambda item: item


def _some(items: Sequence[Any]) -> Sequence[Any]:
    if not items:
        raise Fault("needs at least one item, and there is none")
    return items


def _min(value: Any) -> Any:
    items, key = _ordered(value)
    return min(_some(items), key=key)


def _max(value: Any) -> Any:
    items, key = _ordered(value)
    return max(_some(items), key=key)


def _sort(value: Any, reverse: Any = False) -> Any:
    items, key = _ordered(value)
    return sorted(items, key=key, reverse=bool(reverse))


def _sum(value: Any, start: Any = 0) -> Any:
    total = _number(start)
    for item in _list(value):
        total = check_number(total + _number(item))
    return total


def _length(value: Any) -> Any:
    if isinstance(value, str | list | dict):
        return len(value)
    raise _wrong(value, "text, a list or a map")


def _first(value: Any) -> Any:
    return _some(value if isinstance(value, str) else _list(value))[0]


def _last(value: Any) -> Any:
    return _some(value if isinstance(value, str) else _list(value))[-1]


def _join(value: Any, d: Any = "") -> Any:
    texts = [text_of(item) for item in _list(value)]
    check_length(sum(map(len, texts)) + len(_text(d)) * len(texts))
    return d.join(texts)


def _lower(value: Any) -> Any:
    return text_of(value).lower()


def _upper(value: Any) -> Any:
    return text_of(value).upper()


def _trim(value: Any, chars: Any = None) -> Any:
    return _text(value).strip(None if chars is None else _text(chars))


def _replace(value: Any, old: Any, new: Any, count: Any = -1) -> Any:
    text, old, new = text_of(value), text_of(old), text_of(new)
    if not isinstance(count, int):
        raise _wrong(count, "a whole number as count")
    found = len(text) + 1 if not old else text.count(old)
    times = found if count < 0 else min(found, count)
    check_length(len(text) + times * (len(new) - len(old)))
    return text.replace(old, new, times)


def _string(value: Any) -> Any:
    return text_of(value)


def _tojson(value: Any) -> Any:
    return json_of(value)


def _quote(value: Any) -> Any:
    return shlex.quote(text_of(value))


def _format(value: Any, *arguments: Any) -> Any:
    """printf, as ``"%.3f" | format(x)``: %d %i %x %X %o %e %E %f %F %g %G %s %%."""
    rest = deque(arguments)
    parts: list[str] = []
    length = position = 0
    for match in _FORMAT.finditer(_text(value)):
        converted = "%" if match[0] == "%%" else _conversion(match, rest)
        parts += (value[position : match.start()], converted)
        position = match.end()
        check_length(length := length + len(converted))
    if rest:
        raise Fault(f"gets {len(rest)} more values than the format uses")
    return "".join([*parts, value[position:]])


def _conversion(match: re.Match[str], rest: deque[Any]) -> str:
    kind, width, precision = match["kind"], match["width"], match["precision"]
    if not kind or kind not in "dixXoeEfFgGs":
        raise Fault(f"{json_of(match[0])} is no known conversion", "use %d %x %o %e %f %g %s or %%")
    if max(len(width), len(precision or "")) > 4 or max(int(width or 0), int(precision or 0)) > _MAX_WIDTH:
        raise Fault(f"width and precision may be {_MAX_WIDTH} at most")
    if not rest:
        raise Fault("gets fewer values than the format uses")
    item = rest.popleft()
    if kind == "s":
        return match[0] % text_of(item)
    number = _number(item)
    if kind in "xXo" and not isinstance(number, int):
        raise _wrong(item, "a whole number for %x and %o")
    return match[0] % number


def _default(value: Any, default_value: Any) -> Any:
    """Never called: the evaluator looks at one of the two only. Here for its arguments."""
    raise NotImplementedError


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "abs": _abs,
    "default": _default,
    "first": _first,
    "float": _float,
    "format": _format,
    "int": _int,
    "join": _join,
    "last": _last,
    "length": _length,
    "lower": _lower,
    "max": _max,
    "min": _min,
    "quote": _quote,
    "replace": _replace,
    "round": _round,
    "sort": _sort,
    "string": _string,
    "sum": _sum,
    "tojson": _tojson,
    "trim": _trim,
    "upper": _upper,
}


def check_filter(name: str, positional: int, keywords: Sequence[str]) -> None:
    """Refuse an unknown filter and arguments it doesn't take, before there are any values."""
    if name not in FILTERS:
        raise Fault(f'there is no filter "{name}"', suggest(name, FILTERS, "filters"))
    signature = inspect.signature(FILTERS[name])
    try:
        signature.bind(None, *[None] * positional, **dict.fromkeys(keywords))
    except TypeError:
        takes = ", ".join(list(signature.parameters)[1:])
        raise Fault(f'the filter "{name}" takes other arguments', f"write {name}({takes})") from None


def apply_filter(
    budget: Budget, name: str, value: Any, arguments: Sequence[Any], options: Mapping[str, Any]
) -> Any:
    """The filter's result; ``check_filter`` has passed before."""
    for item in (value, *arguments, *options.values()):
        budget.spend_on(item)
        check_weight(item)
    try:
        result = FILTERS[name](value, *arguments, **options)
        return check_number(result) if isinstance(result, int | float) else result
    except Fault as fault:
        raise Fault(f'the filter "{name}": {fault.message}', fault.remedy) from None
    except (OverflowError, ValueError):
        raise Fault(f'the filter "{name}" gets a number too large for it', "use smaller numbers") from None
