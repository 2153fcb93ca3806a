"""A world that is written down: formulas over a trial's parameters say what it is worth, how long it runs and fails.

The same seed gives the same world: chance depends on the seed, the trial's number and the attempt, never on the order
in which trials are run.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from leadline.api.matrix import Metric
from leadline.api.names import Reason
from leadline.metrics import Mark, Series, Summary
from leadline.reconcile.observed import Ended, Fault, Trial
from leadline.reconcile.trial_status import resource_of
from leadline.simulate.body import Fate
from leadline.simulate.expression import Expression, ExpressionError

Amount = float | int | None
"""A resource; None where the search has no rungs."""

DEFAULT_DURATION: Final = "60"
"""Seconds, where nothing is said."""

DURATION_WITH_RUNGS: Final = "60 * resource"
"""The same where trials are given more of a resource, rung by rung."""

OWN_NAMES: Final = ("u", "z", "number", "attempt", "params", "resource", "report")
"""What a formula may use beside the parameters; a parameter of the same name wins. ``resource``: what the trial is
given at its rung, where the search has rungs; it has its own name as well (``epochs``). ``report``: how often the trial
has reported, where the world has a formula for that."""

FORMULAS: Final = ("objective", "duration", "failures", "disruptions", "reports")

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
    duration: seconds that an attempt runs; with rungs and matrix.resume, seconds for the whole way from the beginning.
    failures, disruptions: probability that an attempt fails by itself, or that the cluster ends it.
    reports: how often a trial tells its objective, evenly over its run and last at its end: what early stopping goes
        by. Of no meaning with rungs, each of which is told of.
    """

    objective: str | None = None
    duration: str = DEFAULT_DURATION
    failures: str = "0"
    disruptions: str = "0"
    reports: str = "1"
    seed: int = 0


class WrittenWorld:
    """The world of ``formulas``; see ``simulate.body.World``.

    metric: the group's. parameters: the names of its parameters. resource: what its rungs count. resume: whether a
    promoted trial goes on where it was. Raises WorldError for formulas that can't be used.
    """

    def __init__(
        self,
        formulas: Formulas,
        metric: Metric | None,
        parameters: Iterable[str],
        resource: str = "",
        resume: bool = False,
    ) -> None:
        self._metric = metric
        self._resource, self._resume = resource, resume
        self._seed = formulas.seed
        self._parsed: dict[str, Expression] = {}
        if metric is not None and formulas.objective is None:
            raise WorldError("objective", f"the search needs a value of {metric.name} for each trial")
        # A parameter that is not active in a trial is None there.
        self._nothing = {name: None for name in parameters if name != resource}
        known = {*self._nothing, *OWN_NAMES, resource}
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
        duration = whole = self._duration(trial, attempt)
        ended = self._end(trial, attempt)
        if ended is not _COMPLETED:
            # It comes at any moment of the run.
            duration *= self._chance("end", trial, attempt).random()
        reports = tuple(known for known in self._reports(trial, attempt, whole) if known[0] < duration)
        if ended is not _COMPLETED:
            return Fate(duration, ended, Summary(), reports)
        marks = _marks(reports, self._metric)
        return Fate(duration, ended, self._metrics(trial, attempt, resource_of(trial), marks), reports)

    def _duration(self, trial: Trial, attempt: int) -> float:
        amount = resource_of(trial)
        duration = self._value("duration", trial, attempt, amount)
        if duration < 0:
            raise _at(trial, "duration", f"gives {duration:g} seconds")
        done = [result.resource for result in trial.status.results if result.outcome == "succeeded"]
        if self._resume and done and done[-1] is not None:
            return max(0.0, duration - self._value("duration", trial, attempt, done[-1]))
        return duration

    def _reports(self, trial: Trial, attempt: int, duration: float) -> Iterator[tuple[float, Summary]]:
        """What a trial says on its way: at each rung, in proportion to its resource, or at some of its reports."""
        if not trial.spec.rungs:
            return
        most = resource_of(trial) or self._value("reports", trial, attempt)
        marks: tuple[Mark, ...] = ()
        for amount in (rung for rung in trial.spec.rungs if rung <= most):
            summary = self._metrics(trial, attempt, amount, marks, mark=True)
            marks = _marks(((0.0, summary),), self._metric)
            yield duration * amount / most, summary

    def _end(self, trial: Trial, attempt: int) -> Ended:
        draw = self._chance("fate", trial, attempt).random()
        disrupted = self._probability("disruptions", trial, attempt)
        if draw < disrupted:
            return _DISRUPTED
        # Of those that the cluster left alone.
        failed = self._probability("failures", trial, attempt)
        return _FAILED if draw < disrupted + (1 - disrupted) * failed else _COMPLETED

    def _metrics(
        self, trial: Trial, attempt: int, amount: Amount, marks: tuple[Mark, ...] = (), mark: bool = False
    ) -> Summary:
        """The objective at a resource, after the marks of those before it; ``mark``: it becomes one itself."""
        if self._metric is None:
            return Summary()
        value = self._value("objective", trial, attempt, amount)
        one = Series(last=value, min=value, max=value, mean=value, count=1, curve=((None, value),))
        if not marks and not mark:
            return Summary({self._metric.name: one})
        earlier = [known.series.last for known in marks if known.series.last is not None]
        values = [*earlier, value]
        series = replace(
            one, min=min(values), max=max(values), mean=sum(values) / len(values), count=len(values), curve=()
        )
        if mark:
            assert amount is not None
            marks = (*marks, Mark(amount, series))
        amounts = [*(known.amount for known in marks[: len(earlier)]), amount]
        curve = tuple(zip(amounts, values, strict=True))
        return Summary({self._metric.name: replace(series, curve=curve, marks=marks)})

    def _probability(self, formula: str, trial: Trial, attempt: int) -> float:
        value = self._value(formula, trial, attempt)
        if not 0 <= value <= 1:
            raise _at(trial, formula, f"gives {value:g}, which is no probability", "keep it within 0 and 1")
        return value

    def _value(self, formula: str, trial: Trial, attempt: int, amount: Amount = None) -> float:
        parsed = self._parsed[formula]
        try:
            return parsed.value(self._scope(formula, parsed, trial, attempt, amount))
        except ExpressionError as error:
            raise _at(trial, formula, error.message, error.remedy) from None

    def _scope(
        self, formula: str, parsed: Expression, trial: Trial, attempt: int, amount: Amount
    ) -> Mapping[str, Any]:
        params, given = trial.spec.params, resource_of(trial)
        at = given if amount is None else amount
        scope = {"number": trial.number, "attempt": attempt, "params": params, "resource": at, "report": None}
        if self._resource:
            scope[self._resource] = at
        elif given is None:
            scope["resource"] = None
            if "report" in parsed.names and formula != "reports":
                scope["report"] = self._value("reports", trial, attempt) if amount is None else amount
        if not parsed.names.isdisjoint(("u", "z")):
            what = formula if at == given else f"{formula} at {at:g}"
            chance = self._chance(what, trial, attempt)
            scope |= {"u": chance.random(), "z": chance.gauss()}
        return scope | self._nothing | dict(params)

    def _chance(self, what: str, trial: Trial, attempt: int) -> random.Random:
        """Text as the seed, so that it is the same on every machine."""
        return random.Random(f"{self._seed} {what} {trial.number} {attempt}")


def _marks(reports: Sequence[tuple[float, Summary]], metric: Metric | None) -> tuple[Mark, ...]:
    """The marks of the last of the reports."""
    return reports[-1][1].metrics[metric.name].marks if reports and metric is not None else ()


def _at(trial: Trial, formula: str, message: str, remedy: str = "") -> WorldError:
    params = ", ".join(f"{name}={value}" for name, value in trial.spec.params.items())
    return WorldError(formula, f"{message} (trial {trial.number}: {params})", remedy)
