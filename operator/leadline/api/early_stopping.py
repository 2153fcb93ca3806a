"""The ``earlyStopping`` of a matrix: rules that end trials which are not worth going on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from leadline.api import names
from leadline.api.fields import Rule, Schema

_REPORTS: Final = 1_000_000
_NONE: Final = "!has(self.earlyStopping) || self.earlyStopping.size() == 0"
"""What is true of a matrix without rules, in CEL."""


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """One rule, and when it looks at a trial."""

    kind: Annotated[
        Literal["custom_early_stopping"],
        Schema("What kind of rule. custom_early_stopping: one of your own, in Python."),
    ]
    entry_point: Annotated[
        str,
        Schema(
            "The rule: the name of an entry point in the group leadline.stopping_rules, of a package that is installed "
            "where the search runs.",
            min_length=1,
            max_length=253,
        ),
    ]
    evaluation_interval: Annotated[
        int,
        Schema(
            "The rule looks at a trial after each so many reports of the metric, 50 times at most.",
            minimum=1,
            maximum=_REPORTS,
        ),
    ] = 1
    min_interval: Annotated[
        int | None,
        Schema(
            "Reports after which it looks for the first time; evaluationInterval if not given.",
            minimum=1,
            maximum=_REPORTS,
        ),
    ] = None
    settings: Annotated[
        Mapping[str, Any] | None,
        Schema("Settings of the rule's own, handed to it as they are.", max_properties=64),
    ] = None


EARLY_STOPPING: Final = Schema(
    "Rules that end trials early, by what they have reported so far; each trial is ended by the first one that is "
    "against it. May change at any time; trials that run are looked at where it was said when they began.",
    max_items=names.MAX_STOPPING_RULES,
)

STOPPING_RULES: Final = (
    Rule(
        cel=f"{_NONE} || has(self.metric)",
        holds=lambda new, _: not new.get("earlyStopping") or "metric" in new,
        message="earlyStopping needs a metric",
        remedy="say what is compared, for example metric: {name: accuracy, optimization: maximize}",
        field_path=".metric",
        reason="Required",
    ),
    Rule(
        cel=f"{_NONE} || !has(self.resource)",
        holds=lambda new, _: not new.get("earlyStopping") or "resource" not in new,
        message="a search by rungs ends trials at rungs of its own",
        remedy="remove earlyStopping, or choose a kind without rungs and remove the resource",
        field_path=".earlyStopping",
        reason="Forbidden",
    ),
    Rule(
        cel=f"{_NONE} || !has(self.tuner) || has(self.tuner.entryPoint)",
        holds=lambda new, _: (
            not new.get("earlyStopping") or "tuner" not in new or "entryPoint" in new["tuner"]
        ),
        message="a tuner that is asked in rounds has no earlyStopping",
        remedy="remove it, or make the tuner one by entryPoint",
        field_path=".earlyStopping",
        reason="Forbidden",
    ),
)
"""Of the matrix: which searches can have such rules."""
