"""Trial: one configuration and what came of it; the record that outlives its Jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from leadline.api import names
from leadline.api.fields import Rule, Schema
from leadline.api.rules import fixed
from leadline.api.status import Condition, tally, when

_FIXED = "delete the trial to skip it, or set stop: true to end it"


@dataclass(frozen=True, slots=True)
class TrialSpec:
    """Written once, before anything runs; only ``stop`` may be changed."""

    number: Annotated[
        int, Schema("Its number within the group, from 0.", minimum=0, maximum=names.MAX_NUMBER)
    ]
    params: Annotated[
        Mapping[str, Any], Schema("The parameters and their values.", max_properties=names.MAX_PARAMETERS)
    ]
    history: Annotated[int, tally("How many results were known when it was suggested.")]
    origin: Annotated[
        Mapping[str, Any],
        Schema(
            "What suggested it: the algorithm and, if it has any, its phase and index.", max_properties=32
        ),
    ] = field(default_factory=dict)
    rungs: Annotated[
        tuple[float | int, ...],
        Schema(
            "Resources, or for early stopping numbers of reports, at which it is judged while it runs on.",
            max_items=names.MAX_RUNGS,
        ),
    ] = ()
    last_rung: Annotated[
        bool, Schema("Whether its first rung is its last one: its result there ends it.")
    ] = False
    stop: Annotated[bool, Schema("Set it to end this trial early; the search goes on.")] = False

    RULES: ClassVar[tuple[Rule, ...]] = (
        fixed("number", remedy=_FIXED),
        fixed("params", remedy=_FIXED),
        fixed("history", remedy=_FIXED),
        fixed("origin", remedy=_FIXED),
        fixed("rungs", remedy=_FIXED),
        fixed("lastRung", remedy=_FIXED),
    )


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One metric over a whole trial."""

    last: Annotated[float | None, Schema("The last value.")] = None
    min: Annotated[float | None, Schema("The smallest value.")] = None
    max: Annotated[float | None, Schema("The greatest value.")] = None
    count: Annotated[int, tally("How many values were taken.", always=True)] = 0
    ignored: Annotated[int, tally("How many were left out: NaN, infinite or late.")] = 0


@dataclass(frozen=True, slots=True)
class RungResult:
    """What one rung of a trial came to."""

    attempt: Annotated[int, Schema("The attempt that came to it.", minimum=1, maximum=names.MAX_ATTEMPT)]
    sequence: Annotated[int, tally("Its place in the order of the group's results.")]
    outcome: Annotated[Literal["succeeded", "failed", "stopped"], Schema("How it ended.")]
    resource: Annotated[float | int | None, Schema("What it was given to run on, such as epochs.")] = None
    value: Annotated[float | None, Schema("The value of the metric, if there is one.")] = None
    promoted: Annotated[
        str,
        Schema("Why the trial went on from there, in a sentence.", max_length=names.MAX_ATTEMPT_MESSAGE),
    ] = ""


@dataclass(frozen=True, slots=True)
class LostAttempt:
    """An attempt that came to no result and was followed by another one."""

    attempt: Annotated[int, Schema("Its number.", minimum=1, maximum=names.MAX_ATTEMPT)]
    reason: Annotated[str, Schema("How it ended, in one CamelCase word.", max_length=128)]
    message: Annotated[str, Schema("How it ended, in a sentence.", max_length=names.MAX_ATTEMPT_MESSAGE)] = ""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One point of the metric over time."""

    value: Annotated[float, Schema("The value of the metric.")]
    step: Annotated[float | int | None, Schema("The step that it was reported for.")] = None


@dataclass(frozen=True, slots=True)
class TrialStatus:
    """Where a trial is and what it came to."""

    state: Annotated[str, Schema("The trial in one word.", enum=tuple(names.TrialState))] = ""
    reason: Annotated[str, Schema("Why, in one CamelCase word.", max_length=128)] = ""
    message: Annotated[str, Schema("Why, in a sentence for people.", max_length=names.MAX_MESSAGE)] = ""
    attempt: Annotated[
        int, Schema("The number of the last attempt, from 1.", minimum=0, maximum=names.MAX_ATTEMPT)
    ] = 0
    resource: Annotated[float | int | None, Schema("What it is given to run on, such as epochs.")] = None
    last_rung: Annotated[
        bool, Schema("Whether no larger resource follows: the next result ends the trial.")
    ] = False
    failures: Annotated[int, tally("Attempts that failed by themselves: exit code, out of memory.")] = 0
    disruptions: Annotated[int, tally("Attempts that the cluster ended: eviction, lost node.")] = 0
    not_before: Annotated[str | None, when("No new attempt is made before this time.")] = None
    stopping: Annotated[str, Schema("Why it is being stopped, in one word.", max_length=128)] = ""
    lost_attempts: Annotated[
        tuple[LostAttempt, ...],
        Schema("The last attempts that were followed by another one.", max_items=names.MAX_LOST_ATTEMPTS),
    ] = ()
    results: Annotated[
        tuple[RungResult, ...], Schema("What each rung came to, in order.", max_items=names.MAX_RESULTS)
    ] = ()
    value: Annotated[float | None, Schema("The value by which it is compared with others.")] = None
    metrics: Annotated[
        Mapping[str, MetricSummary],
        Schema("Every metric that it reported.", max_properties=names.MAX_METRICS),
    ] = field(default_factory=dict)
    curve: Annotated[
        tuple[CurvePoint, ...],
        Schema("The metric over time, thinned out evenly where it is long.", max_items=names.MAX_CURVE),
    ] = ()
    node: Annotated[str, Schema("The node that its last attempt ran on.", max_length=253)] = ""
    queued_time: Annotated[str | None, when("When it was created.")] = None
    start_time: Annotated[str | None, when("When its container first started.")] = None
    completion_time: Annotated[str | None, when("When it came to a final state.")] = None
    log_tail: Annotated[
        str, Schema("The last lines of the log, if it failed.", max_length=names.MAX_LOG_TAIL)
    ] = ""
    conditions: Annotated[
        tuple[Condition, ...],
        Schema("Statements about the trial, one of each type.", max_items=16, list_map_keys=("type",)),
    ] = ()
