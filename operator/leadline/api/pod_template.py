"""Schema of the pod template: open, and typed only where a template is easily got wrong.

Kubernetes checks the rest, in its own version, when the first Job is made.
"""

from __future__ import annotations

from typing import Final

from leadline.api.fields import Schema

_TEXT: Final = Schema(type="string", max_length=32_768)

_ENV: Final = Schema(
    type="object",
    required=("name",),
    properties={
        "name": Schema("Name of the environment variable.", type="string", min_length=1, max_length=253),
        "value": Schema("Its value; put numbers and booleans in quotes.", type="string", max_length=32_768),
    },
    unknown_fields=True,
)

_CONTAINER: Final = Schema(
    type="object",
    required=("name",),
    properties={
        "name": Schema("Name of the container.", type="string", min_length=1, max_length=63),
        "image": Schema("Image of the container.", type="string", min_length=1, max_length=1024),
        "command": Schema(
            "The program and its first arguments; {{ name }} stands for a parameter's value.",
            type="array",
            max_items=1024,
            items=_TEXT,
        ),
        "args": Schema(
            "The program's arguments; {{ name }} stands for a parameter's value.",
            type="array",
            max_items=1024,
            items=_TEXT,
        ),
        "env": Schema("Environment variables.", type="array", max_items=1024, items=_ENV),
    },
    unknown_fields=True,
)


def _texts(description: str) -> Schema:
    return Schema(
        description, type="object", max_properties=256, additional=Schema(type="string", max_length=262_144)
    )


TEMPLATE: Final = Schema(
    "The pod that runs one trial: a pod template, as in a Job. {{ name }} in any string stands for the value "
    "of a parameter, {{ leadline.trial }} for the trial's name. Can't change after creation.",
    type="object",
    required=("spec",),
    properties={
        "metadata": Schema(
            "Labels and annotations of the pod.",
            type="object",
            properties={
                "labels": _texts("Labels of the pod; put numbers and booleans in quotes."),
                "annotations": _texts("Annotations of the pod; put numbers and booleans in quotes."),
            },
            unknown_fields=True,
        ),
        "spec": Schema(
            "The pod's spec, as in any Kubernetes pod.",
            type="object",
            required=("containers",),
            properties={
                "containers": Schema(
                    "The containers of the pod; metrics are read from the first unless metrics.container says "
                    "otherwise.",
                    type="array",
                    min_items=1,
                    max_items=64,
                    items=_CONTAINER,
                ),
            },
            unknown_fields=True,
        ),
    },
    unknown_fields=True,
)
