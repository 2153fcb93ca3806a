"""A trial's output into measurements, and measurements into one objective: bounded, pure.

Knows bytes and numbers, nothing of pods, files or the clock. The table of rules is in ``docs/metrics.md``.
"""

from __future__ import annotations

from leadline.metrics.milestones import Milestones
from leadline.metrics.outcome import Objective, Reason, Strategy, objective, objective_at
from leadline.metrics.patterns import MAX_PATTERN, check_patterns
from leadline.metrics.reader import LogReader
from leadline.metrics.series import MAX_CURVE, Mark, Optimization, Point, Series
from leadline.metrics.summary import MAX_NAME_LENGTH, MAX_NAMES, Summary, combine
from leadline.metrics.tail import MAX_TAIL
from leadline.metrics.termination import parse_termination_message

__all__ = [
    "MAX_CURVE",
    "MAX_NAMES",
    "MAX_NAME_LENGTH",
    "MAX_PATTERN",
    "MAX_TAIL",
    "LogReader",
    "Mark",
    "Milestones",
    "Objective",
    "Optimization",
    "Point",
    "Reason",
    "Series",
    "Strategy",
    "Summary",
    "check_patterns",
    "combine",
    "objective",
    "objective_at",
    "parse_termination_message",
]
