"""Status of an OptimizationGroup: what the operator tells, and all it remembers between two passes.

Everything is bounded: ten thousand trials make ten thousand Trials, not one great status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from leadline.api import names
from leadline.api.fields import Schema

Time = Annotated[str, Schema(format="date-time", max_length=35)]
"""RFC 3339, whole seconds, in UTC: ``2026-01-31T12:00:00Z``."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One statement about an object, as Kubernetes' own conditions are made."""

    type: Annotated[str, Schema("Name of the statement.", min_length=1, max_length=316)]
    status: Annotated[Literal["True", "False", "Unknown"], Schema("Whether it holds.")]
    reason: Annotated[str, Schema("Why, in one CamelCase word.", min_length=1, max_length=1024)]
    message: Annotated[str, Schema("Why, for people.", max_length=names.MAX_MESSAGE)]
    observed_generation: Annotated[int, Schema("The generation of the spec that it speaks of.", minimum=0)]
    last_transition_time: Annotated[Time, Schema("When the status last changed.")]


@dataclass(frozen=True, slots=True)
class Counts:
    """Trials by state."""

    pending: Annotated[int, Schema("Trials created and not yet running.", minimum=0, always=True)] = 0
    queued: Annotated[int, Schema("Trials waiting in a queue.", minimum=0, always=True)] = 0
    running: Annotated[int, Schema("Trials running.", minimum=0, always=True)] = 0
    paused: Annotated[
        int, Schema("Trials that reached a rung and may be promoted.", minimum=0, always=True)
    ] = 0
    succeeded: Annotated[int, Schema("Trials with a result.", minimum=0, always=True)] = 0
    failed: Annotated[int, Schema("Trials that failed for good.", minimum=0, always=True)] = 0
    stopped: Annotated[int, Schema("Trials ended early.", minimum=0, always=True)] = 0
    skipped: Annotated[int, Schema("Trials deleted by a user.", minimum=0, always=True)] = 0


@dataclass(frozen=True, slots=True)
class Best:
    """The best trial so far."""

    trial: Annotated[str, Schema("Name of the trial.", max_length=63)]
    number: Annotated[int, Schema("Its number.", minimum=0, maximum=names.MAX_NUMBER)]
    value: Annotated[float, Schema("Its value of the metric.")]
    params: Annotated[Mapping[str, Any], Schema("Its parameters.", max_properties=names.MAX_PARAMETERS)]


@dataclass(frozen=True, slots=True)
class TopEntry:
    """One of the best trials."""

    trial: Annotated[str, Schema("Name of the trial.", max_length=63)]
    value: Annotated[float, Schema("Its value of the metric.")]


@dataclass(frozen=True, slots=True)
class GroupStatus:
    """What is known of a search."""

    observed_generation: Annotated[
        int, Schema("The generation of the spec that the status speaks of.", minimum=0)
    ] = 0
    state: Annotated[str, Schema("The group in one word.", enum=tuple(names.GroupState))] = ""
    message: Annotated[str, Schema("What it waits for, or how it ended.", max_length=names.MAX_MESSAGE)] = ""
    seed: Annotated[int | None, Schema("The seed in use.", minimum=0, maximum=names.MAX_SAFE_INTEGER)] = None
    total: Annotated[int | None, Schema("Planned number of trials.", minimum=0)] = None
    progress: Annotated[str, Schema("Trials finished of trials planned.", max_length=64)] = ""
    counts: Annotated[Counts, Schema("Trials by state.", always=True)] = field(default_factory=Counts)
    active: Annotated[
        Mapping[str, Annotated[int, Schema(minimum=1, maximum=names.MAX_ATTEMPT)]],
        Schema("Claimed trials: number and attempt.", max_properties=names.MAX_CONCURRENCY),
    ] = field(default_factory=dict)
    next: Annotated[int, Schema("First number never claimed.", minimum=0)] = 0
    created: Annotated[int, Schema("Every trial below this number was seen to exist.", minimum=0)] = 0
    completed: Annotated[int, Schema("Last place given in the order of results.", minimum=0)] = 0
    best: Annotated[Best | None, Schema("The best trial so far.")] = None
    top: Annotated[tuple[TopEntry, ...], Schema("The best trials, best first.", max_items=names.MAX_TOP)] = ()
    start_time: Annotated[Time | None, Schema("When the first trial was started.")] = None
    completion_time: Annotated[Time | None, Schema("When the search ended.")] = None
    conditions: Annotated[
        tuple[Condition, ...], Schema("Statements about the group.", max_items=16, list_map_keys=("type",))
    ] = ()
