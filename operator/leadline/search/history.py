"""What a search is told, as it is meant: in the order of sequences, each configuration as the space gives it.

Between any search and its caller, so that no algorithm sees who told what first, how a file wrote a number (JSON may
make 1 of 1.0), or a loss that no other can be compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from math import isfinite

from leadline.search.interface import Answer, Completed, Params, Running, Searcher
from leadline.search.prior import Prior
from leadline.search.space.fit import MisfitError, fit
from leadline.search.space.space import Space


class InOrder:
    """See ``Searcher``. make: the search, knowing nothing yet; made again where a result comes that belongs before
    others it was told. space: None where configurations are not of one."""

    def __init__(self, make: Callable[[], Searcher], space: Space | None) -> None:
        self._make, self._space = make, space
        self._inner = make()
        self._told: list[Completed] = []
        self._fitted: dict[int, tuple[Params, Params]] = {}

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        """Results in any order. Raises ValueError where a configuration is none of the space, and takes in nothing."""
        new = sorted(map(self._read, completed), key=order)
        present = [replace(trial, params=self._params(trial)) for trial in running]
        late = bool(new and self._told) and order(new[0]) < order(self._told[-1])
        self._told += new
        if late:
            self._told.sort(key=order)
            self._inner, new = self._make(), self._told
        self._inner.update(new, present)

    def suggest(self, numbers: Sequence[int]) -> Answer:
        """Those of the search."""
        return self._inner.suggest(numbers)

    def _read(self, result: Completed) -> Completed:
        return replace(comparable(result), params=self._params(result))

    def _params(self, trial: Completed | Running) -> Params:
        """Every trial is told again and again: as it runs, at its rungs, and as it ends."""
        known = self._fitted.get(trial.number)
        if known is None or known[0] != trial.params:
            known = (dict(trial.params), fitted(self._space, trial.params, f"trial {trial.number}"))
            self._fitted[trial.number] = known
        return known[1]


def comparable(result: Completed) -> Completed:
    """The same, where its value can be compared with others: that of a failed trial counts for nothing, and one whose
    value is not a finite number has failed."""
    value = result.value
    if value is None or (result.outcome != "failed" and isfinite(value)):
        return result
    return replace(result, outcome="failed" if result.outcome == "succeeded" else result.outcome, value=None)


def fitted(space: Space | None, params: Params, whose: str) -> Params:
    """A copy of a configuration as the space gives it; as it is where there is none. Raises ValueError."""
    if space is None:
        return dict(params)
    try:
        return fit(space, params)
    except MisfitError as error:
        raise ValueError(f"{whose} is not of this space: {error}") from None


def fitted_prior(space: Space | None, prior: Prior) -> Prior:
    """A prior as it is meant, its results in their order. Raises ValueError like ``fitted``."""
    points = tuple(fitted(space, point, f"point {place}") for place, point in enumerate(prior.points))
    return Prior(points, tuple(_earlier(space, prior.results)))


def _earlier(space: Space | None, results: Iterable[Completed]) -> Iterable[Completed]:
    for result in sorted(map(comparable, results), key=order):
        yield replace(result, params=fitted(space, result.params, f"earlier result {result.number}"))


def order(result: Completed) -> tuple[int, int, bool, float]:
    """By (sequence, number); a trial's end after what it reported on the way."""
    return result.sequence, result.number, result.resource is None, float(result.resource or 0)
