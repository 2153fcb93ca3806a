"""OptimizationGroup: what a user writes to start a search.

Types, descriptions, bounds and rules only; what the values mean is for the search and the reconciler.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from leadline.api import names
from leadline.api.schema import Schema


@dataclass(frozen=True, slots=True)
class Metric:
    """What is optimised."""

    name: Annotated[str, Schema("Name of the metric as the trial reports it.", min_length=1, max_length=253)]
    optimization: Annotated[Literal["maximize", "minimize"], Schema("Whether greater or smaller is better.")]
    strategy: Annotated[
        Literal["last", "best", "mean"],
        Schema("Which of the reported values counts as the trial's: the last, the best or the mean."),
    ] = "last"


@dataclass(frozen=True, slots=True)
class Matrix:
    """The search: algorithm, space, number of trials."""

    kind: Annotated[Literal["grid", "random", "mapping", "sobol"], Schema("The search algorithm.")]
    params: Annotated[
        Mapping[str, Mapping[str, Any]] | None,
        Schema("The search space: a parameter's name, its kind and its values."),
    ] = None
    values: Annotated[
        tuple[Mapping[str, Any], ...] | None,
        Schema(
            "Algorithm mapping only: the configurations themselves, one trial each.",
            min_items=1,
            max_items=names.MAX_VALUES,
        ),
    ] = None
    num_runs: Annotated[int | None, Schema("Number of trials.", minimum=1, maximum=names.MAX_TRIALS)] = None
    concurrency: Annotated[int, Schema("Trials at once.", minimum=1, maximum=names.MAX_CONCURRENCY)] = 10
    seed: Annotated[int | None, Schema("Seed of the search.", minimum=0, maximum=names.MAX_SAFE_INTEGER)] = (
        None
    )
    metric: Annotated[Metric | None, Schema("What is optimised.")] = None


@dataclass(frozen=True, slots=True)
class MetricsSource:
    """How a trial's metrics are read."""

    container: Annotated[
        str | None, Schema("The container whose log is read.", min_length=1, max_length=63)
    ] = None
    follow: Annotated[bool, Schema("Read the log while the trial runs.")] = False
    patterns: Annotated[
        tuple[Annotated[str, Schema(min_length=1, max_length=1024)], ...],
        Schema("Own patterns.", max_items=20),
    ] = ()


@dataclass(frozen=True, slots=True)
class Termination:
    """When and how a trial ends; in seconds."""

    max_retries: Annotated[int, Schema("Retries.", minimum=0, maximum=100)] = 0
    timeout: Annotated[int | None, Schema("Seconds.", minimum=1, maximum=31_536_000)] = None
    ttl: Annotated[int, Schema("Seconds.", minimum=0, maximum=31_536_000)] = 3600
    pending_deadline: Annotated[int, Schema("Seconds.", minimum=1, maximum=31_536_000)] = 3600


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """What is wanted of a search."""

    matrix: Annotated[Matrix, Schema("The search.")]
    template: Annotated[Mapping[str, Any], Schema("A pod template.", unknown_fields=True)]
    metrics: Annotated[MetricsSource, Schema("Metrics.", default={})] = field(default_factory=MetricsSource)
    termination: Annotated[Termination, Schema("Termination.", default={})] = field(
        default_factory=Termination
    )
    pod_security: Annotated[Literal["baseline", "restricted"], Schema("Pod security.")] = "baseline"
    suspend: Annotated[bool, Schema("Start nothing new.")] = False
    stop: Annotated[Literal["Drain", "Now"] | None, Schema("End the group.")] = None
