"""The search engine of one group: fed with what is new, asked for what is next.

Holds a searcher only to avoid feeding it everything again; a new one fed with the same history answers the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from leadline.api.names import FINAL_STATES, TrialState
from leadline.reconcile.history import History
from leadline.reconcile.observed import Ask, Trial
from leadline.reconcile.trial_status import resource_of, state_of
from leadline.search import Answer, Completed, Prior, Running, Searcher, make_searcher

_Fed = tuple[int, Completed | None]
"""How many results a searcher was fed, and the last of them: two may have one sequence, where two operators met."""


class Make(Protocol):
    """What makes a searcher, here or elsewhere: ``leadline.search.make_searcher``, say."""

    def __call__(self, matrix: Mapping[str, Any], seed: int, *, prior: Prior) -> Searcher:
        """A new search. Raises ValueError for a matrix with errors."""


class Engine:
    """A searcher and how much of the group's history it has seen."""

    def __init__(
        self, matrix: Mapping[str, Any], seed: int, make: Make = make_searcher, prior: Prior | None = None
    ) -> None:
        self._matrix, self._seed, self._make, self._prior = matrix, seed, make, prior or Prior()
        # No rungs and no stopping rules. There may have been rules before an edit: what they were told is no result.
        self._is_plain = not matrix.get("resource") and not matrix.get("earlyStopping")
        self._searcher = self._fresh()
        self._fed: _Fed = (0, None)
        self._answered: tuple[tuple[Ask, _Fed, list[Running]], Answer] | None = None

    def _fresh(self) -> Searcher:
        return self._make(self._matrix, self._seed, prior=self._prior)

    def answer(self, ask: Ask, history: History, trials: Iterable[Trial]) -> Answer:
        """The engine's suggestions for ``ask``, knowing ``history`` and the unfinished among ``trials``."""
        results = history.results
        count, last = self._fed
        if count and (len(results) < count or results[count - 1] is not last):
            # A result came in before the last one seen: the order is what counts, so start over.
            self._searcher, count = self._fresh(), 0
        running = [
            Running(
                number=trial.number,
                params=trial.spec.params,
                resource=resource_of(trial),
                paused=state_of(trial) is TrialState.PAUSED,
            )
            for trial in sorted(trials, key=lambda trial: trial.number)
            if state_of(trial) not in FINAL_STATES
        ]
        fed = (len(results), results[-1] if results else None)
        question = (ask, fed, running)
        if self._answered is not None and self._answered[0] == question:
            return self._answered[1]
        new = results[count:]
        if self._is_plain:
            new = [result for result in new if result.resource is None]
        self._searcher.update(new, running)
        self._fed = fed
        self._answered = (question, self._searcher.suggest(ask.numbers))
        return self._answered[1]
