"""The sixteen kinds of parameter: how each is written, and what comes of an example, computed by the search itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from leadline.search import Parameter, parse_space
from leadline.search.space.kinds import KINDS, Kind
from reference.tables import table

EXAMPLES: Final[Mapping[str, tuple[Any, str]]] = {
    "choice": (["rbf", "poly", None], "One of the listed values, of any type; lists and maps as well."),
    "pchoice": ([["adam", 0.7], ["sgd", 0.3]], "One of the listed values, each with its probability."),
    "range": ("0:10:3", "From start on in steps, stop not reached. Whole numbers stay whole."),
    "linspace": ("0:1:5", "num values from start to stop, evenly spaced, both ends included."),
    "logspace": ("-3:0:4", "The same, as exponents of base (10 if not given)."),
    "geomspace": ("0.001:1:4", "num values from start to stop with one ratio, both ends included."),
    "daterange": (["2026-01-01", "2026-01-15", 7], "Days from start on, before stop; step in days."),
    "datetimerange": (
        ["2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z", 3600],
        "Moments from start on, before stop; step in seconds.",
    ),
    "uniform": ([0, 1], "Any value between low and high, each as likely as the other."),
    "quniform": ("0:100:25", "The same, rounded to multiples of q, then clipped to the bounds."),
    "loguniform": (
        {"min": 0.0001, "max": 0.1},
        "Each power of ten as likely as the next. min and max are the values themselves; low and high (a list, a map "
        "or a colon string) are their natural logarithms, as in Polyaxon.",
    ),
    "qloguniform": ({"min": 1, "max": 1000, "q": 10}, "The same, rounded to multiples of q, then clipped."),
    "normal": ("0:1", "Normally distributed: mean loc, standard deviation scale."),
    "qnormal": ({"loc": 50, "scale": 10, "q": 5}, "The same, rounded to multiples of q."),
    "lognormal": ("0:1", "Its natural logarithm is normally distributed."),
    "qlognormal": ("2:1:1", "The same, rounded to multiples of q."),
}
"""An example for each kind, and what the kind is for."""


def kind_reference() -> str:
    """One row for each kind."""
    rows = [_row(name, kind) for name, kind in KINDS.items()]
    return table(("kind", "value is made of", "as a string", "example", "gives", "what it is"), rows)


def _row(name: str, kind: Kind) -> tuple[str, ...]:
    value, meaning = EXAMPLES[name]
    space, problems = parse_space({"x": {"kind": name, "value": value}})
    if space is None:
        raise ValueError(f"the example of {name} is not valid: {problems}")
    example = f"`{{kind: {name}, value: {_flow(value)}}}`"
    return (
        f"`{name}`",
        _fields(name, kind),
        "yes" if kind.colon else "no",
        example,
        _given(space.parameters["x"]),
        meaning,
    )


def _fields(name: str, kind: Kind) -> str:
    if not kind.keys:
        return "a list of values" if name == "choice" else "a list of [value, probability]"
    fields = ", ".join([*kind.keys, *(f"[{key}]" for key in kind.optional)])
    return f"{fields}; or {', '.join(kind.instead)}" if kind.instead else fields


def _given(parameter: Parameter) -> str:
    if parameter.values is not None and len(parameter.values) <= 6:
        return ", ".join(f"`{json.dumps(value)}`" for value in parameter.values)
    if parameter.bounds is not None and parameter.kind not in ("normal", "lognormal"):
        low, high = parameter.bounds
        count = f", {len(parameter.values):,} values" if parameter.values is not None else ""
        return f"`{low:g}` to `{high:g}`{count}"
    return "any number" if parameter.kind == "normal" else "any number above 0"


def _flow(value: Any) -> str:
    """The value as one writes it in a line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str) and ":" in value:
        return f'"{value}"'
    return "null" if value is None else str(value)
