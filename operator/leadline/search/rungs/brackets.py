"""Hyperband's brackets (Li et al. 2018, arXiv:1603.06560, algorithm 1), in whole numbers and fractions.

Bracket s starts n(s) = ceil((s_max + 1) · eta^s / (s + 1)) trials with R / eta^s each; rung j of it has
floor(n(s) / eta^j) of them, with R / eta^(s - j) each, up to R itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import ceil

from leadline.search.rungs.resources import Amount, Resource, powers_within


@dataclass(frozen=True, slots=True)
class Bracket:
    """One successive halving.

    s: how often its best trials are chosen, at most. first: its first trial's number.
    sizes, amounts: trials of each rung at most, and the resource of each, both from the first rung on. No sizes where
        they are not known before (asha).
    """

    s: int
    first: int
    sizes: tuple[int, ...]
    amounts: tuple[Amount, ...]

    @property
    def numbers(self) -> range:
        """The numbers of its trials."""
        return range(self.first, self.first + self.sizes[0])


def plan_brackets(most: int, eta: Fraction, resource: Resource, points: int | None = None) -> list[Bracket]:
    """Hyperband's brackets in the order they begin.

    points: different configurations that there are; the bracket in which they run out is so much smaller (its best
    trial still comes to the whole resource), and there is none after it.
    """
    greatest = powers_within(eta, Fraction(most))
    found: list[Bracket] = []
    first = 0
    for s in range(greatest, -1, -1):
        size = ceil((greatest + 1) * eta**s / (s + 1))
        if points is not None:
            size = min(size, points - first)
        if size <= 0:
            break
        found.append(_bracket(s, first, size, Fraction(most), eta, resource))
        first += size
    return found


def _bracket(s: int, first: int, size: int, most: Fraction, eta: Fraction, resource: Resource) -> Bracket:
    # Two rungs whose resource is cut to one whole number are one: what is kept of it is what both would keep.
    sizes: dict[Amount, int] = {}
    following = size
    for j in range(s + 1):
        amount = resource.amount(most / eta ** (s - j))
        sizes.setdefault(amount, following)
        following = max(1, int(size / eta ** (j + 1)))
    return Bracket(s, first, tuple(sizes.values()), tuple(sizes))


def count_trials(brackets: Sequence[Bracket]) -> int:
    """Configurations of all brackets."""
    return sum(bracket.sizes[0] for bracket in brackets)


def count_starts(brackets: Sequence[Bracket]) -> int:
    """First attempts of every rung of all brackets."""
    return sum(sum(bracket.sizes) for bracket in brackets)


def starts_of(brackets: Sequence[Bracket]) -> list[int]:
    """The first number of each bracket, for bisection."""
    return [0, *accumulate(bracket.sizes[0] for bracket in brackets)][:-1]
