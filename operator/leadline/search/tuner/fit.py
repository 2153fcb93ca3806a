"""Whether a configuration that somebody else thought of is one of the space, and the same in the space's own words."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from leadline.search.space.fields import show
from leadline.search.space.lookup import canonical, is_number
from leadline.search.space.parameters import Finite, Parameter
from leadline.search.space.parse import check_names
from leadline.search.space.space import Space

MOST_NAMES = 64
"""Parameters of one configuration."""


class MisfitError(ValueError):
    """A configuration that is none of the space; the text says why, beginning with the parameter's name."""


def fit(params: Any, space: Space | None) -> dict[str, Any]:
    """The configuration with the space's own values (1 where 1.0 was written). Raises MisfitError.

    space: None where any names and values will do, as long as they are JSON.
    """
    if not isinstance(params, Mapping):
        raise MisfitError(f"it is {show(params)} and not a map of names to values")
    if space is None:
        return _fit_anything(params)
    for name in params:
        if name not in space.parameters:
            known = ", ".join(space.names)
            raise MisfitError(f"{show(name)} is not a parameter; there are: {known}")
    indices: dict[str, int] = {}
    fitted: dict[str, Any] = {}
    for name in space.order:
        parameter = space.parameters[name]
        if not space.is_active(name, indices):
            if name in params:
                raise MisfitError(f"{name} is given where its condition (when) does not hold")
            continue
        if name not in params:
            raise MisfitError(f"{name} is missing")
        if isinstance(parameter, Finite):
            indices[name] = _index(name, parameter, params[name])
            fitted[name] = parameter.value(indices[name])
        else:
            fitted[name] = _number(name, parameter, params[name])
    return space.in_order(fitted)


def _index(name: str, parameter: Finite, value: Any) -> int:
    index = parameter.index_of(value)
    if index is None:
        raise MisfitError(f"{name} can't be {show(value)}")
    return index


def _number(name: str, parameter: Parameter, value: Any) -> float:
    assert parameter.bounds is not None
    low, high = parameter.bounds
    if not is_number(value):
        raise MisfitError(f"{name} must be a number, not {show(value)}")
    # The bounds first: a whole number beyond all doubles can't be made one.
    if not low <= value <= high:
        raise MisfitError(f"{name} is {show(value)}, which is not from {low:g} to {high:g}")
    return float(value)


def _fit_anything(params: Mapping[Any, Any]) -> dict[str, Any]:
    if not 1 <= len(params) <= MOST_NAMES:
        raise MisfitError(f"it has {len(params)} parameters; at least 1 and at most {MOST_NAMES} can be used")
    problems = check_names(params)
    if problems:
        raise MisfitError(problems[0].message)
    for name, value in params.items():
        try:
            canonical(value)
        except (TypeError, ValueError, RecursionError):
            raise MisfitError(f"{name} has a value that is no JSON") from None
        if is_number(value) and not (isinstance(value, int) or isfinite(value)):
            raise MisfitError(f"{name} is not a finite number")
    return dict(params)
