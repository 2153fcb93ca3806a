"""A search whose trials are watched while they run: reports on the way go to the rules, ends to the search itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

from leadline.search.interface import Answer, Completed, New, Promote, Running, Searcher, Stop
from leadline.search.stopping.fields import RuleFields, looks_of
from leadline.search.stopping.rule import Curve, StoppingRule


class Rule(StoppingRule, Protocol):
    """A rule that knows when it looks at a trial."""

    @property
    def fields(self) -> RuleFields: ...


class Watched:
    """See ``Searcher``. Around a search without rungs of its own.

    A trial's rungs are the numbers of reports at which rules look at it: each comes back as a result with that number
    as its resource, which the search does not see.
    """

    def __init__(self, inner: Searcher, rules: Sequence[Rule]) -> None:
        self._inner, self._rules = inner, rules
        self._looks = looks_of([rule.fields for rule in rules])
        self._curves: dict[int, Curve] = {}
        self._trials: Mapping[int, Curve] = MappingProxyType(self._curves)
        self._verdicts: dict[int, str] = {}
        self._running: Sequence[Running] = ()

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        """Each report is judged among those before it in the order of sequences, and never again."""
        for result in completed:
            self._see(result)
        self._running = running
        self._inner.update([result for result in completed if result.resource is None], running)

    def _see(self, result: Completed) -> None:
        curve = self._curves.get(result.number) or Curve(result.number, result.params)
        if result.resource is None:
            self._curves[result.number] = replace(curve, outcome=result.outcome, value=result.value)
            return
        reports = int(result.resource)
        curve = replace(curve, reports=(*curve.reports, (reports, result.value)))
        self._curves[result.number] = curve
        if result.number in self._verdicts:
            return
        for rule in self._rules:
            why = rule.judge(curve, self._trials) if rule.fields.looks_at(reports) else None
            if why is not None:
                so_far = f"{reports} report{'' if reports == 1 else 's'}"
                self._verdicts[result.number] = f"{rule.fields.name}, after {so_far}: {why}"
                return

    def suggest(self, numbers: Sequence[int]) -> Answer:
        """The inner suggestions, with where they are looked at; and the trials to end."""
        answer = self._inner.suggest(numbers)
        stops = tuple(
            Stop(trial.number, self._verdicts[trial.number])
            for trial in self._running
            if trial.number in self._verdicts
        )
        suggestions = tuple(self._with_looks(one) for one in answer.suggestions)
        return replace(answer, suggestions=suggestions, stops=stops)

    def _with_looks(self, suggestion: New | Promote) -> New | Promote:
        return replace(suggestion, rungs=self._looks) if isinstance(suggestion, New) else suggestion
