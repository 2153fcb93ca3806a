"""From a list to a parameter whose values are that list: choice and pchoice.

Values are told apart as JSON text, so that 1, 1.0, true and "1" are four.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from fractions import Fraction
from math import isfinite, lcm
from typing import Any

from leadline.problems import Problem
from leadline.search.space.fields import Refused, read_number, show
from leadline.search.space.lookup import canonical
from leadline.search.space.numbers import exact
from leadline.search.space.parameters import Even, Weighted

_DEEPEST = 50
_SUM_TOLERANCE = Fraction(1, 10**6)


def build_choice(items: Sequence[Any]) -> tuple[Even, list[Problem]]:
    """A choice from its items, in their order, each once. Raises Refused."""
    values, problems = _distinct(items, [f"value[{i}]" for i in range(len(items))])
    return Even("choice", list(values.values())), problems


def build_pchoice(items: Sequence[Any]) -> tuple[Weighted, list[Problem]]:
    """A pchoice from its [value, probability] pairs; what has no probability is left out. Raises Refused."""
    shares: list[Fraction] = []
    for i, item in enumerate(items):
        if not isinstance(item, list) or len(item) != 2:
            raise Refused(f"value[{i}]", f"{show(item)} is not a pair", "write [value, probability]")
        weight = read_number(f"value[{i}][1]", item[1])
        if weight < 0:
            raise Refused(f"value[{i}][1]", f"a probability can't be negative, as {show(weight)} is")
        shares.append(exact(weight))
    whole = sum(shares, Fraction(0))
    if whole == 0:
        raise Refused("value", "every probability is 0", "give at least one value a probability above 0")
    values, problems = _distinct([item[0] for item in items], [f"value[{i}][0]" for i in range(len(items))])
    masses = dict.fromkeys(values, Fraction(0))
    for item, share in zip(items, shares, strict=True):
        masses[canonical(item[0])] += share
    if abs(whole - 1) > _SUM_TOLERANCE:
        shown = ", ".join(f"{float(share / whole):.4g}" for share in shares)
        message = f"the probabilities add up to {float(whole):.6g}, not 1; {shown} are used"
        problems.append(Problem("value", message, severity="warning"))
    likely = [key for key, mass in masses.items() if mass]
    unit = lcm(*(masses[key].denominator for key in likely))
    return Weighted(
        "pchoice", [values[key] for key in likely], [int(masses[key] * unit) for key in likely]
    ), problems


def check_json(path: str, value: Any, depth: int = 0) -> None:
    """Raises Refused where a value can't be sent as JSON."""
    if depth > _DEEPEST:
        raise Refused(path, f"lists and maps are nested deeper than {_DEEPEST}")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise Refused(path, f"the key {show(key)} is not text", "put it in quotes")
            check_json(f"{path}.{key}", item, depth + 1)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            check_json(f"{path}[{i}]", item, depth + 1)
    elif isinstance(value, float):
        if not isfinite(value):
            raise Refused(
                path, f"{show(value)} is not a finite number", "put it in quotes if the text is meant"
            )
    elif not (value is None or isinstance(value, (str, int))):
        raise Refused(path, f"{show(value)} is not a JSON value", "put it in quotes")


def _distinct(items: Sequence[Any], paths: Sequence[str]) -> tuple[dict[str, Any], list[Problem]]:
    """A copy of each different item by its canonical text, and a warning for each repeat."""
    values: dict[str, Any] = {}
    first: dict[str, str] = {}
    problems: list[Problem] = []
    for item, path in zip(items, paths, strict=True):
        check_json(path, item)
        key = canonical(item)
        if key in values:
            message = f"{show(item)} stands at {first[key]} already; it counts once"
            problems.append(Problem(path, message, severity="warning"))
            continue
        values[key], first[key] = deepcopy(item), path
    return values, problems
