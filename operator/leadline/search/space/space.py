"""All parameters together: the points a search can try, counted exactly and never listed."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from leadline.search.space.parameters import Finite, Parameter


class Space:
    """The product of named parameters, in the order they were declared.

    size: how many different points there are; None if a parameter is continuous.
    """

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self.parameters: dict[str, Parameter] = dict(parameters)
        self.names: tuple[str, ...] = tuple(self.parameters)
        sizes = [parameter.size for parameter in self.parameters.values()]
        self.size: int | None = None if None in sizes else prod(size for size in sizes if size is not None)

    def point(self, index: int) -> dict[str, Any]:
        """The point with this index, 0 <= index < size; the parameter declared last varies fastest.

        Raises ValueError for a space with continuous parameters, IndexError for an index outside.
        """
        if self.size is None:
            raise ValueError("the points of a continuous space have no index")
        if not 0 <= index < self.size:
            raise IndexError(f"point {index} of {self.size}")
        indices: list[int] = []
        for name in reversed(self.names):
            index, digit = divmod(index, self._finite(name).size)
            indices.append(digit)
        return {
            name: self._finite(name).value(digit)
            for name, digit in zip(self.names, reversed(indices), strict=True)
        }

    def _finite(self, name: str) -> Finite:
        parameter = self.parameters[name]
        assert isinstance(parameter, Finite)
        return parameter
