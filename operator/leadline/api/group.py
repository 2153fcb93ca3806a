"""OptimizationGroup: what a user writes to start a search.

Types, descriptions, bounds and rules only; what the values mean is for the search and the reconciler.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from leadline.api import names
from leadline.api.fields import Rule, Schema
from leadline.api.matrix import Matrix
from leadline.api.pod_template import TEMPLATE
from leadline.api.rules import fixed
from leadline.api.warm_start import WARM_START_RULE, WarmStart

_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class MetricsSource:
    """How a trial's metrics are read."""

    container: Annotated[
        str | None,
        Schema(
            "The container whose log and termination message are read; the first one if not given.",
            min_length=1,
            max_length=63,
        ),
    ] = None
    follow: Annotated[
        bool,
        Schema("Read the log while the trial runs, not only when it has ended."),
    ] = False
    patterns: Annotated[
        tuple[Annotated[str, Schema(min_length=1, max_length=names.MAX_PATTERN)], ...],
        Schema(
            "Own regular expressions (RE2) that find metrics in the lines of the log, in place of the usual forms. "
            "Each has the groups (?P<name>...) and (?P<value>...), and may have (?P<step>...).",
            max_items=20,
        ),
    ] = ()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a trial keeps what it needs to go on where it was."""

    claim_name: Annotated[
        str,
        Schema(
            "The PersistentVolumeClaim, in the group's namespace, on which each trial gets a folder of its own. "
            "Trials that run on several nodes at once need one with access mode ReadWriteMany.",
            min_length=1,
            max_length=253,
        ),
    ]
    mount_path: Annotated[
        str,
        Schema(
            "Where the trial finds its folder; LEADLINE_CHECKPOINT_DIR has the same path.",
            pattern="^/[^:]*$",
            max_length=1024,
        ),
    ] = "/checkpoint"


@dataclass(frozen=True, slots=True)
class Termination:
    """When and how trials end; times in seconds."""

    max_retries: Annotated[
        int,
        Schema(
            "How often a trial is run again after it failed by itself (exit code, out of memory). "
            "What the cluster ends (eviction, lost node) is run again without being counted here.",
            minimum=0,
            maximum=100,
        ),
    ] = 0
    timeout: Annotated[
        int | None,
        Schema(
            "Seconds that one attempt may run, from the start of its container; no limit if not given.",
            minimum=1,
            maximum=_YEAR,
        ),
    ] = None
    ttl: Annotated[
        int,
        Schema(
            "Seconds that a finished trial's Job, with its pod and log, is kept once its metrics are stored.",
            minimum=0,
            maximum=_YEAR,
        ),
    ] = 3600
    pending_deadline: Annotated[
        int,
        Schema(
            "Seconds that a trial may hold its place without starting (no node fits, image missing).",
            minimum=1,
            maximum=_YEAR,
        ),
    ] = 3600


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """What is wanted of a search."""

    matrix: Annotated[
        Matrix, Schema("The search: algorithm, space and number of trials, as in a Polyaxon matrix section.")
    ]
    template: Annotated[Mapping[str, Any], TEMPLATE]
    metrics: Annotated[
        MetricsSource,
        Schema(
            "How a trial's metrics are read: from its log (name=value, name: value or JSON lines) and from its "
            "termination message (JSON), which wins where both name a metric. Can't change after creation.",
            default={},
        ),
    ] = field(default_factory=MetricsSource)
    termination: Annotated[
        Termination, Schema("When and how trials end; times in seconds. May change at any time.", default={})
    ] = field(default_factory=Termination)
    checkpoint: Annotated[
        Checkpoint | None,
        Schema(
            "A folder for each trial on a volume, mounted in all its containers: with matrix.resume the next rung "
            "finds there what the one before has written, and so does a trial that is run again. "
            "Can't change after creation."
        ),
    ] = None
    warm_start: Annotated[
        WarmStart | None,
        Schema("What is known before the search begins. Can't change after creation."),
    ] = None
    pod_security: Annotated[
        Literal["baseline", "restricted"],
        Schema(
            "The Pod Security standard that the trials' pods are made to meet. restricted also means: not as "
            "root, no capabilities, no privilege escalation. Can't change after creation."
        ),
    ] = "baseline"
    suspend: Annotated[
        bool,
        Schema(
            "Start no new trial while true. Running trials go on and are recorded, unlike those of a suspended "
            "Job. May change at any time."
        ),
    ] = False
    stop: Annotated[
        Literal["Drain", "Now"] | None,
        Schema(
            "End the group. Drain: start no new trial, let the running ones end. Now: stop them too. "
            "Remove it to go on."
        ),
    ] = None

    RULES: ClassVar[tuple[Rule, ...]] = (
        fixed("template", "the pod template"),
        fixed("metrics", "how metrics are read"),
        fixed("checkpoint"),
        fixed("warmStart"),
        fixed("podSecurity"),
        WARM_START_RULE,
    )
