"""From fields to parameters whose values follow a formula: ranges, spaces between two ends, dates."""

from __future__ import annotations

from fractions import Fraction
from math import ulp
from sys import maxsize

from leadline.search.space.dates import is_zulu, microseconds, read_date, read_datetime
from leadline.search.space.fields import Fields, Refused, show
from leadline.search.space.kinds import GREATEST_NUM
from leadline.search.space.numbers import (
    LN_GREATEST,
    LN_SMALLEST,
    MASSES,
    Number,
    decimal_of,
    exact,
    nearest_float,
)
from leadline.search.space.parameters import Even
from leadline.search.space.sequences import (
    Arithmetic,
    Dates,
    Datetimes,
    Geometric,
    Powers,
    geometric_is_whole,
)

_STEP_TOLERANCE = Fraction(1, 10**9)
"""In steps: [0, 0.30000000000000004, 0.1] has three values, as it would if the end had been written 0.3."""
_WARNED_VALUES = 5


def build_range(fields: Fields) -> Even:
    """start, start + step, … below stop."""
    start, stop = _ordered(fields)
    step = fields.positive("step")
    whole = all(isinstance(number, int) for number in (start, stop, step))
    steps = (exact(stop) - exact(start)) / exact(step)
    size = max(1, (steps if whole else steps - _STEP_TOLERANCE).__ceil__())
    if size > maxsize:
        raise Refused("value", "a range has at most 2^63 - 1 values", "write a greater step")
    if not whole:
        _refuse_unresolved(float(step), max(abs(start), abs(stop)))
    values = Arithmetic(exact(start), exact(step), size, whole=whole)
    return Even(fields.kind, values, (values[0], values[-1]))


def build_linspace(fields: Fields) -> Even:
    """num values from start to stop, evenly spaced."""
    start, stop = _ordered(fields)
    num = fields.whole("num", GREATEST_NUM)
    step = (exact(stop) - exact(start)) / max(num - 1, 1)
    whole = isinstance(start, int) and isinstance(stop, int) and (num == 1 or step.denominator == 1)
    if num > 1 and not whole:
        _refuse_unresolved(nearest_float(step), max(abs(start), abs(stop)))
    values = Arithmetic(exact(start), step, num, whole=whole)
    return Even(fields.kind, values, (values[0], values[-1]))


def build_geomspace(fields: Fields) -> Even:
    """num values from start to stop with one ratio."""
    start, stop = _ordered(fields)
    num = fields.whole("num", GREATEST_NUM)
    if start <= 0 <= stop:
        raise Refused(
            "value", "geomspace can't reach or cross 0", "write start and stop of the same sign, not 0"
        )
    if num > 1:
        log_ratio = abs(float(MASSES.ln(decimal_of(exact(stop) / exact(start)))))
        smallest = min(abs(start), abs(stop))
        _refuse_unresolved(smallest * log_ratio / (num - 1), smallest)
    whole = False
    if isinstance(start, int) and isinstance(stop, int):
        whole = num == 1 or geometric_is_whole(start, stop, num)
    values = Geometric(exact(start), exact(stop), num, whole=whole)
    return Even(fields.kind, values, (values[0], values[-1]))


def build_logspace(fields: Fields) -> Even:
    """base to the power of num exponents from start to stop."""
    start, stop = _ordered(fields)
    num = fields.whole("num", GREATEST_NUM)
    base: Number = fields.positive("base") if "base" in fields else 10
    if base == 1:
        raise Refused(fields.raw("base").path, "base must not be 1: every power of 1 is 1")
    log_base = float(MASSES.ln(decimal_of(exact(base))))
    if not all(LN_SMALLEST < log_base * end < LN_GREATEST for end in (start, stop)):
        raise Refused(
            "value",
            f"start and stop are exponents: {show(base)}^{show(start)} or {show(base)}^{show(stop)} is no number "
            "a computer can hold",
            f"for values from {show(start)} to {show(stop)} use kind: geomspace",
        )
    step = (exact(stop) - exact(start)) / max(num - 1, 1)
    if num > 1:
        _refuse_unresolved(abs(log_base) * nearest_float(step), 1)
    whole_ends = isinstance(base, int) and isinstance(start, int) and isinstance(stop, int) and start >= 0
    whole = whole_ends and (num == 1 or step.denominator == 1)
    values = Powers(exact(base), exact(start), step, num, whole=whole)
    _warn_of_exponents(fields, values, start, stop)
    bounds = sorted((values[0], values[-1]))
    return Even(fields.kind, values, (bounds[0], bounds[1]))


def build_daterange(fields: Fields) -> Even:
    """Days from start on, below stop, step in days."""
    start, stop = read_date(fields.raw("start")), read_date(fields.raw("stop"))
    step = fields.positive("step")
    if step != int(step):
        raise Refused(fields.raw("step").path, f"step counts whole days, not {show(step)}")
    if start >= stop:
        raise _disordered("earlier than")
    size = -(-(stop - start).days // int(step))
    return Even(fields.kind, Dates(start, int(step), size))


def build_datetimerange(fields: Fields) -> Even:
    """Moments from start on, before stop, step in seconds."""
    start, stop = read_datetime(fields.raw("start")), read_datetime(fields.raw("stop"))
    step = exact(fields.positive("step")) * 1_000_000
    if step.denominator != 1:
        raise Refused(fields.raw("step").path, "step must be a whole number of microseconds")
    if (start.tzinfo is None) != (stop.tzinfo is None):
        raise Refused("value", "one of start and stop has a time zone", "write it for both or for neither")
    if start >= stop:
        raise _disordered("earlier than")
    size = -(-microseconds(stop - start) // int(step))
    return Even(fields.kind, Datetimes(start, int(step), size, zulu=is_zulu(fields.raw("start"))))


def _ordered(fields: Fields) -> tuple[Number, Number]:
    start, stop = fields.number("start"), fields.number("stop")
    if start >= stop:
        raise _disordered("less than")
    return start, stop


def _disordered(relation: str) -> Refused:
    return Refused("value", f"start must be {relation} stop", "for a single value use kind: choice")


def _refuse_unresolved(step: float, size: Number) -> None:
    """Doubles of this size must be able to be this far apart, and then some."""
    if step < 2 * ulp(float(size)):
        raise Refused("value", "neighbouring values are too close to be told apart", "write fewer values")


def _warn_of_exponents(fields: Fields, values: Powers, start: Number, stop: Number) -> None:
    shown = ", ".join(show(value) for value in values[:_WARNED_VALUES])
    more = ", …" if len(values) > _WARNED_VALUES else ""
    remedy = ""
    if start > 0:
        remedy = f"for values from {show(start)} to {show(stop)} use kind: geomspace"
    fields.warn("value", f"start and stop are exponents: the values are {shown}{more}", remedy)
