"""Where the trials of a group stand against each other: the best ones, whatever became of them later.

Values at different resources are no measure of each other: more epochs make most trials better, and more data may make
all of them worse. So who reached the larger resource stands before the others, and the value decides among equals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

from leadline.api.names import TrialState
from leadline.api.trial import TrialStatus

TOP = 10
"""Length of ``status.top``."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts of one trial: the newest result of an attempt that came to its end, and the largest resource it had.

    params: None where they are not known any more. sequence: decides between equal values: the first one stands.
    """

    number: int
    params: Mapping[str, Any] | None
    value: float
    sequence: int
    resource: float | int | None = None


def standing_of(number: int, params: Mapping[str, Any], status: TrialStatus) -> Standing | None:
    """What counts of a trial as its record tells it; None where it failed, was stopped, or has no value yet.

    A trial that goes on to a larger resource keeps the place it had until its new result is known. What a running
    trial has reported on its way counts only once it has ended.
    """
    if status.state in (TrialState.FAILED, TrialState.STOPPED) or not status.results:
        return None
    over = status.state in (TrialState.SUCCEEDED, TrialState.PAUSED)
    for result in reversed(status.results):
        if over or result.attempt < status.attempt:
            if result.outcome != "succeeded" or result.value is None:
                return None
            return Standing(number, params, result.value, result.sequence, result.resource)
    return None


class Standings:
    """Standings of all trials of a group; the best of them are found again only where they may have changed."""

    __slots__ = ("_all", "_best", "_maximize")

    def __init__(self) -> None:
        self._all: dict[int, Standing | None] = {}
        self._best: list[Standing] | None = None
        self._maximize = False

    def __contains__(self, number: int) -> bool:
        """Whether trial ``number`` was ever put here, with a value or without."""
        return number in self._all

    def put(self, number: int, standing: Standing | None) -> None:
        """How a trial stands now."""
        old, self._all[number] = self._all.get(number), standing
        if self._best is None or standing == old:
            return
        ranked = _rank(self._maximize)
        enters = standing is not None and (len(self._best) < TOP or ranked(standing) < ranked(self._best[-1]))
        if enters or any(known.number == number for known in self._best):
            self._best = None

    def top(self, maximize: bool, changed: Mapping[int, Standing | None]) -> list[Standing]:
        """The best ``TOP``, best first, as they are once ``changed`` is put as well."""
        if self._best is None or maximize != self._maximize:
            self._maximize = maximize
            self._best = _first(self._all, maximize)
        new = {number: standing for number, standing in changed.items() if standing != self._all.get(number)}
        if any(known.number in new for known in self._best):
            return _first({**self._all, **new}, maximize)
        return (
            _first({**{known.number: known for known in self._best}, **new}, maximize) if new else self._best
        )


def _first(standings: Mapping[int, Standing | None], maximize: bool) -> list[Standing]:
    return nsmallest(TOP, (known for known in standings.values() if known is not None), key=_rank(maximize))


def _rank(maximize: bool) -> Any:
    sign = -1.0 if maximize else 1.0
    return lambda known: (-float(known.resource or 0), sign * known.value, known.sequence, known.number)
