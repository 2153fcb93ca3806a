"""Everything a decision may depend on, gathered into one value before deciding.

Knows no Kubernetes object and no process: the bodies translate what they see into these.
Times are seconds since the epoch (float); an absent time is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from leadline.api.group import GroupSpec
from leadline.api.status import GroupStatus
from leadline.api.trial import TrialSpec, TrialStatus
from leadline.metrics import Summary
from leadline.problems import Problem
from leadline.reconcile.history import History
from leadline.search import Answer, Earlier
from leadline.search.tuner.answer import Suggested
from leadline.search.tuner.request import Question

AttemptKey = tuple[int, int]
"""(trial number, attempt number)"""

EMPTY: Mapping[Any, Any] = MappingProxyType({})


class Phase(StrEnum):
    """How far one attempt (one Job, one process) has come."""

    CREATED = "created"  # exists, not released: nothing of the user's has run
    WAITING = "waiting"  # released, its container has not started yet
    RUNNING = "running"  # its container started, or its pods have not all gone yet
    ENDED = "ended"  # its outcome is known and every pod of it is gone


class Fault(StrEnum):
    """Whose fault a failed attempt was; decides which budget it is counted against."""

    CONFIGURATION = "configuration"  # this configuration's: exit code, out of memory, no metric, time out
    CLUSTER = "cluster"  # nobody's who wrote the trial: eviction, lost node, deleted Job, image pull


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why an attempt has not started yet, in words for a person."""

    reason: str
    message: str
    since: float


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended. ``fault`` is None where it succeeded."""

    reason: str
    message: str = ""
    fault: Fault | None = None
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt as last seen.

    metrics is None until its output was read; log_tail is only wanted for failures.
    stopping: its deletion was asked for and is under way.
    """

    number: int
    attempt: int
    uid: str
    phase: Phase
    created: float
    stopping: bool = False
    waiting: Waiting | None = None
    started: float | None = None
    finished: float | None = None
    ended: Ended | None = None
    node: str = ""
    metrics: Summary | None = None
    log_tail: str = ""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an attempt could not even be created, or a tuner not be asked. ``final``: trying again can't help."""

    reason: str
    message: str
    since: float
    retry_at: float
    final: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial's record as last seen."""

    number: int
    uid: str
    spec: TrialSpec
    status: TrialStatus


@dataclass(frozen=True, slots=True)
class Group:
    """The user's OptimizationGroup. ``spec`` is None exactly when ``problems`` holds errors."""

    name: str
    namespace: str
    uid: str
    generation: int
    created: float
    spec: GroupSpec | None
    status: GroupStatus
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to the search engine: one slot per number; ``history`` results were known when it was asked."""

    numbers: tuple[int, ...]
    history: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The engine's answer to one question."""

    ask: Ask
    answer: Answer


@dataclass(frozen=True, slots=True)
class Tune:
    """A wish to have the group's tuner asked for a round. first: the number that its first trial will have."""

    question: Question
    first: int

    @property
    def key(self) -> tuple[int, int]:
        """What tells one round of a group from the others, however the group is edited meanwhile."""
        return (self.question.iteration, self.first)


@dataclass(frozen=True, slots=True)
class Told:
    """What the tuner answered to one wish."""

    tune: Tune
    suggested: Suggested


@dataclass(frozen=True, slots=True)
class Observed:
    """One consistent view of a group.

    trials: every unfinished trial by number, and finished ones that still hold a claim.
    attempts: every attempt that was not recorded yet, by (number, attempt); strays of no claim included.
    own: claims that this process made; those of another one are left alone for a while.
    opened: claims that this process has opened and whose attempt it has not released yet. Nobody else may release it.
    noticed: since when each claim has been seen without an attempt that runs.
    begun: since when this process has seen each claim's attempt run; empty where a record costs nothing to write.
    lost: claims of which a live read has just confirmed that they have no attempt.
    absent: trials that a live read has just confirmed not to exist.
    confirmed: trials read live after this very view of the group: only they may be claimed again. A record that is
        older than the group may hide that the trial was claimed and ended since, and an attempt would start twice.
    obstacles: why launching a claim failed last time.
    answered: the engine's answer, where the plan before asked for one.
    earlier: the groups that ``warmStart`` names, where the plan before wished to have them read.
    told: what the group's tuner has answered, where the plan before wished to have it asked.
    trouble: why no suggestions came when they were asked for last; from a tuner of the user's own.
    heard: what it answered last, in some pass before: whom to stop and to close does not change without a new result.
    total: planned number of trials; None where the search ends by its own rules.
    """

    group: Group
    trials: Mapping[int, Trial]
    attempts: Mapping[AttemptKey, Attempt]
    history: History
    own: frozenset[AttemptKey] = frozenset()
    opened: frozenset[AttemptKey] = frozenset()
    noticed: Mapping[AttemptKey, float] = field(default_factory=dict)
    begun: Mapping[AttemptKey, float] = field(default_factory=dict)
    lost: frozenset[AttemptKey] = frozenset()
    absent: frozenset[int] = frozenset()
    confirmed: frozenset[int] = frozenset()
    obstacles: Mapping[AttemptKey, Obstacle] = field(default_factory=dict)
    answered: Answered | None = None
    told: Told | None = None
    earlier: tuple[Earlier, ...] | None = None
    trouble: Obstacle | None = None
    heard: Answered | None = None
    total: int | None = None
