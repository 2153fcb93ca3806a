"""Optuna's samplers, asked and told; parameters are defined by run, so that conditional ones are its own."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.search.methods.dimensions import (
    Categories,
    Dimension,
    Places,
    Real,
    Whole,
    read_dimensions,
    value_at,
)
from benchmarks.search.methods.method import Entry, Method, Setting, Unavailable
from benchmarks.search.tasks.task import Params, active

Sampler = Callable[[Any, int], Any]
"""From the module and a seed to a sampler."""


class Study:
    """One study in memory. flat: inactive parameters are asked for too, for samplers that need a fixed space."""

    def __init__(self, setting: Setting, sampler: Sampler, *, flat: bool) -> None:
        try:
            import optuna
        except ImportError as error:
            raise Unavailable(str(error)) from error
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
        self._failed = optuna.trial.TrialState.FAIL
        self.study = optuna.create_study(sampler=sampler(optuna, setting.seed))
        self._params, self._flat = setting.params, flat
        self.dimensions = read_dimensions(setting.params)
        self._trials: dict[int, Any] = {}

    def ask(self, number: int, pending: Mapping[int, Params]) -> Params | None:
        trial = self._trials[number] = self.study.ask()
        return ask_trial(trial, self._params, self.dimensions, flat=self._flat)

    def tell(self, number: int, params: Params, loss: float | None) -> None:
        trial = self._trials.pop(number)
        if loss is None:
            self.study.tell(trial, state=self._failed)
        else:
            self.study.tell(trial, loss)


def ask_trial(
    trial: Any, params: Mapping[str, Any], dimensions: tuple[Dimension, ...], *, flat: bool
) -> dict[str, Any]:
    """A configuration from one of Optuna's trials."""
    point: dict[str, Any] = {}
    for dimension in dimensions:
        if flat or dimension.is_active(point):
            point[dimension.name] = _suggest(trial, dimension)
    point = {name: point[name] for name in params if name in point}
    return active(params, point) if flat else point


def _suggest(trial: Any, dimension: Dimension) -> Any:
    name, shape = dimension.name, dimension.shape
    if isinstance(shape, Real):
        return value_at(shape, trial.suggest_float(name, shape.low, shape.high, log=shape.log))
    if isinstance(shape, Whole):
        if shape.log:
            return trial.suggest_int(name, shape.low, shape.high, log=True)
        return trial.suggest_int(name, shape.low, shape.high, step=shape.step)
    if isinstance(shape, Places):
        return value_at(shape, trial.suggest_int(name, 0, len(shape.values) - 1))
    assert isinstance(shape, Categories)
    return trial.suggest_categorical(name, shape.values)


def _entry(
    name: str, label: str, sampler: Sampler, packages: tuple[str, ...] = (), *, flat: bool = False
) -> Entry:
    def build(setting: Setting) -> Method:
        return Study(setting, sampler, flat=flat)

    return Entry(name, build, ("optuna", *packages), label)


def tpe(optuna: Any, seed: int) -> Any:
    """With all defaults; since Optuna 5 that is multivariate with the constant liar."""
    return optuna.samplers.TPESampler(seed=seed)


ENTRIES = (
    _entry("optuna-tpe", "Optuna TPE", tpe),
    _entry(
        "optuna-tpe-group",
        "Optuna TPE, multivariate, grouped",
        lambda optuna, seed: optuna.samplers.TPESampler(
            seed=seed, multivariate=True, group=True, constant_liar=True
        ),
    ),
    _entry(
        "optuna-tpe-independent",
        "Optuna TPE, univariate",
        lambda optuna, seed: optuna.samplers.TPESampler(seed=seed, multivariate=False),
    ),
    _entry(
        "optuna-cmaes",
        "Optuna CMA-ES",
        lambda optuna, seed: optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False),
        ("cmaes",),
        flat=True,
    ),
    _entry(
        "optuna-gp",
        "Optuna GP",
        lambda optuna, seed: optuna.samplers.GPSampler(seed=seed, warn_independent_sampling=False),
        ("torch",),
        flat=True,
    ),
)
