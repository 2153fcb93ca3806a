"""Searches in which number n always gets point n: grid, mapping, random, sobol.

They learn nothing from results, so history tells them only how far the numbers have come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leadline.search.algorithms.algorithm import Matrix
from leadline.search.interface import Answer, Completed, Done, New, Running


def planned(matrix: Matrix, size: int | None) -> int | None:
    """How many trials: ``numRuns``, or every point where they are fewer; None if neither is known."""
    runs: int | None = matrix.get("numRuns")
    if runs is None or size is None:
        return size if runs is None else runs
    return min(runs, size)


class Indexed:
    """A searcher from a function that gives the suggestion with a number, 0 <= number < planned total."""

    def __init__(self, matrix: Matrix, size: int | None, suggestion: Callable[[int], New]) -> None:
        total = planned(matrix, size)
        assert total is not None, "check_matrix asks for numRuns where the space has no end"
        self._total = total
        self._suggestion = suggestion
        self._done = ending(matrix.get("numRuns"), size)
        self._greatest = -1

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        """Results change nothing here; numbers show how far the search has come."""
        numbers = [trial.number for trial in completed] + [trial.number for trial in running]
        self._greatest = max(self._greatest, *numbers, -1)

    def suggest(self, numbers: Sequence[int]) -> Answer:
        """The point of each number that has one; done once no greater number has."""
        suggestions = tuple(self._suggestion(number) for number in numbers if number < self._total)
        greatest = max(self._greatest, *numbers, -1)
        return Answer(suggestions, self._done if greatest >= self._total - 1 else None)


def ending(runs: int | None, size: int | None) -> Done:
    """How a search of ``numRuns`` trials in a space of this size ends."""
    if runs is not None and (size is None or runs <= size):
        return Done("BudgetReached", f"numRuns is {runs}")
    asked = "" if runs is None else f", fewer than numRuns, which is {runs}"
    return Done("SpaceExhausted", f"the space has {size} point{'' if size == 1 else 's'}{asked}")
