"""The matrix of an OptimizationGroup: algorithm, space, number of trials, rungs.

Types, descriptions, bounds and rules only; what the values mean is for the search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from leadline.api import names
from leadline.api.early_stopping import EARLY_STOPPING, STOPPING_RULES, EarlyStopping
from leadline.api.fields import Rule, Schema
from leadline.api.kinds import COUNTED, OF_RESOURCE, TAKES, field_rules
from leadline.api.parameter import NAME, PARAMS
from leadline.api.rules import cel_list, fixed
from leadline.api.tuner import TUNER_RULES, Tuner
from leadline.api.utility import UtilityFunction

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


_FIXED = (
    "kind",
    "metric",
    *(name for name in TAKES if name not in ("numRuns", "maxIterations", "tuner")),
)
"""Fields that keep the value they were created with."""


def _only_raised(name: str, kinds: tuple[str, ...] = ()) -> Rule:
    """A count of trials or rounds can grow; for some kinds, or for all."""
    others = f"!(self.kind in {cel_list(kinds)}) || " if kinds else ""
    return Rule(
        cel=f"{others}!has(self.{name}) || (has(oldSelf.{name}) && self.{name} >= oldSelf.{name})",
        holds=lambda new, old: (
            (bool(kinds) and new.get("kind") not in kinds)
            or name not in new
            or (name in old and new[name] >= old[name])
        ),
        message=f"{name} can only be raised after creation",
        remedy="set stop: Drain to end the group early, or create a new group",
        field_path=f".{name}",
    )


def _only_beside_resource(name: str) -> Rule:
    """Of auto: a field that would mean nothing without a resource."""
    return Rule(
        cel=f"self.kind != 'auto' || !has(self.{name}) || has(self.resource)",
        holds=lambda new, _: new.get("kind") != "auto" or name not in new or "resource" in new,
        message=f"auto takes {name} only with a resource",
        remedy="remove it, or say what trials are given more of, for example resource: {name: epochs, type: int}",
        field_path=f".{name}",
        reason="Forbidden",
    )


@dataclass(frozen=True, slots=True)
class Matrix:
    """The search: algorithm, space, number of trials."""

    kind: Annotated[
        Literal[
            "auto",
            "grid",
            "random",
            "mapping",
            "sobol",
            "bayes",
            "tpe",
            "cmaes",
            "evolution",
            "hyperopt",
            "hyperband",
            "asha",
            "iterative",
        ],
        Schema(
            "The algorithm. auto: one that learns from the results, chosen for the space, numRuns and resource. grid: "
            "every point of a discrete space. random: numRuns different points. sobol: numRuns different points that "
            "cover the space evenly. mapping: the configurations listed in values. bayes: a Gaussian process learns "
            "from the results, for trials that take long. tpe: densities of good configurations, for many trials or "
            "many conditions. cmaes: a normal distribution that adapts, for many trials over numbers. evolution: "
            "mutations of good configurations, for many trials over choices. hyperopt: an algorithm of the hyperopt "
            "library, which has to be installed where the search runs. hyperband: many trials get a little of the "
            "resource, the best ones more, in brackets. asha: the same without waiting, for numRuns trials. "
            "iterative: a tuner of your own. Can't change after creation.",
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
            "Number of trials. mapping, bayes and hyperband have none; grid runs its first so many points, of a "
            "tuner's rounds no more are run; all other kinds, and a tuner by entryPoint, need it. "
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
    early_stopping: Annotated[tuple[EarlyStopping, ...], EARLY_STOPPING] = ()

    num_initial_runs: Annotated[
        int | None,
        Schema(
            "How many trials bayes runs before its model chooses; 8 if not given. Can't change after creation.",
            minimum=0,
            maximum=names.MAX_TRIALS,
        ),
    ] = None
    utility_function: Annotated[
        UtilityFunction | None,
        Schema("How bayes values a point that it might try. Can't change after creation."),
    ] = None
    algorithm: Annotated[
        Literal["tpe", "rand", "anneal"] | None,
        Schema(
            "Which algorithm of the library kind hyperopt uses: its estimator of densities, random search, or "
            "annealing. tpe if not given. Can't change after creation."
        ),
    ] = None
    tuner: Annotated[
        Tuner | None,
        Schema(
            "Who suggests the trials of kind iterative. May be put right at any time; only a tuner by entryPoint stays "
            "one."
        ),
    ] = None
    max_iterations: Annotated[
        int | None,
        Schema(
            "For bayes the number of trials after the initial ones, for iterative the number of rounds; they may be "
            "raised later, never lowered. For hyperband and asha, and auto with a resource, the whole resource of a "
            "trial, such as 81 epochs: what the best ones get; it can't change after creation. Needed by all of them, "
            "except for a tuner by entryPoint.",
            minimum=1,
            maximum=1_000_000_000,
        ),
    ] = None
    eta: Annotated[
        float | int | None,
        Schema(
            "Of the trials of a rung one in eta goes on, with eta times the resource; for hyperband, asha and "
            "auto, 3 if not given. Can't change after creation.",
            minimum=1,
            exclusive_minimum=True,
            maximum=1_000_000_000,
        ),
    ] = None
    resource: Annotated[
        Resource | None,
        Schema(
            "What hyperband and asha give trials more of. Needed by both; with it auto is a search by rungs too. Can't "
            "change after creation.",
        ),
    ] = None
    resume: Annotated[
        bool | None,
        Schema(
            "Whether a trial that gets more of the resource goes on from its checkpoint (true), or starts again from "
            "the beginning (false); for hyperband, asha and auto, false if not given. Can't change after creation."
        ),
    ] = None
    sampler: Annotated[
        Literal["random", "tpe", "bayes"] | None,
        Schema(
            "Where hyperband and asha take new configurations from; bayes learns from the results of all rungs, tpe "
            "from those of the highest rung that has enough of them. random if not given. "
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
            "How many brackets asha has, each with its first rung one higher than the one before; if not given 3, or "
            "as many as halve at least once. "
            "Can't change after creation.",
            minimum=1,
            maximum=50,
        ),
    ] = None
    min_resource: Annotated[
        float | int | None,
        Schema(
            "The resource of the first rung of asha and auto: what each trial gets before it is judged; 1 if not "
            "given. Can't change after creation.",
            minimum=0,
            exclusive_minimum=True,
            maximum=1_000_000_000,
        ),
    ] = None

    RULES: ClassVar[tuple[Rule, ...]] = (
        *field_rules(),
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
        Rule(
            cel="self.kind != 'auto' || !has(self.resource) || has(self.maxIterations)",
            holds=lambda new, _: new.get("kind") != "auto" or "resource" not in new or "maxIterations" in new,
            message="auto with a resource needs maxIterations",
            remedy="say how much of the resource a trial gets at most, for example maxIterations: 81",
            field_path=".maxIterations",
            reason="Required",
        ),
        *(_only_beside_resource(name) for name in OF_RESOURCE),
        *(fixed(name) for name in _FIXED),
        Rule(
            cel=f"self.kind in {cel_list(COUNTED)} || (has(self.maxIterations) == has(oldSelf.maxIterations) && "
            "(!has(self.maxIterations) || self.maxIterations == oldSelf.maxIterations))",
            holds=lambda new, old: (
                new.get("kind") in COUNTED or new.get("maxIterations") == old.get("maxIterations")
            ),
            message="maxIterations can't change after creation",
            remedy="create a new group",
            field_path=".maxIterations",
        ),
        _only_raised("numRuns"),
        _only_raised("maxIterations", kinds=COUNTED),
        *TUNER_RULES,
        *STOPPING_RULES,
    )
