"""A world that is written down: formulas over a trial's parameters say what it is worth, how long it runs and fails.

The same seed gives the same world: chance depends on the seed, the trial's number and the attempt, never on the order
in which trials are run.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from leadline.api.group import Metric
from leadline.api.names import Reason
from leadline.metrics import Series, Summary
from leadline.reconcile.observed import Ended, Fault, Trial
from leadline.simulate.body import Fate
from leadline.simulate.expression import Expression, ExpressionError

DEFAULT_DURATION: Final = "60"
"""Seconds, where nothing is said."""

OWN_NAMES: Final = ("u", "z", "number", "attempt", "params")
"""What a formula may use beside the parameters; a parameter of the same name wins."""

FORMULAS: Final = ("objective", "duration", "failures", "disruptions")

_COMPLETED: Final = Ended(Reason.COMPLETED, exit_code=0)
_FAILED: Final = Ended(Reason.EXIT_CODE, "failed in the simulation", Fault.CONFIGURATION, exit_code=1)
_DISRUPTED: Final = Ended(Reason.DISRUPTED, "disrupted in the simulation", Fault.CLUSTER)


class WorldError(ValueError):
    """A world that can't be built or run. formula: which one; explanation: why, and what to write instead."""

    def __init__(self, formula: str, message: str, remedy: str = "") -> None:
        self.formula = formula
        self.explanation = f"{message}; {remedy}" if remedy else message
        super().__init__(f"{formula}: {self.explanation}")


@dataclass(frozen=True, slots=True)
class Formulas:
    """A world in words. ``u`` is uniform on 0 to 1, ``z`` is normal; each formula has its own.

    objective: the metric's value; None where the group has no metric.
    duration: seconds that an attempt runs.
    failures, disruptions: probability that an attempt fails by itself, or that the cluster ends it.
    """

    objective: str | None = None
    duration: str = DEFAULT_DURATION
    failures: str = "0"
    disruptions: str = "0"
    seed: int = 0


class WrittenWorld:
    """The world of ``formulas``; see ``simulate.body.World``.

    metric: the group's. parameters: the names of its parameters. Raises WorldError for formulas that can't be used.
    """

    def __init__(self, formulas: Formulas, metric: Metric | None, parameters: Iterable[str]) -> None:
        self._metric = metric
        self._seed = formulas.seed
        self._parsed: dict[str, Expression] = {}
        if metric is not None and formulas.objective is None:
            raise WorldError("objective", f"the search needs a value of {metric.name} for each trial")
        # A parameter that is not active in a trial is None there.
        self._nothing = dict.fromkeys(parameters)
        known = {*self._nothing, *OWN_NAMES}
        for name in FORMULAS:
            source = getattr(formulas, name)
            if source is None:
                continue
            try:
                self._parsed[name] = Expression(source)
                self._parsed[name].check_names(known)
            except ExpressionError as error:
                raise WorldError(name, error.message, error.remedy) from None

    def fate(self, trial: Trial, attempt: int) -> Fate:
        """How long an attempt lasts and how it ends."""
        duration = self._value("duration", trial, attempt)
        if duration < 0:
            raise _at(trial, "duration", f"gives {duration:g} seconds")
        ended = self._end(trial, attempt)
        if ended is not _COMPLETED:
            # It comes at any moment of the run.
            duration *= self._chance("end", trial, attempt).random()
            return Fate(duration, ended, Summary())
        return Fate(duration, ended, self._metrics(trial, attempt))

    def _end(self, trial: Trial, attempt: int) -> Ended:
        draw = self._chance("fate", trial, attempt).random()
        disrupted = self._probability("disruptions", trial, attempt)
        if draw < disrupted:
            return _DISRUPTED
        # Of those that the cluster left alone.
        failed = self._probability("failures", trial, attempt)
        return _FAILED if draw < disrupted + (1 - disrupted) * failed else _COMPLETED

    def _metrics(self, trial: Trial, attempt: int) -> Summary:
        if self._metric is None:
            return Summary()
        value = self._value("objective", trial, attempt)
        series = Series(last=value, min=value, max=value, mean=value, count=1, curve=((None, value),))
        return Summary({self._metric.name: series})

    def _probability(self, formula: str, trial: Trial, attempt: int) -> float:
        value = self._value(formula, trial, attempt)
        if not 0 <= value <= 1:
            raise _at(trial, formula, f"gives {value:g}, which is no probability", "keep it within 0 and 1")
        return value

    def _value(self, formula: str, trial: Trial, attempt: int) -> float:
        parsed = self._parsed[formula]
        try:
            return parsed.value(self._scope(formula, parsed, trial, attempt))
        except ExpressionError as error:
            raise _at(trial, formula, error.message, error.remedy) from None

    def _scope(self, formula: str, parsed: Expression, trial: Trial, attempt: int) -> Mapping[str, Any]:
        params = trial.spec.params
        scope = {"number": trial.number, "attempt": attempt, "params": params}
        if not parsed.names.isdisjoint(("u", "z")):
            chance = self._chance(formula, trial, attempt)
            scope |= {"u": chance.random(), "z": chance.gauss()}
        return scope | self._nothing | dict(params)

    def _chance(self, what: str, trial: Trial, attempt: int) -> random.Random:
        """Text as the seed, so that it is the same on every machine."""
        return random.Random(f"{self._seed} {what} {trial.number} {attempt}")


def _at(trial: Trial, formula: str, message: str, remedy: str = "") -> WorldError:
    params = ", ".join(f"{name}={value}" for name, value in trial.spec.params.items())
    return WorldError(formula, f"{message} (trial {trial.number}: {params})", remedy)
