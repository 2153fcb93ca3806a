"""Our kinds of parameters in the words that other libraries share, so that each peer gets its best native form.

- A real number, plain or logarithmic, stays one; a normal one is also told its mean and deviation.
- Whole numbers with an even step stay whole numbers; those spread evenly in their logarithm are logarithmic.
- Other ordered values (a geomspace, a choice of ascending numbers) are whole numbers: their places.
- Everything else is a category, with its probability where one was written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from leadline.search import parse_space
from leadline.search.space.parameters import Finite, Parameter

_NORMALS = ("normal", "lognormal")
_REACH = 3.0
"""Deviations around the mean that a peer without normal parameters searches evenly: 99.7% of the probability."""


@dataclass(frozen=True)
class Real:
    """low to high; normal: mean and deviation, of the logarithm where log."""

    low: float
    high: float
    log: bool = False
    normal: tuple[float, float] | None = None


@dataclass(frozen=True)
class Whole:
    """low, low + step, … to high."""

    low: int
    high: int
    step: int = 1
    log: bool = False


@dataclass(frozen=True)
class Places:
    """Values in their order, searched by their places 0 to len - 1."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Categories:
    """Values without an order, and their probabilities where they differ."""

    values: tuple[Any, ...]
    probabilities: tuple[float, ...] | None = None


Shape = Real | Whole | Places | Categories


@dataclass(frozen=True)
class Dimension:
    """One parameter; when: values of its parents with which it is active, empty where it always is."""

    name: str
    shape: Shape
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def is_active(self, point: Mapping[str, Any]) -> bool:
        """Whether a point that has all active parents has this parameter."""
        return all(parent in point and point[parent] in values for parent, values in self.when.items())


def read_dimensions(params: Mapping[str, Any]) -> tuple[Dimension, ...]:
    """Every parameter, parents before their children."""
    space, problems = parse_space(params)
    if space is None:
        raise ValueError("; ".join(str(problem) for problem in problems))
    left = {
        name: Dimension(name, _shape(space.parameters[name], raw), _when(raw)) for name, raw in params.items()
    }
    ordered: list[Dimension] = []
    while left:
        ready = [
            name for name, dimension in left.items() if not any(parent in left for parent in dimension.when)
        ]
        ordered.extend(left.pop(name) for name in ready)
    return tuple(ordered)


def value_at(shape: Shape, raw: Any) -> Any:
    """A library's number as our value: places are looked up, reals are kept inside their bounds."""
    if isinstance(shape, Places):
        return shape.values[int(raw)]
    if isinstance(shape, Whole):
        return int(raw)
    if isinstance(shape, Real):
        return min(max(float(raw), shape.low), shape.high)
    return raw


def _when(raw: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {parent: tuple(values) for parent, values in (raw.get("when") or {}).items()}


def _shape(parameter: Parameter, raw: Mapping[str, Any]) -> Shape:
    kind = parameter.kind
    if isinstance(parameter, Finite):
        return _finite_shape(kind, parameter)
    assert parameter.bounds is not None
    low, high = map(float, parameter.bounds)
    if kind in _NORMALS:
        described = parameter.describe()
        loc, scale = float(described["loc"]), float(described["scale"])
        low, high = loc - _REACH * scale, loc + _REACH * scale
        if kind == "normal":
            return Real(low, high, False, (loc, scale))
        return Real(math.exp(low), math.exp(high), True, (loc, scale))
    return Real(low, high, log=kind == "loguniform")


def _finite_shape(kind: str, parameter: Finite) -> Shape:
    values = tuple(parameter.value(index) for index in range(parameter.size))
    if kind == "pchoice":
        masses = [parameter.start(i + 1) - parameter.start(i) for i in range(parameter.size)]
        return Categories(values, tuple(mass / parameter.total for mass in masses))
    if not _ascending(values):
        return Categories(values)
    if all(isinstance(value, int) for value in values) and len(values) > 1:
        steps = {b - a for a, b in pairwise(values)}
        if len(steps) == 1:
            return Whole(values[0], values[-1], steps.pop(), log=kind == "qloguniform")
    return Places(values)


def _ascending(values: tuple[Any, ...]) -> bool:
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return numbers and len(values) > 2 and all(a < b for a, b in pairwise(values))
