"""OptimizationGroup: what a user writes to start a search.

Types, descriptions, bounds and rules only; what the values mean is for the search and the reconciler.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from leadline.api import names
from leadline.api.fields import Rule, Schema
from leadline.api.parameter import PARAMS
from leadline.api.pod_template import TEMPLATE
from leadline.api.rules import fixed, needs, refuses

_YEAR = 31_536_000

Configuration = Annotated[
    Mapping[str, Any],
    Schema(
        "One configuration: a value for each name.", min_properties=1, max_properties=names.MAX_PARAMETERS
    ),
]


@dataclass(frozen=True, slots=True)
class Metric:
    """What is optimised."""

    name: Annotated[str, Schema("Name of the metric, as the trials report it.", min_length=1, max_length=253)]
    optimization: Annotated[
        Literal["maximize", "minimize"], Schema("Whether the greatest or the smallest value is the best.")
    ]
    strategy: Annotated[
        Literal["last", "best", "mean"],
        Schema("Which of a trial's reported values counts: the last, the best of all, or their mean."),
    ] = "last"


@dataclass(frozen=True, slots=True)
class Matrix:
    """The search: algorithm, space, number of trials."""

    kind: Annotated[
        Literal["grid", "random", "mapping", "sobol"],
        Schema(
            "The algorithm. grid: every point of a discrete space. random: numRuns different points. "
            "sobol: numRuns different points that cover the space evenly. mapping: the configurations listed "
            "in values. Can't change after creation."
        ),
    ]
    params: Annotated[Mapping[str, Mapping[str, Any]] | None, PARAMS] = None
    values: Annotated[
        tuple[Configuration, ...] | None,
        Schema(
            "The configurations of kind mapping, one trial each, in this order. Can't change after creation.",
            min_items=1,
            max_items=names.MAX_VALUES,
        ),
    ] = None
    num_runs: Annotated[
        int | None,
        Schema(
            "Number of trials. Needed by random and sobol; for grid it keeps the first so many points. "
            "May be raised later, never lowered.",
            minimum=1,
            maximum=names.MAX_TRIALS,
        ),
    ] = None
    concurrency: Annotated[
        int,
        Schema(
            "How many trials run at once. May change at any time; lowering it ends no running trial.",
            minimum=1,
            maximum=names.MAX_CONCURRENCY,
        ),
    ] = 10
    seed: Annotated[
        int | None,
        Schema(
            "Seed of the random numbers: the same seed and space give the same trials. "
            "If not given, one is drawn from the group's uid and shown in the status. Can't change after creation.",
            minimum=0,
            maximum=names.MAX_SAFE_INTEGER,
        ),
    ] = None
    metric: Annotated[
        Metric | None,
        Schema(
            "The metric by which trials are compared. Without it trials run and no best one is chosen. "
            "Can't change after creation."
        ),
    ] = None

    RULES: ClassVar[tuple[Rule, ...]] = (
        needs(("grid", "random", "sobol"), "params", "name at least one parameter"),
        needs(("random", "sobol"), "numRuns", "say how many trials to run, for example numRuns: 20"),
        needs(("mapping",), "values", "list the configurations to run, for example values: [{lr: 0.1}]"),
        refuses(("mapping",), "params", "remove it, or choose kind grid"),
        refuses(("mapping",), "numRuns", "remove it; every entry of values is one trial"),
        refuses(("grid", "mapping"), "seed", "remove it; nothing is drawn at random"),
        refuses(("grid", "random", "sobol"), "values", "remove it, or choose kind mapping"),
        fixed("kind"),
        fixed("params"),
        fixed("values"),
        fixed("seed"),
        fixed("metric"),
        Rule(
            cel="!has(self.numRuns) || (has(oldSelf.numRuns) && self.numRuns >= oldSelf.numRuns)",
            holds=lambda new, old: (
                "numRuns" not in new or ("numRuns" in old and new["numRuns"] >= old["numRuns"])
            ),
            message="numRuns can only be raised after creation",
            remedy="set stop: Drain to end the group early, or create a new group",
            field_path=".numRuns",
        ),
    )


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
        fixed("podSecurity"),
    )
