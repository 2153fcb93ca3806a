"""What a stopping rule is told and what it answers.

A rule looks at trials while they run, and ends those that are not worth going on with. It is given curves, not logs:
what every trial's objective was after so many reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from leadline.search.interface import Outcome, Params


@dataclass(frozen=True, slots=True)
class Curve:
    """What one trial has told of its objective so far.

    reports: how often it had reported, ascending, and the objective by then; None where that was no finite number.
    outcome: how it ended; None while it runs. value: what it came to at its end.
    """

    number: int
    params: Params
    reports: tuple[tuple[int, float | None], ...] = ()
    outcome: Outcome | None = None
    value: float | None = None

    def at(self, count: int) -> float | None:
        """The objective after so many reports: the last one known by then, None where there is none."""
        return next((value for reached, value in reversed(self.reports) if reached <= count), None)


class StoppingRule(Protocol):
    """One rule in one search."""

    def judge(self, trial: Curve, trials: Mapping[int, Curve]) -> str | None:
        """Why a trial is to be ended, one sentence for people; None where it may go on.

        Asked once for each report of a trial that the rule looks at, in the order in which the reports came in.
        trials: all of the search as they stood then, by number, ``trial`` among them. The answer depends on nothing
        but these: after a restart a new rule is asked everything again, and what it says then is what counts.
        """


class RuleFactory(Protocol):
    """What an entry point names: a class or a function that makes a rule.

    matrix: the group's, as a dict; its ``metric`` tells whether to maximize or to minimize. settings: the rule's own.
    """

    def __call__(self, matrix: Mapping[str, Any], settings: Mapping[str, Any]) -> StoppingRule: ...
