"""Stopping rules of one's own: good ones, and what goes wrong with others.

Knows ``leadline.search`` only, as a package outside Leadline would.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from leadline.search import Curve


class Above:
    """Ends a trial whose value is above a limit."""

    def __init__(self, matrix: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        self._limit = settings["limit"]

    def judge(self, trial: Curve, trials: Mapping[int, Curve]) -> str | None:
        _, value = trial.reports[-1]
        return f"{value:g} is above {self._limit:g}" if value is not None and value > self._limit else None


class Behind:
    """Ends a trial that is behind the best of the others at the same report; remembers nothing."""

    def __init__(self, matrix: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        assert matrix["metric"]["optimization"] == "minimize"

    def judge(self, trial: Curve, trials: Mapping[int, Curve]) -> str | None:
        count, value = trial.reports[-1]
        others = [
            known
            for other in trials.values()
            if other.number != trial.number and (known := dict(other.reports).get(count)) is not None
        ]
        if value is None or not others or value <= min(others):
            return None
        return f"{value:g} is behind {min(others):g}"


class Broken:
    """Raises as soon as it is asked."""

    def __init__(self, matrix: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        pass

    def judge(self, trial: Curve, trials: Mapping[int, Curve]) -> str | None:
        raise KeyError("patience")


class Hanging(Broken):
    """Never comes to an end."""

    def judge(self, trial: Curve, trials: Mapping[int, Curve]) -> str | None:
        while True:
            time.sleep(1)


class Saying(Broken):
    """Says whatever a test wants, and keeps what it was asked."""

    says: Callable[[], Any] = staticmethod(lambda: None)
    asked: ClassVar[list[tuple[Curve, dict[int, Curve]]]] = []

    def judge(self, trial: Curve, trials: Mapping[int, Curve]) -> Any:
        type(self).asked.append((trial, dict(trials)))
        return type(self).says()


def unbuildable(matrix: Mapping[str, Any], settings: Mapping[str, Any]) -> Broken:
    """Can't be made."""
    raise ValueError("no such setting: patience")


def nothing(matrix: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """Makes what is no rule."""
    return object()
