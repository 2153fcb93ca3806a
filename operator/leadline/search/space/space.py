"""All parameters together: the points a search can try, counted exactly and never listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from math import prod
from typing import Any

from leadline.search.space.conditions import Conditions, can_be_active, parents_first
from leadline.search.space.counting import Counting
from leadline.search.space.parameters import Finite, Parameter


class Space:
    """Named parameters, in the order they were declared; some of them active under a condition only.

    conditions: of those names that have one. order: every name, parents before children and otherwise as declared.
    size: how many different points there are; None if a continuous parameter can be active. A point gives a value
    to every active parameter and to no other.
    """

    def __init__(self, parameters: Mapping[str, Parameter], conditions: Conditions | None = None) -> None:
        """Raises ValueError for conditions that go round in a circle, and ``Entangled`` where they can't be counted."""
        self.parameters: dict[str, Parameter] = dict(parameters)
        self.names: tuple[str, ...] = tuple(self.parameters)
        self.conditions = dict(conditions or {})
        self.order = parents_first(self.names, self.conditions)
        self.size: int | None = self._size()

    @property
    def has_conditions(self) -> bool:
        """Whether not every parameter is active in every configuration."""
        return bool(self.conditions)

    def by_name(self) -> Space:
        """The same space declared in alphabetical order: the API server keeps no other."""
        return Space(dict(sorted(self.parameters.items())), self.conditions)

    def is_active(self, name: str, indices: Mapping[str, int]) -> bool:
        """Whether a configuration has this parameter, given the indices of the active finite ones before it.

        Before it: in ``order``; at least its parents, and only where they are active.
        """
        condition = self.conditions.get(name)
        return condition is None or condition.holds(indices)

    def params_of(self, choose: Callable[[str], Any]) -> dict[str, Any]:
        """A configuration, in the order of ``names``, from a function that is asked for the active parameters only.

        choose: called in ``order``; the index of a finite parameter's value, the value of a continuous one.
        """
        indices: dict[str, int] = {}
        chosen: dict[str, Any] = {}
        for name in self.order:
            if not self.is_active(name, indices):
                continue
            parameter = self.parameters[name]
            chosen[name] = choice = choose(name)
            if isinstance(parameter, Finite):
                indices[name] = choice
                chosen[name] = parameter.value(choice)
        return self.in_order(chosen)

    def in_order(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The same configuration in the order of ``names``."""
        return {name: params[name] for name in self.names if name in params}

    def from_units(self, unit: Callable[[str], float]) -> dict[str, Any]:
        """A configuration from numbers from 0 to 1, one for each active parameter: its share of the probability."""

        def choose(name: str) -> Any:
            parameter = self.parameters[name]
            u = unit(name)
            return parameter.index_from_unit(u) if isinstance(parameter, Finite) else parameter.from_unit(u)

        return self.params_of(choose)

    def indices_of(self, params: Mapping[str, Any]) -> dict[str, int] | None:
        """The indices of the finite parameters of a configuration; None if it is none of this space.

        It must have exactly the active parameters; the values of continuous ones are not looked at.
        """
        indices: dict[str, int] = {}
        active = 0
        for name in self.order:
            if not self.is_active(name, indices):
                continue
            parameter = self.parameters[name]
            if name not in params:
                return None
            active += 1
            if isinstance(parameter, Finite):
                index = parameter.index_of(params[name])
                if index is None:
                    return None
                indices[name] = index
        return indices if active == len(params) else None

    def point(self, index: int) -> dict[str, Any]:
        """The point with this index, 0 <= index < size; the last name in ``order`` varies fastest.

        Raises ValueError for a space with continuous parameters, IndexError for an index outside.
        """
        if self.size is None:
            raise ValueError("the points of a continuous space have no index")
        if not 0 <= index < self.size:
            raise IndexError(f"point {index} of {self.size}")
        indices = self._counting.indices(index) if self.conditions else self._digits(index)
        return self.params_of(indices.__getitem__)

    def _digits(self, index: int) -> dict[str, int]:
        indices: dict[str, int] = {}
        for name in reversed(self.names):
            index, indices[name] = divmod(index, self._finite(name).size)
        return indices

    def _size(self) -> int | None:
        sizes = {name: parameter.size for name, parameter in self.parameters.items()}
        if any(size is None and can_be_active(name, self.conditions) for name, size in sizes.items()):
            return None
        return self._counting.total if self.conditions else prod(size or 0 for size in sizes.values())

    @cached_property
    def _counting(self) -> Counting:
        sizes = {name: parameter.size for name, parameter in self.parameters.items()}
        return Counting(self.order, sizes, self.conditions)

    def _finite(self, name: str) -> Finite:
        parameter = self.parameters[name]
        assert isinstance(parameter, Finite)
        return parameter
