"""The two resources as a whole: names, schema, columns, and what can be selected by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from leadline.api import names
from leadline.api.fields import ABSENT, Rule, Schema
from leadline.api.group import GroupSpec
from leadline.api.schema import schema_of
from leadline.api.status import GroupStatus
from leadline.api.trial import TrialSpec, TrialStatus


@dataclass(frozen=True, slots=True)
class Column:
    """One column of ``kubectl get``; a wide one shows with ``-o wide`` only."""

    name: str
    type: str
    path: str
    description: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of object."""

    kind: str
    plural: str
    short: str
    schema: Schema
    columns: tuple[Column, ...]
    selectable: tuple[str, ...]


_AGE: Final = Column("Age", "date", ".metadata.creationTimestamp", "How long ago it was created.")

_NAME_RULES: Final = (
    Rule(
        cel=f"size(self.metadata.name) <= {names.MAX_GROUP_NAME}",
        holds=lambda new, _: len(new["metadata"]["name"]) <= names.MAX_GROUP_NAME,
        message=f"a group's name has at most {names.MAX_GROUP_NAME} characters",
        remedy="choose a shorter one: trials and Jobs add their numbers to it",
        field_path=".metadata.name",
    ),
    Rule(
        cel="!self.metadata.name.contains('.')",
        holds=lambda new, _: "." not in new["metadata"]["name"],
        message="a group's name has no dot",
        remedy="use a-z, 0-9 and -: the host name of a trial's pod starts with it",
        field_path=".metadata.name",
    ),
)


def _whole(
    description: str,
    spec: Schema,
    status: Schema,
    status_default: dict[str, Any],
    rules: tuple[Rule, ...] = (),
    atomic: bool = False,
) -> Schema:
    """Schema of a whole object. atomic: the operator alone writes it, each part as a whole."""
    return Schema(
        description,
        type="object",
        required=("spec",),
        properties={
            "apiVersion": Schema("Version of the API that the object is written in.", type="string"),
            "kind": Schema("Kind of the object.", type="string"),
            "metadata": Schema(type="object", properties={"name": Schema(type="string")}),
            "spec": replace(spec, description="What is wanted.", atomic=atomic),
            "status": replace(
                _without_defaults(status), description="What is known.", default=status_default, atomic=atomic
            ),
        },
        rules=rules,
    )


def _without_defaults(schema: Schema) -> Schema:
    """A status is written by us alone: what is not in it stays out of it."""
    properties = schema.properties and {
        key: _without_defaults(inner) for key, inner in schema.properties.items()
    }
    return replace(
        schema,
        default=ABSENT,
        properties=properties,
        additional=schema.additional and _without_defaults(schema.additional),
        items=schema.items and _without_defaults(schema.items),
    )


GROUP: Final = Resource(
    kind=names.GROUP_KIND,
    plural=names.GROUP_PLURAL,
    short=names.GROUP_SHORT,
    schema=_whole(
        "An OptimizationGroup is a search for the best hyper-parameters: it runs one pod per trial and keeps the best.",
        schema_of(GroupSpec),
        schema_of(GroupStatus),
        {"observedGeneration": 0, "state": str(names.GroupState.PENDING)},
        rules=_NAME_RULES,
    ),
    columns=(
        Column("Algorithm", "string", ".spec.matrix.kind", "The search algorithm."),
        Column("Progress", "string", ".status.progress", "Trials finished of trials planned."),
        Column("Running", "integer", ".status.counts.running", "Trials running now."),
        Column("Best", "number", ".status.best.value", "The best value of the metric so far."),
        Column("State", "string", ".status.state", "The group in one word."),
        _AGE,
        Column("Metric", "string", ".spec.matrix.metric.name", "The metric that is optimised.", wide=True),
        Column("Message", "string", ".status.message", "What it waits for, or how it ended.", wide=True),
    ),
    selectable=(".status.state",),
)

TRIAL: Final = Resource(
    kind=names.TRIAL_KIND,
    plural=names.TRIAL_PLURAL,
    short=names.TRIAL_SHORT,
    schema=_whole(
        "A Trial is one configuration of a search and what came of it. The operator writes it.",
        schema_of(TrialSpec),
        schema_of(TrialStatus),
        {"state": str(names.TrialState.PENDING)},
        atomic=True,
    ),
    columns=(
        Column(
            "Group",
            "string",
            f".metadata.labels.{names.LABEL_GROUP.replace('.', chr(92) + '.')}",
            "The group that the trial belongs to.",
        ),
        Column("Params", "string", ".spec.params", "The configuration."),
        Column("Value", "number", ".status.value", "The trial's value of the metric."),
        Column("State", "string", ".status.state", "The trial in one word."),
        Column("Node", "string", ".status.node", "The node that it ran on."),
        _AGE,
        Column("Message", "string", ".status.message", "Why the trial is in this state.", wide=True),
    ),
    selectable=(".status.state", ".spec.number", ".spec.stop"),
)
