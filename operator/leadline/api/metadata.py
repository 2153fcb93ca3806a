"""What Kubernetes itself asks of ``metadata``, as far as a person writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from leadline.api.fields import Schema
from leadline.api.structure import check, with_defaults
from leadline.problems import Problem

# A label of null is one with an empty value.
_TEXTS: Final = Schema(type="object", additional=Schema(type="string", nullable=True))
_TEXT: Final = Schema(type="string")
_ANY: Final = Schema(unknown_fields=True)

_METADATA: Final = Schema(
    type="object",
    properties={
        "name": _TEXT,
        "generateName": _TEXT,
        "namespace": _TEXT,
        "labels": _TEXTS,
        "annotations": _TEXTS,
        "finalizers": Schema(type="array", items=_TEXT),
        "ownerReferences": Schema(type="array", items=Schema(type="object", unknown_fields=True)),
        # What the server fills in; a document copied from the cluster carries them.
        "creationTimestamp": _ANY,
        "deletionGracePeriodSeconds": _ANY,
        "deletionTimestamp": _ANY,
        "generation": _ANY,
        "managedFields": _ANY,
        "resourceVersion": _ANY,
        "selfLink": _ANY,
        "uid": _ANY,
    },
)

_LABEL: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")

_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_WORD: Final = "letters, digits, -, _ and ., at most 63, with a letter or digit first and last"
_MAX_ANNOTATIONS: Final = 256 * 1024
_GENERATED: Final = "xxxxx"
"""Stands for the five characters that the server puts behind ``generateName``."""


def check_metadata(metadata: Any) -> tuple[Problem, ...]:
    """Problems of a document's ``metadata``, with paths from the document's root."""
    if not isinstance(metadata, Mapping):
        return (_unnamed(),)
    present = with_defaults(_METADATA, metadata)
    problems = [problem.under("metadata") for problem in check(_METADATA, present)]
    return tuple(problems or _check_words(present))


def object_name(metadata: Mapping[str, Any]) -> str:
    """The name that the object has or gets; empty if it has none."""
    if metadata.get("name"):
        return str(metadata["name"])
    return f"{metadata['generateName']}{_GENERATED}" if metadata.get("generateName") else ""


def _check_words(metadata: Mapping[str, Any]) -> Iterator[Problem]:
    if not object_name(metadata):
        yield _unnamed()
    for field in ("name", "generateName"):
        name = metadata.get(field) or "any"
        # What follows generateName makes a - at its end a good one.
        whole = f"{name[:-1]}x" if field == "generateName" and name.endswith("-") else name
        if len(name) > 253 or not _SUBDOMAIN.fullmatch(whole):
            remedy = "use a-z, 0-9 and -, with a letter or digit first and last"
            yield Problem(f"metadata.{field}", f'"{name}" is no name that Kubernetes takes', remedy)
    for key, value in metadata.get("labels", {}).items():
        yield from _check_key(key, "metadata.labels")
        if value and (len(value) > 63 or not _LABEL.fullmatch(value)):
            yield Problem("metadata.labels", f'"{value}" is no value for a label', f"for {key} use {_WORD}")
    annotations = metadata.get("annotations", {})
    for key in annotations:
        yield from _check_key(key.lower(), "metadata.annotations")
    size = sum(len(key.encode()) + len((value or "").encode()) for key, value in annotations.items())
    if size > _MAX_ANNOTATIONS:
        yield Problem("metadata.annotations", f"take at most {_MAX_ANNOTATIONS} bytes in all, not {size}")


def _unnamed() -> Problem:
    return Problem("metadata.name", "is missing", "name the group, for example metadata: {name: my-search}")


def _check_key(key: str, path: str) -> Iterator[Problem]:
    prefix, slash, word = key.rpartition("/")
    prefixed = not slash or (len(prefix) <= 253 and _SUBDOMAIN.fullmatch(prefix))
    if not prefixed or len(word) > 63 or not _LABEL.fullmatch(word):
        remedy = f"use {_WORD}; before it a domain and / if you like, as in example.org/team"
        yield Problem(path, f'"{key}" is no key for a label or an annotation', remedy)
