"""Ax with its own choice of models (Sobol points, then BoTorch's), asked and told; conditional spaces are flattened."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from benchmarks.search.methods.dimensions import Categories, Dimension, Places, Real, Whole, read_dimensions
from benchmarks.search.methods.method import Entry, Method, Setting, Unavailable
from benchmarks.search.tasks.task import Params, active


class Ax:
    """One experiment in memory."""

    def __init__(self, setting: Setting) -> None:
        try:
            import ax
            import torch
        except ImportError as error:
            raise Unavailable(str(error)) from error
        torch.set_num_threads(1)
        for name in ("ax", *(name for name in logging.root.manager.loggerDict if name.startswith("ax."))):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        # What it says when it wants the results of pending trials first.
        self._waits = (ax.exceptions.core.DataRequiredError,)
        self._params = setting.params
        self._dimensions = read_dimensions(setting.params)
        self._client = ax.Client(random_seed=setting.seed)
        self._client.configure_experiment(
            parameters=[_parameter(ax, dimension) for dimension in self._dimensions], name="benchmark"
        )
        self._client.configure_optimization(objective="-loss")
        self._client.configure_generation_strategy(initialization_random_seed=setting.seed)
        self._indices: dict[int, int] = {}

    def ask(self, number: int, pending: Mapping[int, Params]) -> Params | None:
        try:
            found = self._client.get_next_trials(max_trials=1)
        except self._waits:
            return None
        for index, raw in found.items():
            self._indices[number] = index
            point = {d.name: _value(d, raw[d.name]) for d in self._dimensions}
            return active(self._params, {name: point[name] for name in self._params})
        return None

    def tell(self, number: int, params: Params, loss: float | None) -> None:
        index = self._indices.pop(number)
        if loss is None:
            self._client.mark_trial_failed(index)
        else:
            self._client.complete_trial(index, raw_data={"loss": loss})


def _parameter(ax: Any, dimension: Dimension) -> Any:
    name, shape = dimension.name, dimension.shape
    if isinstance(shape, Real):
        scaling = "log" if shape.log else "linear"
        bounds = (shape.low, shape.high)
        return ax.RangeParameterConfig(name=name, parameter_type="float", bounds=bounds, scaling=scaling)
    if isinstance(shape, Categories):
        labels = [f"c{i}" for i in range(len(shape.values))]
        return ax.ChoiceParameterConfig(name=name, parameter_type="str", values=labels, is_ordered=False)
    if isinstance(shape, Whole) and shape.log:
        bounds = (shape.low, shape.high)
        return ax.RangeParameterConfig(name=name, parameter_type="int", bounds=bounds, scaling="log")
    last = len(shape.values) - 1 if isinstance(shape, Places) else (shape.high - shape.low) // shape.step
    return ax.RangeParameterConfig(name=name, parameter_type="int", bounds=(0, last))


def _value(dimension: Dimension, raw: Any) -> Any:
    shape = dimension.shape
    if isinstance(shape, Real):
        return min(max(float(raw), shape.low), shape.high)
    if isinstance(shape, Categories):
        return shape.values[int(raw.removeprefix("c"))]
    if isinstance(shape, Places):
        return shape.values[int(raw)]
    return int(raw) if shape.log else shape.low + int(raw) * shape.step


def _build(setting: Setting) -> Method:
    return Ax(setting)


ENTRIES = (Entry("ax", _build, ("ax-platform", "botorch", "torch"), "Ax", patience=5400.0),)
