"""The other side of the interface: gives out numbers, runs trials that do not exist, brings back results."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from leadline.search import Answer, Completed, Done, New, Outcome, Running, Searcher

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


class Group:
    """One search from its first trial to its end, ``parallel`` at a time; the oldest trial ends first."""

    def __init__(self, searcher: Searcher, parallel: int, fate: Fate = succeed) -> None:
        self.searcher, self.parallel, self.fate = searcher, parallel, fate
        self.suggested: list[New] = []
        self.running: list[Running] = []
        self.history: list[Completed] = []
        self.done: Done | None = None
        self._unseen: list[Completed] = []

    def run(self, most: int = 10_000) -> Group:
        """Until the searcher is done and every trial has ended; never more than ``most`` trials."""
        while True:
            self.start()
            if not self.running:
                assert self.done is not None, "no trial runs, none is suggested, and the search is not done"
                return self
            assert len(self.suggested) <= most
            self.finish()

    def start(self) -> Answer:
        """Fill the free slots."""
        free = 0 if self.done else self.parallel - len(self.running)
        numbers = range(len(self.suggested), len(self.suggested) + free)
        self.searcher.update(self._unseen, self.running)
        self._unseen = []
        answer = self.searcher.suggest(list(numbers))
        assert len(answer.suggestions) <= free
        for number, new in zip(numbers, answer.suggestions, strict=False):
            assert isinstance(new, New)
            self.suggested.append(new)
            self.running.append(Running(number, new.params, new.resource))
        self.done = self.done or answer.done
        assert answer.suggestions or self.running or self.done
        return answer

    def finish(self) -> None:
        """End the trial that has run for longest."""
        trial = self.running.pop(0)
        outcome, value = self.fate(trial.number, dict(trial.params))
        ended = Completed(trial.number, trial.params, len(self.history) + 1, outcome, value, trial.resource)
        self.history.append(ended)
        self._unseen.append(ended)


def through_json(trials: list[Any]) -> list[Any]:
    """The same trials after a journey through the API server."""
    return [replace(trial, **json.loads(json.dumps(asdict(trial)))) for trial in trials]


def as_text(suggestions: list[New] | tuple[Any, ...]) -> list[str]:
    """Suggestions so that 1, 1.0 and true differ."""
    return [json.dumps(asdict(suggestion), sort_keys=True, allow_nan=False) for suggestion in suggestions]
