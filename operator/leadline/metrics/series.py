"""What is kept of one metric: a summary of fixed size, whatever the number of measurements.

Measurements are ordered by step where they have one, else by arrival. The newest one is held back until a
newer one comes, so that a repeated step replaces it exactly; everything before it is folded into sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, Final, Literal

Optimization = Literal["maximize", "minimize"]
Step = int | float
Point = tuple[Step | None, float]

MAX_CURVE: Final = 200
"""Points of a curve, as many as a trial's status has room for."""


Clock = tuple[tuple[str, ...], tuple[Step, ...]]
"""Where in a training a measurement belongs: the kinds it came with (epoch, iteration, step) and their values.

Coarsest first, since many programs count steps anew in each epoch. Only measurements with the same kinds can
be compared. The last value is the finest, and the step of a curve's point. (A plain tuple: there is one for
every line of a log.)
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a metric was when its trial had come up to ``amount``: to so many epochs, steps or reports."""

    amount: Step
    series: Series


@dataclass(frozen=True, slots=True)
class Series:
    """What is kept of one metric; every number in it is finite.

    last: the finite value of the greatest step, or the last to arrive where steps are not given.
    min, max, mean, count: of all finite values, each step once as far as it was repeated at once.
    ignored: how many reports gave no finite number. last_finite: False if the newest of them was one of these.
    curve: ``(step or None, value)`` in order, evenly thinned out; empty but for the objective.
    marks: what it was at the milestones it has come up to, in order; empty where none were asked for.
    """

    last: float | None = None
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    count: int = 0
    ignored: int = 0
    last_finite: bool = True
    curve: tuple[Point, ...] = ()
    marks: tuple[Mark, ...] = ()

    def best(self, optimization: Optimization) -> float | None:
        """The greatest or the smallest value."""
        return self.max if optimization == "maximize" else self.min

    @property
    def reported(self) -> bool:
        """Whether it was reported as a number at all, finite or not."""
        return self.count > 0 or not self.last_finite

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "last": self.last,
            "min": self.min,
            "max": self.max,
            "mean": self.mean,
            "count": self.count,
            "ignored": self.ignored,
            "lastFinite": self.last_finite,
            "curve": [list(point) for point in self.curve],
            "marks": [[mark.amount, mark.series.to_dict()] for mark in self.marks],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Series:
        """The inverse of ``to_dict``."""
        return cls(
            last=data["last"],
            min=data["min"],
            max=data["max"],
            mean=data["mean"],
            count=data["count"],
            ignored=data["ignored"],
            last_finite=data["lastFinite"],
            curve=tuple((step, value) for step, value in data["curve"]),
            marks=tuple(Mark(amount, cls.from_dict(series)) for amount, series in data["marks"]),
        )


class Curve:
    """At most ``MAX_CURVE`` of any number of points, evenly spread over their arrival.

    Every ``stride``-th point is kept; when there are too many, every other one goes and the stride doubles.
    Which points stay depends on their number only, so that the same log gives the same curve.
    """

    __slots__ = ("_count", "_points", "_stride")

    def __init__(self) -> None:
        self._points: list[tuple[Clock | None, float]] = []
        self._stride = 1
        self._count = 0

    def add(self, clock: Clock | None, value: float) -> None:
        if self._count % self._stride == 0:
            self._points.append((clock, value))
            if len(self._points) == MAX_CURVE:
                self._points = self._points[::2]
                self._stride *= 2
        self._count += 1

    def points(self, newest: tuple[Clock | None, float] | None) -> tuple[Point, ...]:
        """The points kept and the newest one: by step where all have one, else as they came."""
        points = [*self._points, newest] if newest is not None else self._points
        if all(clock is not None for clock, _ in points):
            points = sorted(points, key=_key)
        return tuple((clock[1][-1] if clock else None, value) for clock, value in points)


def _key(point: tuple[Clock | None, float]) -> tuple[Step, ...]:
    return point[0][1] if point[0] else ()


class SeriesBuilder:
    """Takes the measurements of one metric as they come."""

    __slots__ = (
        "_clock", "_count", "_curve", "_ignored", "_kinds", "_last", "_max", "_mean", "_min", "_newest", "_value",
    )  # fmt: skip

    def __init__(self, with_curve: bool = False) -> None:
        self._count = 0
        self._ignored = 0
        self._last: float | None = None
        self._min = inf
        self._max = -inf
        self._mean = 0.0
        self._curve = Curve() if with_curve else None
        self._kinds: tuple[str, ...] | None = None  # those of the first measurement that had any
        self._newest: tuple[Step, ...] | None = None  # the greatest values of them so far
        self._value: float | None = None  # the newest measurement, not yet folded in
        self._clock: Clock | None = None  # its clock, if it counts for this metric

    def add(self, value: float, clock: Clock | None) -> None:
        """Take one measurement; ``value`` may be NaN or infinite."""
        if clock is not None:
            kinds, key = clock
            if self._kinds is None:
                self._kinds = kinds
            if kinds != self._kinds:
                clock = None  # counted by another clock: its place is where it arrived
            elif self._newest is not None and key < self._newest:
                self._fold(value, clock)  # late: it counts, but it is not the last
                return
            elif self._clock is not None and key == self._newest:
                self._value = value  # the same step again: the last write wins
                return
            else:
                self._newest = key
        if self._value is not None:
            self._fold(self._value, self._clock)
            if isfinite(self._value):
                self._last = self._value
        self._value, self._clock = value, clock

    def _fold(self, value: float, clock: Clock | None) -> None:
        if not isfinite(value):
            self._ignored += 1
            return
        self._count = count = self._count + 1
        # Both parts are divided first: the sum of two large doubles may not be one.
        self._mean += value / count - self._mean / count
        if value < self._min:  # noqa: PLR1730 - for every number of a log: a call of min() takes longer
            self._min = value
        if value > self._max:  # noqa: PLR1730
            self._max = value
        if self._curve is not None:
            self._curve.add(clock, value)

    def series(self, unreadable: int = 0) -> Series:
        """The summary so far, the newest measurement included; ``unreadable`` reports gave no number."""
        value = self._value
        finite = value is not None and isfinite(value)
        count = self._count + finite
        mean = self._mean
        last, low, high = self._last, self._min, self._max
        if value is not None and finite:
            last, low, high = value, min(low, value), max(high, value)
            mean += value / count - mean / count
        return Series(
            last=last,
            min=low if count else None,
            max=high if count else None,
            mean=mean if count else None,
            count=count,
            ignored=self._ignored + (value is not None and not finite) + unreadable,
            last_finite=value is None or finite,
            curve=self._points(finite) if self._curve is not None else (),
        )

    def _points(self, finite: bool) -> tuple[Point, ...]:
        assert self._curve is not None
        return self._curve.points((self._clock, self._value) if finite and self._value is not None else None)
