"""How many trials a search runs, and how it says that it has come to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.search.interface import Done
from leadline.search.space.space import Space


def planned(budget: int | None, size: int | None) -> int | None:
    """The budget, or every point of a space of this size where they are fewer; None if neither is known."""
    if budget is None or size is None:
        return size if budget is None else budget
    return min(budget, size)


def total_by_runs(matrix: Mapping[str, Any], space: Space | None) -> int | None:
    """``numRuns``, or every point where they are fewer."""
    return planned(matrix.get("numRuns"), space.size if space else None)


def ending(runs: int | None, size: int | None) -> Done:
    """How a search of ``numRuns`` trials in a space of this size ends."""
    if runs is not None and (size is None or runs <= size):
        return Done("BudgetReached", f"numRuns is {runs}")
    asked = "" if runs is None else f", fewer than numRuns, which is {runs}"
    return Done("SpaceExhausted", f"the space has {size} point{'' if size == 1 else 's'}{asked}")
