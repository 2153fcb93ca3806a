"""From fields to parameters drawn from a distribution, plain or quantised."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from leadline.search.space.distributions import (
    MINIMAL_SPREAD,
    Distribution,
    LogNormal,
    LogUniform,
    Normal,
    Uniform,
)
from leadline.search.space.fields import Fields, Refused, show
from leadline.search.space.numbers import LN_GREATEST, LN_SMALLEST, NORMAL_REACH, Number, exact, nearest_float
from leadline.search.space.parameters import Continuous, Parameter
from leadline.search.space.quantised import GREATEST_MULTIPLE, Quantised, multiples

_GREATEST = 1.7e308
_SMALLEST = 2.3e-308
"""Below it doubles lose digits."""
_LEAST_REACH = 1e-300
"""A distribution nearer to 0 than this would run into doubles that have lost their digits."""


def build_uniform(fields: Fields) -> Parameter:
    """uniform, quniform: low <= value <= high."""
    low, high = _ordered(fields, "low", "high")
    if exact(high) - exact(low) > _GREATEST:
        raise Refused("value", "low and high are too far apart for a computer to hold", "bring them closer")
    return _build(fields, Uniform(exact(low), exact(high)), clip=(low, high))


def build_loguniform(fields: Fields) -> Parameter:
    """loguniform, qloguniform: by natural-log exponents low, high, or by real values min, max."""
    if "min" in fields:
        low, high = _ordered(fields, "min", "max")
        if low < _SMALLEST:
            said = f"greater than 0, not {show(low)}" if low <= 0 else f"at least {_SMALLEST}"
            raise Refused(fields.raw("min").path, f"min must be {said}")
        return _build(fields, LogUniform.of_values(exact(low), exact(high)), clip=(low, high))
    low, high = _ordered(fields, "low", "high")
    remedy = f"for values from {show(low)} to {show(high)} write {{min: {show(low)}, max: {show(high)}}}"
    if not (low >= LN_SMALLEST and high <= LN_GREATEST):
        raise Refused(
            "value", "low and high are natural-log exponents, from -708 to 709", remedy if low > 0 else ""
        )
    distribution = LogUniform.of_exponents(exact(low), exact(high))
    ends = nearest_float(distribution.support[0]), nearest_float(distribution.support[1])
    if _look_like_values(low, high):
        values = f"the values run from {show(ends[0])} to {show(ends[1])}"
        fields.warn("value", f"low and high are natural-log exponents: {values}", remedy)
    return _build(fields, distribution, clip=ends)


def build_normal(fields: Fields) -> Parameter:
    """normal, qnormal."""
    loc, scale = fields.number("loc"), fields.positive("scale")
    distribution = Normal(exact(loc), exact(scale))
    if max(abs(end) for end in distribution.support) > _GREATEST:
        raise Refused(
            "value", "the values would be too large for a computer to hold", "write a smaller scale"
        )
    return _build(fields, distribution, {"loc": loc, "scale": scale})


def build_lognormal(fields: Fields) -> Parameter:
    """lognormal, qlognormal: loc and scale are of the natural logarithm."""
    loc, scale = fields.number("loc"), fields.positive("scale")
    low, high = Normal(exact(loc), exact(scale)).support
    if low < LN_SMALLEST or high > LN_GREATEST:
        raise Refused(
            "value",
            f"loc and scale are exponents of e: e^(loc ± {NORMAL_REACH}·scale) is no number a computer can hold",
            "write a smaller scale",
        )
    return _build(fields, LogNormal(exact(loc), exact(scale)), {"loc": loc, "scale": scale})


def _build(
    fields: Fields,
    distribution: Distribution,
    shape: Mapping[str, Number] | None = None,
    clip: tuple[Number, Number] | None = None,
) -> Parameter:
    if "q" in fields:
        q = fields.positive("q")
        if max(map(abs, multiples(distribution, exact(q)))) > GREATEST_MULTIPLE:
            remedy = f"write a greater q, or use kind: {fields.kind.removeprefix('q')}"
            raise Refused(fields.raw("q").path, f"q {show(q)} is too fine for numbers of this size", remedy)
        return Quantised(fields.kind, distribution, q, shape or {}, clip)
    if max(map(abs, distribution.support)) < _LEAST_REACH:
        raise Refused("value", f"every value is nearer to 0 than {_LEAST_REACH}", "write greater numbers")
    if distribution.spread < MINIMAL_SPREAD:
        raise Refused(
            "value",
            "the values differ by less than a millionth of their size",
            "search the difference instead, and add it in your program",
        )
    return Continuous(fields.kind, distribution, shape or {})


def _ordered(fields: Fields, low: str, high: str) -> tuple[Number, Number]:
    below, above = fields.number(low), fields.number(high)
    if below >= above:
        raise Refused("value", f"{low} must be less than {high}, but {show(below)} >= {show(above)}")
    return below, above


def _look_like_values(low: Number, high: Number) -> bool:
    """Whether exponents seem to be meant as the values themselves, such as 1e-5 to 0.1 or 1 to 1000."""
    return low > 0 and (high <= 1 or high >= 100 * low or high > 30)


BUILDERS: dict[str, Callable[[Fields], Parameter]] = {
    "uniform": build_uniform,
    "quniform": build_uniform,
    "loguniform": build_loguniform,
    "qloguniform": build_loguniform,
    "normal": build_normal,
    "qnormal": build_normal,
    "lognormal": build_lognormal,
    "qlognormal": build_lognormal,
}
