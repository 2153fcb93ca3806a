"""Trial: one configuration and what came of it; the record that outlives its Jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from leadline.api import names
from leadline.api.fields import Rule, Schema
from leadline.api.rules import fixed
from leadline.api.status import Condition, Time


@dataclass(frozen=True, slots=True)
class TrialSpec:
    """Written once, before anything runs; only ``stop`` may be changed."""

    number: Annotated[int, Schema("Number within the group, from 0.", minimum=0, maximum=names.MAX_NUMBER)]
    params: Annotated[Mapping[str, Any], Schema("The configuration.", max_properties=names.MAX_PARAMETERS)]
    history: Annotated[int, Schema("How many results its suggestion had seen.", minimum=0)]
    origin: Annotated[Mapping[str, Any], Schema("What suggested it.", max_properties=32)] = field(
        default_factory=dict
    )
    stop: Annotated[bool, Schema("End this trial.")] = False
    RULES: ClassVar[tuple[Rule, ...]] = (fixed("number"), fixed("params"), fixed("history"), fixed("origin"))


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One metric over a whole trial."""

    last: Annotated[float | None, Schema("The last finite value.")] = None
    min: Annotated[float | None, Schema("The smallest finite value.")] = None
    max: Annotated[float | None, Schema("The greatest finite value.")] = None
    count: Annotated[int, Schema("How many values were taken.", minimum=0, always=True)] = 0
    ignored: Annotated[int, Schema("How many were not: NaN, infinite, late.", minimum=0)] = 0


@dataclass(frozen=True, slots=True)
class RungResult:
    """What one rung of a trial came to."""

    attempt: Annotated[int, Schema("The attempt that ended it.", minimum=1, maximum=names.MAX_ATTEMPT)]
    sequence: Annotated[int, Schema("Place in the group's order of results.", minimum=0)]
    outcome: Annotated[Literal["succeeded", "failed", "stopped"], Schema("How it ended.")]
    resource: Annotated[float | int | None, Schema("The resource it was given.")] = None
    value: Annotated[float | None, Schema("Value of the objective.")] = None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One point of the objective's curve."""

    value: Annotated[float, Schema("The objective's value.")]
    step: Annotated[float | int | None, Schema("The step it was reported at.")] = None


@dataclass(frozen=True, slots=True)
class TrialStatus:
    """Where a trial is and what it came to."""

    state: Annotated[str, Schema("The trial in one word.", enum=tuple(names.TrialState))] = ""
    reason: Annotated[str, Schema("Why, in one CamelCase word.", max_length=128)] = ""
    message: Annotated[str, Schema("Why, for people.", max_length=names.MAX_MESSAGE)] = ""
    attempt: Annotated[int, Schema("The latest attempt.", minimum=0, maximum=names.MAX_ATTEMPT)] = 0
    resource: Annotated[float | int | None, Schema("The resource of the rung it is in.")] = None
    failures: Annotated[int, Schema("Failures of the configuration's own making.", minimum=0)] = 0
    disruptions: Annotated[int, Schema("Failures of the cluster's making.", minimum=0)] = 0
    not_before: Annotated[Time | None, Schema("No new attempt before this time.")] = None
    stopping: Annotated[str, Schema("Why it is being stopped.", max_length=128)] = ""
    results: Annotated[
        tuple[RungResult, ...], Schema("One result per rung.", max_items=names.MAX_RESULTS)
    ] = ()
    value: Annotated[float | None, Schema("Value of the objective.")] = None
    metrics: Annotated[
        Mapping[str, MetricSummary], Schema("Every metric.", max_properties=names.MAX_METRICS)
    ] = field(default_factory=dict)
    curve: Annotated[
        tuple[CurvePoint, ...], Schema("The objective over time.", max_items=names.MAX_CURVE)
    ] = ()
    node: Annotated[str, Schema("The node it ran on.", max_length=253)] = ""
    queued_time: Annotated[Time | None, Schema("When it was created.")] = None
    start_time: Annotated[Time | None, Schema("When its container first started.")] = None
    completion_time: Annotated[Time | None, Schema("When it reached a final state.")] = None
    log_tail: Annotated[str, Schema("Last lines of a failed trial's log.", max_length=names.MAX_LOG_TAIL)] = (
        ""
    )
    conditions: Annotated[
        tuple[Condition, ...], Schema("Statements about the trial.", max_items=16, list_map_keys=("type",))
    ] = ()
