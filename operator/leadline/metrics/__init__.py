"""A trial's output into measurements, and measurements into one objective: bounded, pure.

Knows bytes and numbers, nothing of pods, files or the clock. The table of rules is in ``docs/metrics.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from leadline.problems import Problem

Optimization = Literal["maximize", "minimize"]
Strategy = Literal["last", "best", "mean"]
Reason = Literal["", "MetricMissing", "MetricNotFinite"]


@dataclass(frozen=True, slots=True)
class Series:
    """What is kept of one metric; every number in it is finite."""

    last: float | None = None
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    count: int = 0
    ignored: int = 0
    last_finite: bool = True
    curve: tuple[tuple[int | float | None, float], ...] = ()

    def best(self, optimization: Optimization) -> float | None:
        return self.max if optimization == "maximize" else self.min


@dataclass(frozen=True, slots=True)
class Summary:
    """What is kept of a trial's output."""

    metrics: Mapping[str, Series] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        raise NotImplementedError

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Summary:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Objective:
    """The one number the search sees, or why there is none."""

    value: float | None
    reason: Reason = ""
    message: str = ""


class LogReader:
    """Reads a log of any size in bounded memory; never raises for what it is fed."""

    def __init__(self, patterns: Sequence[str] = (), objective: str | None = None) -> None:
        raise NotImplementedError

    def feed(self, chunk: bytes) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    @property
    def summary(self) -> Summary:
        raise NotImplementedError

    @property
    def tail(self) -> str:
        raise NotImplementedError


def check_patterns(patterns: Sequence[str]) -> tuple[Problem, ...]:
    """Mistakes in the user's own patterns; paths relative to the list: ``[0]``."""
    raise NotImplementedError


def parse_termination_message(text: str) -> Summary:
    raise NotImplementedError


def combine(log: Summary | None, termination: Summary | None) -> Summary:
    raise NotImplementedError


def objective(
    summary: Summary, name: str, optimization: Optimization, strategy: Strategy = "last"
) -> Objective:
    raise NotImplementedError
