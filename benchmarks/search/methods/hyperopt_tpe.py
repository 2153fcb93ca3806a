"""Hyperopt's TPE, asked and told; conditional parameters are nested in the choice they depend on, as its users do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.search.methods.dimensions import Categories, Dimension, Places, Real, Whole, read_dimensions
from benchmarks.search.methods.method import Entry, Method, Setting, Unavailable
from benchmarks.search.tasks.task import Params, scattered

_VALUE = " value"
"""The key of a parent's own value among its children; no parameter can have such a name."""


class Tpe:
    """One search in memory."""

    def __init__(self, setting: Setting) -> None:
        try:
            import hyperopt
        except ImportError as error:
            raise Unavailable(str(error)) from error
        self._hyperopt, self._setting = hyperopt, setting
        self._dimensions = {dimension.name: dimension for dimension in read_dimensions(setting.params)}
        self._space = _Nest(hyperopt.hp, tuple(self._dimensions.values())).space()
        self._domain = hyperopt.base.Domain(lambda _: 0.0, self._space)
        self._trials = hyperopt.Trials()
        self._documents: dict[int, Any] = {}

    def ask(self, number: int, pending: Mapping[int, Params]) -> Params | None:
        ids = self._trials.new_trial_ids(1)
        self._trials.refresh()
        seed = int(scattered(f"hyperopt {self._setting.seed} {number}") * 2**31)
        documents = self._hyperopt.tpe.suggest(ids, self._domain, self._trials, seed)
        documents[0]["state"] = self._hyperopt.JOB_STATE_RUNNING
        self._trials.insert_trial_docs(documents)
        self._trials.refresh()
        self._documents[number] = next(d for d in self._trials._dynamic_trials if d["tid"] == ids[0])
        chosen = {name: values[0] for name, values in documents[0]["misc"]["vals"].items() if values}
        point: dict[str, Any] = {}
        self._collect(self._hyperopt.space_eval(self._space, chosen), point)
        return {name: point[name] for name in self._setting.params if name in point}

    def tell(self, number: int, params: Params, loss: float | None) -> None:
        document = self._documents.pop(number)
        document["state"] = self._hyperopt.JOB_STATE_DONE
        failed = {"status": self._hyperopt.STATUS_FAIL}
        document["result"] = failed if loss is None else {"status": self._hyperopt.STATUS_OK, "loss": loss}
        self._trials.refresh()

    def _collect(self, nested: Mapping[str, Any], point: dict[str, Any]) -> None:
        for name, raw in nested.items():
            if isinstance(raw, Mapping) and _VALUE in raw:
                point[name] = raw[_VALUE]
                self._collect({key: value for key, value in raw.items() if key != _VALUE}, point)
            else:
                point[name] = _value(self._dimensions[name], raw)


class _Nest:
    """Builds the space; a child of several values of its parent is one node that they share."""

    def __init__(self, hp: Any, dimensions: Sequence[Dimension]) -> None:
        self._hp, self._dimensions = hp, dimensions
        self._nodes: dict[str, Any] = {}

    def space(self) -> dict[str, Any]:
        """Every parameter that is always active, the others inside their parents."""
        return {dimension.name: self._node(dimension) for dimension in self._dimensions if not dimension.when}

    def _node(self, dimension: Dimension) -> Any:
        if dimension.name not in self._nodes:
            children = [child for child in self._dimensions if dimension.name in child.when]
            self._nodes[dimension.name] = (
                self._parent(dimension, children) if children else self._leaf(dimension)
            )
        return self._nodes[dimension.name]

    def _parent(self, dimension: Dimension, children: Sequence[Dimension]) -> Any:
        if any(len(child.when) > 1 for child in children):
            raise Unavailable("hyperopt can't nest a parameter in two parents")
        options = []
        for value in _values(dimension):
            own = {c.name: self._node(c) for c in children if value in c.when[dimension.name]}
            options.append({_VALUE: value, **own})
        return self._hp.choice(dimension.name, options)

    def _leaf(self, dimension: Dimension) -> Any:
        name, shape, hp = dimension.name, dimension.shape, self._hp
        if isinstance(shape, Real):
            if shape.normal:
                return (hp.lognormal if shape.log else hp.normal)(name, *shape.normal)
            if shape.log:
                return hp.loguniform(name, math.log(shape.low), math.log(shape.high))
            return hp.uniform(name, shape.low, shape.high)
        if isinstance(shape, Whole):
            if shape.log:
                return hp.qloguniform(name, math.log(shape.low), math.log(shape.high), 1)
            return hp.uniformint(name, 0, (shape.high - shape.low) // shape.step)
        if isinstance(shape, Places):
            return hp.uniformint(name, 0, len(shape.values) - 1)
        if shape.probabilities:
            return hp.pchoice(name, list(zip(shape.probabilities, shape.values, strict=True)))
        return hp.choice(name, list(shape.values))


def _values(dimension: Dimension) -> Sequence[Any]:
    shape = dimension.shape
    if isinstance(shape, Whole):
        return range(shape.low, shape.high + 1, shape.step)
    assert isinstance(shape, (Places, Categories)), f"{dimension.name} can't be a parent"
    return shape.values


def _value(dimension: Dimension, raw: Any) -> Any:
    shape = dimension.shape
    if isinstance(shape, Real):
        return float(raw)
    if isinstance(shape, Whole):
        return min(max(int(raw), shape.low), shape.high) if shape.log else shape.low + int(raw) * shape.step
    return shape.values[int(raw)] if isinstance(shape, Places) else raw


def _build(setting: Setting) -> Method:
    return Tpe(setting)


ENTRIES = (Entry("hyperopt-tpe", _build, ("hyperopt",), "Hyperopt TPE"),)
