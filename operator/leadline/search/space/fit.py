"""Whether a configuration that somebody else thought of is one of a space, and the same in the space's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.search.space.fields import show
from leadline.search.space.lookup import is_number
from leadline.search.space.parameters import Finite, Parameter
from leadline.search.space.space import Space


class MisfitError(ValueError):
    """A configuration that is none of the space. name: of the parameter at fault, empty where it is none; words: what
    is wrong with it, to be read after the name."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(f"{name} {words}".lstrip())
        self.name, self.words = name, words


def fit(space: Space, params: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the space's own values (1 where 1.0 was written). Raises MisfitError.

    Exactly the active parameters must be there, each with a value that it can have.
    """
    for name in params:
        if name not in space.parameters:
            raise MisfitError(str(name), f"is not a parameter; there are: {', '.join(space.names)}")
    indices: dict[str, int] = {}
    fitted: dict[str, Any] = {}
    for name in space.order:
        parameter = space.parameters[name]
        if not space.is_active(name, indices):
            if name in params:
                raise MisfitError(name, "is given where its condition (when) does not hold")
            continue
        if name not in params:
            raise MisfitError(name, "is missing")
        if isinstance(parameter, Finite):
            indices[name] = _index(name, parameter, params[name])
            fitted[name] = parameter.value(indices[name])
        else:
            fitted[name] = _number(name, parameter, params[name])
    return space.in_order(fitted)


def _index(name: str, parameter: Finite, value: Any) -> int:
    index = parameter.index_of(value)
    if index is None:
        raise MisfitError(name, f"can't be {show(value)}")
    return index


def _number(name: str, parameter: Parameter, value: Any) -> float:
    assert parameter.bounds is not None
    low, high = parameter.bounds
    if not is_number(value):
        raise MisfitError(name, f"must be a number, not {show(value)}")
    # The bounds first: a whole number beyond all doubles can't be made one.
    if not low <= value <= high:
        raise MisfitError(name, f"is {show(value)}, which is not from {low:g} to {high:g}")
    return float(value)
