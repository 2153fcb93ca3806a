"""The other side of the interface: gives out numbers, runs trials that do not exist, brings back results."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from leadline.search import Answer, Completed, Done, New, Outcome, Promote, Running, Searcher, Stop

Fate = Callable[[int, dict[str, Any]], tuple[Outcome, float | None]]


def succeed(number: int, params: dict[str, Any]) -> tuple[Outcome, float | None]:
    """A result that depends on nothing but the trial."""
    return "succeeded", (number * 37 % 101) / 7


def fail(number: int, params: dict[str, Any]) -> tuple[Outcome, float | None]:
    """What every trial of a broken program ends with."""
    return "failed", None


def mixed(number: int, params: dict[str, Any]) -> tuple[Outcome, float | None]:
    """Every outcome there is, a result without a value among them."""
    fates: list[tuple[Outcome, float | None]] = [
        ("succeeded", number / 3),
        ("failed", None),
        ("stopped", 0.25),
        ("stopped", None),
        ("succeeded", None),
    ]
    return fates[number % len(fates)]


def odd(number: int, params: dict[str, Any]) -> tuple[Outcome, float | None]:
    """Numbers that are no results, which a caller should have told as None, and results of any size."""
    fates: list[tuple[Outcome, float | None]] = [
        ("succeeded", math.nan),
        ("succeeded", -1e300),
        ("succeeded", math.inf),
        ("succeeded", 1e300),
        ("succeeded", -math.inf),
        ("succeeded", 5e-324),
        ("failed", math.nan),
        ("stopped", math.nan),
    ]
    return fates[number % len(fates)]


class Group:
    """One search from its first trial to its end, ``parallel`` at a time; the oldest trial ends first.

    suggested: the first suggestion of each trial. promoted, stopped, closed: what became of trials, in that order.
    """

    def __init__(self, searcher: Searcher, parallel: int, fate: Fate = succeed) -> None:
        self.searcher, self.parallel, self.fate = searcher, parallel, fate
        self.suggested: list[New] = []
        self.running: list[Running] = []
        self.paused: dict[int, Running] = {}
        self.history: list[Completed] = []
        self.unseen: list[Completed] = []
        self.promoted: list[Promote] = []
        self.stopped: list[Stop] = []
        self.closed: list[int] = []
        self.done: Done | None = None
        self._ahead: dict[int, list[float | int]] = {}
        self._last: set[int] = set()

    @property
    def present(self) -> list[Running]:
        """Every trial that runs or waits, by number."""
        return sorted([*self.running, *self.paused.values()], key=lambda trial: trial.number)

    def run(self, most: int = 10_000) -> Group:
        """Until the searcher is done and every trial has ended; never more than ``most`` trials."""
        while True:
            stopped = self.start().stops
            if not self.running and stopped:
                continue  # their slots are free now
            if not self.running:
                assert self.done is not None, "no trial runs, none is suggested, and the search is not done"
                assert not self.paused, "trials wait that nothing will ever promote"
                return self
            assert len(self.suggested) <= most
            self.finish()

    def start(self) -> Answer:
        """Fill the free slots."""
        free = self.parallel - len(self.running)
        numbers = list(range(len(self.suggested), len(self.suggested) + free))
        self.searcher.update(self.unseen, self.present)
        self.unseen = []
        answer = self.searcher.suggest(numbers)
        news = [suggestion for suggestion in answer.suggestions if isinstance(suggestion, New)]
        assert len(news) <= free
        assert len(answer.suggestions) - len(news) <= free
        assert not (news and self.done), "a trial after the end"
        for suggestion in answer.suggestions[:free]:
            if isinstance(suggestion, Promote):
                self._promote(suggestion)
            else:
                self._begin(suggestion)
        for stop in answer.stops:
            self._stop(stop)
        for number in answer.closed:
            del self.paused[number]
            self.closed.append(number)
        all_begun = len(news) == sum(isinstance(kept, New) for kept in answer.suggestions[:free])
        self.done = self.done or (answer.done if all_begun else None)
        assert answer.suggestions or self.running or self.done or answer.stops
        return answer

    def _begin(self, new: New) -> None:
        number = len(self.suggested)
        self.suggested.append(new)
        self.running.append(Running(number, new.params, new.resource))
        self._ahead[number] = list(new.rungs)
        if new.last:
            self._last.add(number)

    def _promote(self, promote: Promote) -> None:
        waiting = self.paused.pop(promote.trial)
        assert waiting.resource is not None
        assert promote.resource > waiting.resource
        self.promoted.append(promote)
        self.running.append(replace(waiting, resource=promote.resource, paused=False))
        if promote.last:
            self._last.add(promote.trial)

    def _stop(self, stop: Stop) -> None:
        assert stop.message
        trial = next(trial for trial in self.running if trial.number == stop.trial)
        self.running.remove(trial)
        self.stopped.append(stop)
        self._tell(trial, trial.resource, "stopped", None)

    def finish(self) -> None:
        """End the trial that has run for longest, or let it reach its next rung."""
        trial = self.running.pop(0)
        outcome, value = self.fate(trial.number, dict(trial.params))
        if outcome == "succeeded" and self._ahead[trial.number]:
            self._tell(trial, self._ahead[trial.number].pop(0), outcome, value)
            self.running.append(trial)
            return
        self._tell(trial, trial.resource, outcome, value)
        if outcome == "succeeded" and trial.resource is not None and trial.number not in self._last:
            self.paused[trial.number] = replace(trial, paused=True)

    def _tell(
        self, trial: Running, resource: float | int | None, outcome: Outcome, value: float | None
    ) -> None:
        ended = Completed(trial.number, trial.params, len(self.history) + 1, outcome, value, resource)
        self.history.append(ended)
        self.unseen.append(ended)


def through_json(trials: list[Any]) -> list[Any]:
    """The same trials after a journey through the API server."""
    return [replace(trial, **json.loads(json.dumps(asdict(trial)))) for trial in trials]


def as_text(suggestions: list[New] | tuple[Any, ...]) -> list[str]:
    """Suggestions so that 1, 1.0 and true differ."""
    return [json.dumps(asdict(suggestion), sort_keys=True, allow_nan=False) for suggestion in suggestions]
