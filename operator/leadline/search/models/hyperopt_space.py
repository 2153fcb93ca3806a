"""A search space in hyperopt's words.

Each parameter becomes a distribution of that library in units of its own, since the library takes 1e-12 for nothing:
uniform values as a share of their width, logarithms as exponents of e, normal ones in standard deviations, quantised
ones in multiples of q, lists in order by their place, choices by their index. What comes back is the nearest value
that the parameter has. Conditions become ``switch`` on the index of the parents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import exp, inf, log
from typing import Any, Final

from hyperopt.base import Domain
from hyperopt.pyll import Literal, scope

from leadline.search.interface import Params
from leadline.search.space.distributions import LogNormal, LogUniform, Normal, Uniform
from leadline.search.space.numbers import NORMAL_REACH
from leadline.search.space.parameters import Continuous, Finite, Parameter
from leadline.search.space.quantised import Quantised
from leadline.search.space.space import Space

_MOST_CHOICES: Final = 1000
"""Of more values than that each is too unlikely to be told from the others: they are taken for a range of places, and
what depends on them is drawn in any case."""

_GREATEST: Final = 2.0**60
"""More than any multiple of q that a parameter has."""


@dataclass(frozen=True, slots=True)
class Column:
    """One parameter for the library.

    distribution: a node of its graph of expressions. encode: the library's number for a value. decode: from such a
    number to the index of a finite parameter's value, or to the value of a continuous one. first: the number of a
    finite parameter's first value.
    """

    distribution: Any
    encode: Callable[[Any], float | int]
    decode: Callable[[float], Any]
    first: int = 0


class HyperoptSpace:
    """The columns of all parameters with more than one value, and the library's ``Domain`` of them."""

    def __init__(self, space: Space) -> None:
        self._space = space
        # In alphabetical order, as the API server keeps them, so that the order never changes what is drawn.
        self.columns = {
            name: make_column(space.parameters[name])
            for name in space.by_name().order
            if space.parameters[name].size != 1
        }
        # The library has no words for a space without a parameter to choose.
        self.domain = Domain(None, self._expression(), pass_expr_memo_ctrl=False) if self.columns else None

    def _expression(self) -> dict[str, Any]:
        nodes = {
            name: scope.hyperopt_param(name, column.distribution) for name, column in self.columns.items()
        }
        return {name: self._guarded(name, nodes) for name in self.columns}

    def _guarded(self, name: str, nodes: Mapping[str, Any]) -> Any:
        """The node behind a switch for each parameter that it depends on, directly or not, the first one outermost."""
        ancestors: dict[str, frozenset[int]] = {}
        waiting = [name]
        while waiting:
            condition = self._space.conditions.get(waiting.pop())
            for parent, wanted in condition.parents.items() if condition is not None else ():
                ancestors[parent] = frozenset(wanted) & ancestors.get(parent, frozenset(wanted))
                waiting.append(parent)
        expression = nodes[name]
        for parent in reversed([known for known in self.columns if known in ancestors]):
            size = self._space.parameters[parent].size
            assert size is not None
            if size <= _MOST_CHOICES:
                place = scope.maximum(scope.int(nodes[parent]) - self.columns[parent].first, 0)
                # Two ways out for however many values: the library follows every way to the end.
                table = Literal([int(index in ancestors[parent]) for index in range(size)])
                expression = scope.switch(
                    scope.getitem(table, scope.minimum(place, size - 1)), None, expression
                )
        return expression

    def encode(self, params: Params) -> dict[str, float | int]:
        """The library's numbers of a configuration's active parameters."""
        return {name: column.encode(params[name]) for name, column in self.columns.items() if name in params}

    def decode(self, numbers: Mapping[str, float]) -> dict[str, Any]:
        """The configuration nearest to the library's numbers."""

        def choose(name: str) -> Any:
            return self.columns[name].decode(numbers[name]) if name in self.columns else 0

        return self._space.params_of(choose)


def make_column(parameter: Parameter) -> Column:
    """The column of a parameter with more than one value."""
    if isinstance(parameter, Quantised):
        return _quantised(parameter)
    if isinstance(parameter, Finite):
        return _listed(parameter)
    assert isinstance(parameter, Continuous)
    return _continuous(parameter)


def _index(parameter: Finite, value: Any) -> int:
    index = parameter.index_of(value)
    if index is None:
        raise ValueError(f"{value!r} is no value of this parameter")
    return index


def _listed(parameter: Finite) -> Column:
    """Choices: categories. Lists in order: places, so that neighbours are alike."""
    size = parameter.size

    def place(number: float) -> int:
        return min(max(round(float(number)), 0), size - 1)

    if parameter.kind in ("choice", "pchoice") and size <= _MOST_CHOICES:
        masses = [parameter.start(index + 1) - parameter.start(index) for index in range(size)]
        likely = [mass / parameter.total for mass in masses]
        return Column(scope.categorical(likely), partial(_index, parameter), place)
    return Column(scope.quniform(-0.5, size - 0.5, 1), partial(_index, parameter), place)


def _continuous(parameter: Continuous) -> Column:
    low, high = parameter.bounds
    distribution = parameter.distribution
    if isinstance(distribution, Uniform):
        return Column(
            scope.uniform(0, 1), parameter.to_unit, lambda number: parameter.from_unit(_share(number))
        )
    if isinstance(distribution, LogUniform):
        start, end = float(distribution.low), float(distribution.high)
        return Column(
            scope.uniform(start, end),
            log,
            lambda number: parameter.from_unit(_share((number - start) / (end - start))),
        )
    assert isinstance(distribution, (Normal, LogNormal))
    loc, scale = float(distribution.loc), float(distribution.scale)
    if isinstance(distribution, Normal):
        return Column(
            scope.normal(0, 1),
            lambda value: (value - loc) / scale,
            lambda number: min(max(loc + scale * _deviations(number), low), high),
        )
    return Column(
        scope.normal(0, 1),
        lambda value: (log(value) - loc) / scale,
        lambda number: min(max(exp(loc + scale * _deviations(number)), low), high),
    )


def _quantised(parameter: Quantised) -> Column:
    step, first = parameter.step, parameter.first
    logarithm = log(step.numerator) - log(step.denominator)
    distribution = parameter.distribution
    least = 0.0
    if isinstance(distribution, Uniform):
        node = scope.quniform(float(distribution.low / step), float(distribution.high / step), 1)
        least = -inf
    elif isinstance(distribution, LogUniform):
        ends = float(distribution.low) - logarithm, float(distribution.high) - logarithm
        node = scope.qloguniform(*ends, 1)
        least = exp(ends[0])
    elif isinstance(distribution, Normal):
        node = scope.qnormal(float(distribution.loc / step), float(distribution.scale / step), 1)
        least = -inf
    else:
        assert isinstance(distribution, LogNormal)
        node = scope.qlognormal(float(distribution.loc) - logarithm, float(distribution.scale), 1)

    def place(number: float) -> int:
        multiple = min(max(float(number), -_GREATEST), _GREATEST)
        return min(max(round(multiple) - first, 0), parameter.size - 1)

    return Column(node, lambda value: max(float(first + _index(parameter, value)), least), place, first)


def _share(number: float) -> float:
    return min(max(float(number), 0.0), 1.0)


def _deviations(number: float) -> float:
    return min(max(float(number), -float(NORMAL_REACH)), float(NORMAL_REACH))
