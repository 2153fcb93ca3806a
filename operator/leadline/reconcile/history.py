"""What a group has learned so far: every result in order, how its trials stand, and the counts of the finished ones.

Append-only: a body adds what was stored, a decision only reads; a pass costs what changed, never what was ever run.
Order is the sequence, never time: sequences are given by the group's own counter, so any process that reads the
same records rebuilds the same history.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from leadline.api.names import FINAL_STATES, TrialState
from leadline.api.trial import TrialStatus
from leadline.reconcile.standings import Standings, standing_of
from leadline.search import Completed
from leadline.search.history import order


class History:
    """Results of a group in the order of their sequence, its best trials, and its finished trials by state."""

    __slots__ = ("_finals", "_results", "_seen", "counts", "last_sequence", "standings")

    def __init__(self) -> None:
        self._results: list[Completed] = []
        self._seen: set[tuple[int, int, float | None]] = set()
        self._finals: dict[int, TrialState] = {}
        self.counts: Counter[TrialState] = Counter()
        self.standings = Standings()
        self.last_sequence = 0

    @property
    def results(self) -> Sequence[Completed]:
        """Every result, in the order of their sequence."""
        return self._results

    def is_final(self, number: int) -> bool:
        """Whether trial ``number`` has ended for good."""
        return number in self._finals

    def finals(self) -> int:
        """How many trials have ended for good."""
        return len(self._finals)

    def add(self, number: int, params: Mapping[str, Any], status: TrialStatus) -> None:
        """Take in a trial's record. Repeating it changes nothing."""
        for result in status.results:
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
            if self._results and order(completed) < order(self._results[-1]):
                insort(self._results, completed, key=order)
            else:
                self._results.append(completed)
            self.last_sequence = max(self.last_sequence, result.sequence)
        self.standings.put(number, standing_of(number, params, status))
        if status.state in FINAL_STATES and number not in self._finals:
            state = self._finals[number] = TrialState(status.state)
            self.counts[state] += 1
