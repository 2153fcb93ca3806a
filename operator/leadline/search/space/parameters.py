"""A parameter: which values it can take and how likely each is. Algorithms draw; parameters only map.

A finite parameter counts its values, and their probabilities in whole units of mass, so that "nothing is left"
is exact. A continuous one is given by its quantile function.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from itertools import accumulate
from math import frexp
from typing import Any

from leadline.search.space.distributions import Distribution
from leadline.search.space.lookup import Listed, index_in_order
from leadline.search.space.numbers import Number, nearest_float

DESCRIBED_VALUES = 1000
"""How many values a description lists at most."""

_CELL_BITS = 48


class Parameter(ABC):
    """One dimension of a space.

    kind: as it was written. bounds: the smallest and the greatest number it can be, None where that means
    nothing. size: how many different values it has, None if it is continuous. values: every value by its index,
    computed on access, None if it is continuous.
    """

    kind: str
    bounds: tuple[Number, Number] | None
    size: int | None
    values: Sequence[Any] | None

    @abstractmethod
    def from_unit(self, u: float) -> Any:
        """The value below which the share ``u`` (0 to 1) of the probability lies."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """The parameter as JSON for people: its first values, or its bounds."""


class Finite(Parameter):
    """A parameter with countable values. Value number i has the masses from start(i) up to start(i + 1).

    total: the mass of all values together.
    """

    size: int
    values: Sequence[Any]
    total: int

    @abstractmethod
    def start(self, index: int) -> int:
        """The mass of all values before this one; ``start(size)`` is ``total``."""

    @abstractmethod
    def locate(self, mass: int) -> int:
        """The index of the value that has this unit of mass, 0 <= mass < total."""

    def value(self, index: int) -> Any:
        """A value of the caller's own: changing it changes nothing here."""
        value = self.values[index]
        return deepcopy(value) if isinstance(value, (list, dict)) else value

    def index_of(self, value: Any) -> int | None:
        """The index of a value, None for one that it can't have; numbers may be written otherwise (1 for 1.0)."""
        if not isinstance(self.values, list):
            return index_in_order(self.values, value)
        return self._listed.index_of(value)

    @cached_property
    def _listed(self) -> Listed:
        return Listed(self.values)

    def index_from_unit(self, u: float) -> int:
        """The index of ``from_unit(u)``."""
        numerator, denominator = u.as_integer_ratio()
        return self.locate(min(numerator * self.total // denominator, self.total - 1))

    def from_unit(self, u: float) -> Any:
        return self.value(self.index_from_unit(u))


class Even(Finite):
    """Values that are all equally likely: choices, ranges, spaces between two ends, dates."""

    def __init__(self, kind: str, values: Sequence[Any], bounds: tuple[Number, Number] | None = None) -> None:
        self.kind, self.values, self.bounds = kind, values, bounds
        self.size = self.total = len(values)

    def start(self, index: int) -> int:
        return index

    def locate(self, mass: int) -> int:
        return mass

    def describe(self) -> dict[str, Any]:
        listed = [self.value(i) for i in range(min(self.size, DESCRIBED_VALUES))]
        more = {"size": self.size} if self.size > DESCRIBED_VALUES else {}
        return {"kind": self.kind, "values": listed, **more}


class Weighted(Finite):
    """Listed values, each with a weight above 0 of its own: ``pchoice``."""

    bounds = None

    def __init__(self, kind: str, values: Sequence[Any], weights: Sequence[int]) -> None:
        self.kind, self.values, self.size = kind, values, len(values)
        self._starts = [0, *accumulate(weights)]
        self.total = self._starts[-1]

    def start(self, index: int) -> int:
        return self._starts[index]

    def locate(self, mass: int) -> int:
        return bisect_right(self._starts, mass) - 1

    def describe(self) -> dict[str, Any]:
        shown = range(min(self.size, DESCRIBED_VALUES))
        masses = [self.start(i + 1) - self.start(i) for i in shown]
        return {
            "kind": self.kind,
            "values": [self.value(i) for i in shown],
            "probabilities": [mass / self.total for mass in masses],
        }


class Continuous(Parameter):
    """A real number from a distribution.

    distribution: the one it is drawn from. shape: what else describes it (``loc``, ``scale``). cells: the parts of
    equal probability it can be cut into so that their middles are different doubles; a power of two.
    """

    size = None
    values = None
    bounds: tuple[float, float]

    def __init__(self, kind: str, distribution: Distribution, shape: Mapping[str, Number]) -> None:
        self.kind, self.distribution, self._shape = kind, distribution, shape
        low, high = distribution.support
        self.bounds = nearest_float(low), nearest_float(high)
        # frexp gives the exponent of the power of two above; wanted is the one below. A spread of s leaves about
        # s * 2^52 doubles, four bits of which stay in hand for the errors of the quantile function.
        self.cells = 1 << min(_CELL_BITS, _CELL_BITS - 1 + frexp(distribution.spread)[1])

    def from_unit(self, u: float) -> float:
        low, high = self.bounds
        return min(max(self.distribution.quantile(u), low), high)

    def to_unit(self, value: float) -> float:
        """The share of the probability below a value: the inverse of ``from_unit``, as good as doubles are."""
        return self.distribution.share(value)

    def describe(self) -> dict[str, Any]:
        low, high = self.bounds
        return {"kind": self.kind, "low": low, "high": high, **self._shape}
