"""Parameters as tasks declare them, each with the way from its value to the unit interval that its kind suggests."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Axis:
    """raw: ``{kind, value}``. unit: from a value to its place, 0 to 1 (normal ones may lie a little outside)."""

    raw: dict[str, Any]
    unit: Callable[[Any], float]


def uniform(low: float, high: float) -> Axis:
    """A real number."""
    return Axis({"kind": "uniform", "value": [low, high]}, _linear(low, high))


def log(low: float, high: float) -> Axis:
    """A positive number whose logarithm is uniform."""
    return Axis({"kind": "loguniform", "value": {"min": low, "max": high}}, _logarithmic(low, high))


def quniform(low: float, high: float, q: float) -> Axis:
    """Multiples of q."""
    return Axis({"kind": "quniform", "value": [low, high, q]}, _linear(low, high))


def qlog(low: float, high: float, q: float) -> Axis:
    """Multiples of q whose logarithms are about uniform."""
    return Axis({"kind": "qloguniform", "value": {"min": low, "max": high, "q": q}}, _logarithmic(low, high))


def normal(loc: float, scale: float) -> Axis:
    """A number that someone expects near loc; loc ± 3 scale is the unit interval."""
    return Axis({"kind": "normal", "value": [loc, scale]}, _linear(loc - 3 * scale, loc + 3 * scale))


def lognormal(loc: float, scale: float) -> Axis:
    """A positive number whose logarithm is normal."""
    raw = {"kind": "lognormal", "value": [loc, scale]}
    return Axis(raw, lambda value: (math.log(value) - loc + 3 * scale) / (6 * scale))


def whole(low: int, high: int, step: int = 1) -> Axis:
    """low, low + step, … up to high."""
    return Axis({"kind": "range", "value": [low, high + 1, step]}, _linear(low, high))


def linspace(low: float, high: float, num: int) -> Axis:
    """num values, evenly spaced."""
    return Axis({"kind": "linspace", "value": [low, high, num]}, _linear(low, high))


def geomspace(low: float, high: float, num: int) -> Axis:
    """num values with one ratio."""
    return Axis({"kind": "geomspace", "value": [low, high, num]}, _logarithmic(low, high))


def logspace(low: float, high: float, num: int) -> Axis:
    """10 to the power of num exponents from low to high."""
    return Axis({"kind": "logspace", "value": [low, high, num]}, _logarithmic(10.0**low, 10.0**high))


def choice(values: Sequence[Any]) -> Axis:
    """Values without an order; their place is their position's."""
    items = list(values)
    return Axis({"kind": "choice", "value": items}, lambda value: items.index(value) / max(len(items) - 1, 1))


def pchoice(pairs: Sequence[tuple[Any, float]]) -> Axis:
    """Values with the probability that someone gives them."""
    items = [value for value, _ in pairs]
    raw = {"kind": "pchoice", "value": [list(pair) for pair in pairs]}
    return Axis(raw, lambda value: items.index(value) / max(len(items) - 1, 1))


def _linear(low: float, high: float) -> Callable[[Any], float]:
    return lambda value: (float(value) - low) / (high - low)


def _logarithmic(low: float, high: float) -> Callable[[Any], float]:
    return lambda value: math.log(float(value) / low) / math.log(high / low)
