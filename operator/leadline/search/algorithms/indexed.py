"""Searches in which number n always gets point n: grid, mapping, random, sobol.

They learn nothing from results, so history tells them only how far the numbers have come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leadline.search.algorithms.algorithm import Matrix
from leadline.search.algorithms.budget import ending, planned
from leadline.search.interface import Answer, Completed, New, Running


class Indexed:
    """A searcher from a function that gives the suggestion with a number, 0 <= number < planned total."""

    def __init__(self, matrix: Matrix, size: int | None, suggestion: Callable[[int], New]) -> None:
        total = planned(matrix.get("numRuns"), size)
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
