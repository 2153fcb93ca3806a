"""Where new configurations come from: what ``bayes``, ``tpe`` and random search have in common.

A sampler proposes points and knows nothing of budgets, rungs or when a search ends; ``kind: bayes`` and
``kind: tpe`` are one each, and ``hyperband`` and ``asha`` take one for the configurations they start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from leadline.search.interface import Params


@dataclass(frozen=True, slots=True)
class Observation:
    """What one configuration came to.

    loss: the objective, smaller is better; None where the configuration can't be used (its trial failed). share: of
    the whole resource that it had then, less than 1 at the rungs of hyperband and asha. earlier: of another search,
    before this one began.
    """

    params: Params
    loss: float | None
    share: float = 1.0
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """One configuration, and where it comes from, as JSON for people (``phase``, ``acquisition``, …)."""

    params: Params
    origin: Mapping[str, Any] = field(default_factory=dict)


class Sampler(Protocol):
    """Proposes configurations: a pure function of its space, its seed and what it is given."""

    def propose(
        self,
        observations: Sequence[Observation],
        pending: Sequence[Params],
        numbers: Sequence[int],
    ) -> list[Proposal]:
        """One configuration for each number, each different from the others and from those given, as long as
        the space has any left: fewer where it has not.

        observations: in the order of their sequence, one for each configuration, or one for each share of the resource
        that it has told a loss at (``HighestInformed`` makes one of them). pending: configurations without
        a result yet, and those that ended without telling anything (stopped early). numbers: of the trials that
        are wanted, ascending: the source of randomness, so that a number lost and asked for again gets the same.
        """
