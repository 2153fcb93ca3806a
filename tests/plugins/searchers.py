"""Searchers of one's own: two good ones, one by each protocol, and what goes wrong with others.

Knows ``leadline.search`` only, as a package outside Leadline would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leadline.search import (
    Answer,
    Completed,
    Done,
    New,
    Observation,
    Params,
    Promote,
    Proposal,
    Running,
    Space,
)


class Staircase:
    """A searcher: unit numbers one step apart, by the number of the trial, so that none is lost or doubled."""

    def __init__(self, matrix: Mapping[str, Any], space: Space | None, seed: int) -> None:
        assert space is not None
        self._space, self._seed = space, seed
        self._good = 0

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        self._good += sum(result.outcome == "succeeded" for result in completed)

    def suggest(self, numbers: Sequence[int]) -> Answer:
        if self._good >= 8:
            return Answer((), Done("GoodEnough", f"{self._good} good trials"))
        return Answer(tuple(New(self._params(number), origin={"step": number}) for number in numbers))

    def _params(self, number: int) -> Params:
        return self._space.from_units(lambda name: ((number + self._seed) * 0.17 + len(name) * 0.3) % 1.0)


class Middle:
    """A sampler: half-way between the best point and a corner that moves."""

    def __init__(self, matrix: Mapping[str, Any], space: Space | None, seed: int) -> None:
        assert space is not None
        self._space = space

    def propose(
        self, observations: Sequence[Observation], pending: Sequence[Params], numbers: Sequence[int]
    ) -> list[Proposal]:
        best = min((known.loss for known in observations if known.loss is not None), default=0.5)
        return [
            Proposal(self._space.from_units(lambda name, n=n: (best % 1 + n * 0.31) % 1.0), {"best": best})  # type: ignore[misc]
            for n in numbers
        ]


class Broken:
    """Raises as soon as it is asked."""

    def __init__(self, matrix: Mapping[str, Any], space: Space | None, seed: int) -> None:
        pass

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        pass

    def suggest(self, numbers: Sequence[int]) -> Answer:
        raise KeyError("learning_rate")


class Answering(Broken):
    """Answers whatever a test says."""

    says: Callable[[Sequence[int]], Any] = staticmethod(lambda numbers: Answer(()))

    def suggest(self, numbers: Sequence[int]) -> Answer:
        answer: Answer = type(self).says(numbers)
        return answer


def unbuildable(matrix: Mapping[str, Any], space: Space | None, seed: int) -> Broken:
    """Can't be made."""
    raise ValueError("no licence")


def nothing(matrix: Mapping[str, Any], space: Space | None, seed: int) -> Any:
    """Makes what is neither a searcher nor a sampler."""
    return object()


def promoting(numbers: Sequence[int]) -> Answer:
    """An answer that plug-ins may not give."""
    return Answer((Promote(0, 3),))


not_callable = "a text"
