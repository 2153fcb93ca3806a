"""What the registry knows of one algorithm, before any search runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadline.problems import Problem
from leadline.search.interface import Searcher
from leadline.search.rungs.brackets import Bracket
from leadline.search.space.space import Space

Matrix = Mapping[str, Any]
"""A Polyaxon v1 ``matrix`` section, camelCase, as it was written."""

MOST_TRIALS = 100_000_000
"""More than any cluster runs, and fewer than the different numbers any continuous parameter is cut into."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The kind that ``auto`` leaves a search to, and why: half a sentence for people."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One kind of ``matrix``.

    needs, takes: the fields it can't do without and those it uses if they are there, beyond the common ones.
    check: its own rules, told the space where ``params`` has none but good parameters. total: how many trials it
    plans, None where that is open. build: a new searcher from a matrix without errors and a seed. brackets: for
    people, what it gives trials more of and when; none where it does not. choose: for one that leaves the search to
    another.
    """

    kind: str
    needs: tuple[str, ...]
    takes: tuple[str, ...]
    check: Callable[[Matrix, Space | None], Iterable[Problem]]
    total: Callable[[Matrix, Space | None], int | None]
    build: Callable[[Matrix, Space | None, int], Searcher]
    brackets: Callable[[Matrix, Space | None], Sequence[Bracket]] | None = None
    choose: Callable[[Matrix, Space | None], Choice] | None = None


def no_rules(matrix: Matrix, space: Space | None) -> Iterable[Problem]:
    """For an algorithm that takes every matrix that has its fields."""
    return ()
