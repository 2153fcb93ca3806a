"""What a group has learned so far: every result in order, and the counts of its finished trials.

Append-only: a body adds what was stored, a decision only reads; a pass costs what changed, never what was ever run.
Order is (sequence, number), never time: sequences are given by the group's own counter, so any process that reads the
same records rebuilds the same history.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leadline.api.names import TrialState
from leadline.api.status import TopEntry
from leadline.api.trial import RungResult
from leadline.search import Completed

TOP = 10
"""Length of ``status.top``."""


def _order(result: Completed) -> tuple[int, int]:
    return (result.sequence, result.number)


class History:
    """Results of a group in the order of their sequence, and its finished trials by state."""

    __slots__ = ("_finals", "_results", "_seen", "counts", "last_sequence")

    def __init__(self) -> None:
        self._results: list[Completed] = []
        self._seen: set[tuple[int, int, float | None]] = set()
        self._finals: dict[int, TrialState] = {}
        self.counts: Counter[TrialState] = Counter()
        self.last_sequence = 0

    @property
    def results(self) -> Sequence[Completed]:
        """Every result, ordered by (sequence, number)."""
        return self._results

    def is_final(self, number: int) -> bool:
        """Whether trial ``number`` has ended for good."""
        return number in self._finals

    def finals(self) -> int:
        """How many trials have ended for good."""
        return len(self._finals)

    def add(
        self,
        number: int,
        params: Mapping[str, Any],
        results: Iterable[RungResult],
        state: TrialState | None = None,
    ) -> None:
        """Record a trial's results, and its final state where it has one. Repeating it changes nothing."""
        for result in results:
            key = (number, result.attempt, result.resource)
            if key in self._seen:
                continue
            self._seen.add(key)
            completed = Completed(
                number=number,
                params=params,
                sequence=result.sequence,
                outcome=result.outcome,
                value=result.value,
                resource=result.resource,
                attempt=result.attempt,
            )
            # Two operators may give one sequence to two trials in the moment before one of them loses its claim;
            # the number then decides, the same way everywhere.
            if self._results and _order(completed) < _order(self._results[-1]):
                insort(self._results, completed, key=_order)
            else:
                self._results.append(completed)
            self.last_sequence = max(self.last_sequence, result.sequence)
        if state is not None and number not in self._finals:
            self._finals[number] = state
            self.counts[state] += 1


def merge_top(top: Sequence[TopEntry], entries: Iterable[TopEntry], maximize: bool) -> tuple[TopEntry, ...]:
    """The best ``TOP`` of old and new entries, one per trial, best first; ties stay in the order they came."""
    by_trial: dict[str, TopEntry] = {}
    for entry in (*top, *entries):
        known = by_trial.get(entry.trial)
        if known is None or better(entry.value, known.value, maximize):
            by_trial[entry.trial] = entry
    ranked = sorted(by_trial.values(), key=lambda entry: -entry.value if maximize else entry.value)
    return tuple(ranked[:TOP])


def better(value: float, than: float, maximize: bool) -> bool:
    """Whether ``value`` beats ``than``; equal values don't."""
    return value > than if maximize else value < than
