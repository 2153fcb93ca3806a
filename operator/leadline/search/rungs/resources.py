"""How long trials train, rung by rung: exact fractions, turned into a number of the resource's type at the very end.

Logarithms of floats go wrong (log 243 / log 3 is below 5), and so do powers: nothing here computes with either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Amount = int | float
"""A resource as a trial sees it: epochs, rows, minutes."""

DEFAULT_ETA = 3
"""As in the paper (Li et al. 2018, arXiv:1603.06560, section 2.6: 3 or 4)."""

_DIGITS = 9
"""Decimals that count: an eta of 2.7182818 is an eye's measure, not a promise for the tenth."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What trials are given more of. ``name``: how their program calls it. whole: it comes in whole numbers."""

    name: str
    whole: bool

    @classmethod
    def read(cls, field: Mapping[str, Any]) -> Resource:
        """From a matrix without errors."""
        return cls(field["name"], field["type"] == "int")

    def amount(self, exact: Fraction) -> Amount:
        """What a trial is given: cut to a whole number, at least 1, where the resource is one."""
        if self.whole:
            return max(1, int(round(exact, _DIGITS)))
        return float(exact)

    def told(self, amount: Amount) -> str:
        """For people: ``epochs=27``."""
        return f"{self.name}={amount}" if self.whole else f"{self.name}={amount:g}"


def exact(number: float) -> Fraction:
    """The fraction that a person meant by a decimal number: 2.5 is 5/2, 1.1 is 11/10."""
    return Fraction(str(number))


def powers_within(ratio: Fraction, limit: Fraction) -> int:
    """The greatest k for which ratio ** k is at most the limit (ratio > 1, limit >= 1)."""
    count, power = 0, ratio
    while power <= limit:
        count, power = count + 1, power * ratio
    return count


def ascending(amounts: Iterable[Amount]) -> tuple[Amount, ...]:
    """The different ones of amounts that never fall: two rungs cut to one whole number are one rung."""
    return tuple(dict.fromkeys(amounts))


def plan_rungs(least: float, most: int, eta: Fraction, resource: Resource) -> tuple[Amount, ...]:
    """The resources of asha's rungs: from the least one, each eta times the one before, and the whole one at the end.

    A rung nearer to the end than half a step is left out: judging a trial that is nearly done saves nothing.
    """
    amounts: list[Amount] = []
    following, end = exact(least), Fraction(most)
    while following**2 * eta <= end**2 and following < end:
        amounts.append(resource.amount(following))
        following *= eta
    return ascending([*amounts, resource.amount(end)])
