"""Status of an OptimizationGroup: what the operator tells, and all it remembers between two passes.

Everything is bounded: ten thousand trials make ten thousand Trials, not one great status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from leadline.api import names
from leadline.api.fields import Schema
from leadline.api.tuner import Round
from leadline.api.warm_start import WarmStatus


def when(description: str) -> Schema:
    """A point in time: RFC 3339, whole seconds, in UTC, ``2026-01-31T12:00:00Z``."""
    return Schema(description, format="date-time", max_length=35)


def tally(description: str, *, always: bool = False) -> Schema:
    """A number of things."""
    return Schema(description, minimum=0, always=always)


@dataclass(frozen=True, slots=True)
class Condition:
    """One statement about an object, as Kubernetes' own conditions are made."""

    type: Annotated[
        str,
        Schema(
            "What is stated: Ready, Reconciling, Stalled, Suspended, Finished or Succeeded.",
            min_length=1,
            max_length=316,
        ),
    ]
    status: Annotated[Literal["True", "False", "Unknown"], Schema("Whether it is so.")]
    reason: Annotated[str, Schema("Why, in one CamelCase word.", min_length=1, max_length=1024)]
    message: Annotated[str, Schema("Why, in a sentence for people.", max_length=names.MAX_MESSAGE)]
    observed_generation: Annotated[int, tally("The metadata.generation of the spec that this is about.")]
    last_transition_time: Annotated[str, when("When the status last became another.")]


@dataclass(frozen=True, slots=True)
class Counts:
    """Trials by state."""

    pending: Annotated[int, tally("Created and not running yet.", always=True)] = 0
    running: Annotated[int, tally("Running now.", always=True)] = 0
    paused: Annotated[int, tally("Ended for now; may be given more to run on.", always=True)] = 0
    succeeded: Annotated[int, tally("Ended with a result.", always=True)] = 0
    failed: Annotated[int, tally("Failed, their retries used up.", always=True)] = 0
    stopped: Annotated[int, tally("Ended before they were done, by a user or by a rule.", always=True)] = 0
    skipped: Annotated[int, tally("Deleted by a user; not run again.", always=True)] = 0


@dataclass(frozen=True, slots=True)
class Best:
    """The best trial so far."""

    trial: Annotated[str, Schema("Name of the trial.", max_length=63)]
    number: Annotated[int, Schema("Its number within the group.", minimum=0, maximum=names.MAX_NUMBER)]
    value: Annotated[float, Schema("Its value of the metric.")]
    params: Annotated[
        Mapping[str, Any], Schema("Its parameters and their values.", max_properties=names.MAX_PARAMETERS)
    ]
    resource: Annotated[
        float | int | None, Schema("What it had run on when it came to that, such as epochs.")
    ] = None


@dataclass(frozen=True, slots=True)
class TopEntry:
    """One of the best trials."""

    trial: Annotated[str, Schema("Name of the trial.", max_length=63)]
    value: Annotated[float, Schema("Its value of the metric.")]
    resource: Annotated[
        float | int | None, Schema("What it had run on when it came to that, such as epochs.")
    ] = None


@dataclass(frozen=True, slots=True)
class GroupStatus:
    """What is known of a search."""

    observed_generation: Annotated[
        int, tally("The metadata.generation of the spec that all this is about.")
    ] = 0
    state: Annotated[
        str, Schema("The group in one word; conditions say more.", enum=tuple(names.GroupState))
    ] = ""
    message: Annotated[
        str, Schema("What the group is waiting for, or how it ended.", max_length=names.MAX_MESSAGE)
    ] = ""
    seed: Annotated[
        int | None,
        Schema("The seed in use: the spec's, or one drawn.", minimum=0, maximum=names.MAX_SAFE_INTEGER),
    ] = None
    total: Annotated[int | None, tally("Planned number of trials, if it is known and less than 2^53.")] = None
    progress: Annotated[str, Schema('Trials ended of trials planned, such as "12/50".', max_length=64)] = ""
    counts: Annotated[Counts, Schema("How many trials are in each state.", always=True)] = field(
        default_factory=Counts
    )
    active: Annotated[
        Mapping[str, Annotated[int, Schema(minimum=-names.MAX_ATTEMPT, maximum=names.MAX_ATTEMPT)]],
        Schema(
            "The trials that hold a place now: number and attempt, negative while the attempt is being created and "
            "can't have started. A trial that is not here may not run.",
            max_properties=names.MAX_CONCURRENCY,
            atomic=True,
        ),
    ] = field(default_factory=dict)
    next: Annotated[int, tally("The first number that no trial has had.")] = 0
    completed: Annotated[int, tally("The last place given in the order of results.")] = 0
    round: Annotated[
        Round | None,
        Schema("The round of suggestions from the group's tuner that its trials come from.", atomic=True),
    ] = None
    warm_start: Annotated[
        WarmStatus | None, Schema("What earlier groups had to say, if any are named.", atomic=True)
    ] = None
    best: Annotated[Best | None, Schema("The best trial so far, if a metric is given.", atomic=True)] = None
    top: Annotated[tuple[TopEntry, ...], Schema("The best trials, best first.", max_items=names.MAX_TOP)] = ()
    start_time: Annotated[str | None, when("When the first trial was started.")] = None
    completion_time: Annotated[str | None, when("When the search came to its end.")] = None
    conditions: Annotated[
        tuple[Condition, ...],
        Schema("Statements about the group, one of each type.", max_items=16, list_map_keys=("type",)),
    ] = ()
