"""The matrix of an OptimizationGroup: algorithm, space, number of trials, rungs.

Types, descriptions, bounds and rules only; what the values mean is for the search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from leadline.api import names
from leadline.api.fields import Rule, Schema
from leadline.api.parameter import NAME, PARAMS
from leadline.api.rules import fixed, needs, refuses

_RUNGS = ("hyperband", "asha")
_NO_RUNGS = ("grid", "random", "sobol", "mapping")
_FIELDS_OF_RUNGS = ("maxIterations", "eta", "resource", "resume", "sampler")
_FIELDS_OF_ASHA = ("variant", "brackets", "minResource")

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
class Resource:
    """What hyperband and asha give trials more of, rung by rung."""

    name: Annotated[
        str,
        Schema(
            "How the trial's program calls it, such as epochs: used as {{ epochs }} in the template and found in "
            "LEADLINE_PARAM_EPOCHS. Not one of params.",
            pattern=NAME,
            max_length=63,
        ),
    ]
    type: Annotated[
        Literal["int", "float"],
        Schema(
            "How it is counted. int: whole numbers, cut off, at least 1. float: any numbers, such as minutes."
        ),
    ]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The search: algorithm, space, number of trials."""

    kind: Annotated[
        Literal["grid", "random", "mapping", "sobol", "hyperband", "asha"],
        Schema(
            "The algorithm. grid: every point of a discrete space. random: numRuns different points. "
            "sobol: numRuns different points that cover the space evenly. mapping: the configurations listed "
            "in values. hyperband: many trials get a little of the resource, the best ones more, in brackets. "
            "asha: the same without waiting, for numRuns trials. Can't change after creation."
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
            "Number of trials. Needed by random, sobol and asha; for grid it keeps the first so many points. "
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

    max_iterations: Annotated[
        int | None,
        Schema(
            "The whole resource of a trial, such as 81 epochs: what the best ones get. Needed by hyperband and asha. "
            "Can't change after creation.",
            minimum=1,
            maximum=1_000_000_000,
        ),
    ] = None
    eta: Annotated[
        float | int | None,
        Schema(
            "Of the trials of a rung one in eta goes on, with eta times the resource; for hyperband and asha, "
            "3 if not given. Can't change after creation.",
            minimum=1,
            exclusive_minimum=True,
            maximum=1_000_000_000,
        ),
    ] = None
    resource: Annotated[
        Resource | None,
        Schema(
            "What hyperband and asha give trials more of. Needed by both. Can't change after creation.",
        ),
    ] = None
    resume: Annotated[
        bool | None,
        Schema(
            "Whether a trial that gets more of the resource goes on from its checkpoint (true), or starts again from "
            "the beginning (false); for hyperband and asha, false if not given. Can't change after creation."
        ),
    ] = None
    sampler: Annotated[
        Literal["random"] | None,
        Schema(
            "Where hyperband and asha take new configurations from; random if not given. "
            "Can't change after creation."
        ),
    ] = None
    variant: Annotated[
        Literal["promotion", "stopping"] | None,
        Schema(
            "How asha halves. promotion: a trial ends at its rung and goes on when it is among the best ones. "
            "stopping: a trial runs on and is stopped at a rung where it is not; it reports its metric as it goes. "
            "promotion if not given. Can't change after creation."
        ),
    ] = None
    brackets: Annotated[
        int | None,
        Schema(
            "How many brackets asha has, each with its first rung one higher than the one before; 1 if not given. "
            "Can't change after creation.",
            minimum=1,
            maximum=50,
        ),
    ] = None
    min_resource: Annotated[
        float | int | None,
        Schema(
            "The resource of asha's first rung: what each trial gets before it is judged; 1 if not given. "
            "Can't change after creation.",
            minimum=0,
            exclusive_minimum=True,
            maximum=1_000_000_000,
        ),
    ] = None

    RULES: ClassVar[tuple[Rule, ...]] = (
        needs(("grid", "random", "sobol", *_RUNGS), "params", "name at least one parameter"),
        needs(("random", "sobol", "asha"), "numRuns", "say how many trials to run, for example numRuns: 20"),
        needs(("mapping",), "values", "list the configurations to run, for example values: [{lr: 0.1}]"),
        needs(_RUNGS, "maxIterations", "say what the best trials get, for example maxIterations: 81"),
        needs(_RUNGS, "resource", "say what trials are given more of, for example {name: epochs, type: int}"),
        needs(
            _RUNGS,
            "metric",
            "say what is compared, for example metric: {name: accuracy, optimization: maximize}",
        ),
        refuses(("mapping",), "params", "remove it, or choose kind grid"),
        refuses(("mapping",), "numRuns", "remove it; every entry of values is one trial"),
        refuses(("grid", "mapping"), "seed", "remove it; nothing is drawn at random"),
        refuses(("grid", "random", "sobol", *_RUNGS), "values", "remove it, or choose kind mapping"),
        refuses(("hyperband",), "numRuns", "remove it: maxIterations and eta make the number of trials"),
        *(
            refuses(_NO_RUNGS, name, "remove it, or choose kind hyperband or asha")
            for name in _FIELDS_OF_RUNGS
        ),
        *(
            refuses((*_NO_RUNGS, "hyperband"), name, "remove it, or choose kind asha")
            for name in _FIELDS_OF_ASHA
        ),
        Rule(
            cel="!has(self.resource) || !has(self.params) || !(self.resource.name in self.params)",
            holds=lambda new, _: (
                "resource" not in new or new["resource"]["name"] not in (new.get("params") or {})
            ),
            message="the resource is also one of params",
            remedy="take it out of params: the search itself sets it",
            field_path=".resource",
        ),
        Rule(
            cel="!has(self.minResource) || !has(self.maxIterations) || "
            "double(self.minResource) <= double(self.maxIterations)",
            holds=lambda new, _: (
                "minResource" not in new
                or "maxIterations" not in new
                or new["minResource"] <= new["maxIterations"]
            ),
            message="minResource is more than maxIterations, which is all that a trial gets",
            remedy="lower it",
            field_path=".minResource",
        ),
        fixed("kind"),
        fixed("params"),
        fixed("values"),
        fixed("seed"),
        fixed("metric"),
        *(fixed(name) for name in (*_FIELDS_OF_RUNGS, *_FIELDS_OF_ASHA)),
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
