"""Searches that learn from results: a sampler's proposals until the budget is used or the space is.

What is common to all of them: which results count, which points were given out, when the search is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from leadline.problems import Problem
from leadline.search.algorithms.algorithm import Matrix
from leadline.search.interface import Answer, Completed, Done, New, Params, Running
from leadline.search.sampling.sampler import Observation, Proposal, Sampler
from leadline.search.space.lookup import key_of
from leadline.search.space.space import Space

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Adaptive:
    """A searcher from a sampler.

    budget: how many trials, and the words for it. origin: what else each suggestion tells of where it comes from. A
    finite space ends the search when every point of it was given out.
    """

    def __init__(
        self,
        matrix: Matrix,
        space: Space,
        sampler: Callable[[], Sampler],
        budget: int,
        words: str,
        origin: Mapping[str, Any] = NOTHING,
    ) -> None:
        self._origin = origin
        self._kind = matrix["kind"]
        self._maximize = matrix["metric"]["optimization"] == "maximize"
        self._space, self._make, self._budget, self._words = space, sampler, budget, words
        self._sampler: Sampler | None = None
        self._observations: list[Observation] = []
        self._silent: list[Params] = []
        self._finished: set[str] = set()
        self._running: Sequence[Running] = ()
        self._greatest = -1
        self._before = 0

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        """Results are taken in the order they come; a trial that was stopped without a value tells nothing."""
        for result in completed:
            self._greatest = max(self._greatest, result.number)
            key = key_of(result.params)
            # A number below 0 is of an earlier search: its point is known, and was no trial of this one.
            earlier = result.number < 0
            self._before += earlier and key not in self._finished
            self._finished.add(key)
            if result.value is not None:
                loss = -result.value if self._maximize else result.value
                self._observations.append(Observation(result.params, loss, earlier=earlier))
            elif result.outcome == "failed":
                self._observations.append(Observation(result.params, None, earlier=earlier))
            else:
                self._silent.append(result.params)
        self._running = running
        self._greatest = max([self._greatest, *(trial.number for trial in running)])

    def suggest(self, numbers: Sequence[int]) -> Answer:
        """Proposals for the numbers within the budget."""
        wanted = [number for number in numbers if number < self._budget]
        pending = [*self._silent, *(trial.params for trial in self._running)]
        suggestions: list[New] = []
        left = self._left()
        if wanted and (left is None or left > 0):
            for proposal in self._propose(pending, wanted if left is None else wanted[:left]):
                origin = {
                    "algorithm": self._kind,
                    **self._origin,
                    "history": len(self._observations),
                    **({"pending": len(pending)} if pending else {}),
                    **proposal.origin,
                }
                suggestions.append(New(proposal.params, origin=origin))
        greatest = max([self._greatest, *wanted[: len(suggestions)]])
        if left is not None and len(suggestions) >= left:
            size = self._space.size or 0
            if size - self._before < self._budget:
                points = f"{size} point{'' if size == 1 else 's'}"
                points += f", {self._before} of them known before" if self._before else ""
                return Answer(
                    tuple(suggestions),
                    Done("SpaceExhausted", f"the space has {points}, fewer than {self._words}"),
                )
        done = Done("BudgetReached", self._words) if greatest >= self._budget - 1 else None
        return Answer(tuple(suggestions), done)

    def _left(self) -> int | None:
        """How many points of the space were not given out; None where there is no end of them."""
        if self._space.size is None:
            return None
        return self._space.size - len(self._finished | {key_of(trial.params) for trial in self._running})

    def _propose(self, pending: Sequence[Params], numbers: Sequence[int]) -> list[Proposal]:
        if self._sampler is None:
            self._sampler = self._make()
        return self._sampler.propose(self._observations, pending, numbers)


def check(matrix: Matrix, space: Space | None) -> Iterator[Problem]:
    """For a kind that has nothing but the metric of its own."""
    return check_metric(matrix)


def build_by_runs(
    matrix: Matrix, space: Space, sampler: Callable[[], Sampler], origin: Mapping[str, Any] = NOTHING
) -> Adaptive:
    """A searcher whose budget is ``numRuns``."""
    runs = matrix["numRuns"]
    return Adaptive(matrix, space, sampler, runs, f"numRuns is {runs}", origin)


def check_metric(matrix: Matrix) -> Iterator[Problem]:
    """What a search that compares results needs to know of them."""
    metric = matrix.get("metric")
    if metric is not None and not (
        isinstance(metric, Mapping) and metric.get("optimization") in ("maximize", "minimize")
    ):
        remedy = "write {name: accuracy, optimization: maximize}"
        yield Problem("metric", "metric needs a name and an optimization, maximize or minimize", remedy)
