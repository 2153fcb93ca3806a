"""A searcher of one's own, in Python: somebody else's class behind our interface, and nothing of what it does believed.

How a plug-in is found is not known here: that takes files (``leadline.plugins``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from leadline.search.algorithms.adaptive import Adaptive
from leadline.search.errors import guarded
from leadline.search.interface import Answer, Completed, Done, New, Running, Searcher
from leadline.search.sampling.sampler import Sampler
from leadline.search.space.fit import MisfitError
from leadline.search.space.space import Space
from leadline.search.tuner.errors import TunerAnswerError, TunerFailedError, TunerNotFoundError
from leadline.search.tuner.fit import fit_any


class Factory(Protocol):
    """What an entry point names: a class or a function that makes a searcher or, simpler, a sampler."""

    def __call__(self, matrix: Mapping[str, Any], space: Space | None, seed: int) -> Searcher | Sampler: ...


Find = Callable[[str], Factory]
"""From the name of a plug-in to its factory; raises TunerError."""


def no_plugins(name: str) -> Factory:
    """Where nobody has said how plug-ins are found, there are none."""
    raise TunerNotFoundError(f"no searcher named {name!r} can be found here")


def build_plugin(
    find: Find, name: str, matrix: Mapping[str, Any], space: Space | None, seed: int
) -> Searcher:
    """A searcher from the plug-in of this name. Raises TunerError, and so does everything that it is asked."""
    factory = find(name)
    made = _guarded(name, lambda: factory(matrix, space, seed))
    budget = matrix["numRuns"]
    words = f"numRuns is {budget}"
    if hasattr(made, "propose"):
        if space is None or matrix.get("metric") is None:
            raise TunerFailedError(f"the sampler {name!r} needs params and a metric in its matrix")
        sampler = made
        made = Adaptive(matrix, space, lambda: sampler, budget, words)
    if not (hasattr(made, "update") and hasattr(made, "suggest")):
        message = f"{name!r} is neither a searcher (update, suggest) nor a sampler (propose)"
        raise TunerFailedError(message)
    return _Checked(name, made, space, budget)


class _Checked:
    """A plug-in's searcher within its budget and its space."""

    def __init__(self, name: str, inner: Searcher, space: Space | None, budget: int) -> None:
        self._name, self._inner, self._space, self._budget = name, inner, space, budget
        self._greatest = -1

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        """See ``Searcher``."""
        known = [*(result.number for result in completed), *(trial.number for trial in running)]
        self._greatest = max([self._greatest, *known])
        _guarded(self._name, lambda: self._inner.update(completed, running))

    def suggest(self, numbers: Sequence[int]) -> Answer:
        """The plug-in's suggestions for the numbers within the budget, each a point of the space."""
        wanted = [number for number in numbers if number < self._budget]
        words = Done("BudgetReached", f"numRuns is {self._budget}")
        if not wanted:
            return Answer((), words if self._greatest >= self._budget - 1 else None)
        answer = _guarded(self._name, lambda: self._inner.suggest(wanted))
        if not isinstance(answer, Answer):
            raise self._unusable(f"its suggest() returned {type(answer).__name__}, not an Answer")
        if answer.stops or answer.closed:
            raise self._unusable("rungs are not open to plug-ins: stops and closed must be empty")
        if len(answer.suggestions) > len(wanted):
            asked = len(wanted)
            raise self._unusable(f"{len(answer.suggestions)} suggestions came, and {asked} were asked for")
        suggestions = tuple(self._check(new) for new in answer.suggestions)
        greatest = max([self._greatest, *wanted[: len(suggestions)]])
        return Answer(suggestions, answer.done or (words if greatest >= self._budget - 1 else None))

    def _check(self, new: Any) -> New:
        if not isinstance(new, New) or new.resource is not None or new.rungs:
            raise self._unusable(
                "rungs are not open to plug-ins: every suggestion must be a New without resource"
            )
        try:
            params = fit_any(new.params, self._space)
        except MisfitError as error:
            raise self._unusable(f"a suggestion does not fit: {error}") from None
        return replace(
            new, params=params, origin={**new.origin, "algorithm": "iterative", "tuner": self._name}
        )

    def _unusable(self, message: str) -> TunerAnswerError:
        return TunerAnswerError(f"the plug-in {self._name!r}: {message}")


def _guarded(name: str, call: Callable[[], Any]) -> Any:
    return guarded(call, lambda text: TunerFailedError(f"the plug-in {name!r} failed: {text}"))
