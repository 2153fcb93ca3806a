"""The API server's verdict on a whole document, without an API server.

Structure and the CRD's rules; what only the policy or the search knows about ``params`` is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from leadline.api import names
from leadline.api.fields import Schema
from leadline.api.metadata import check_metadata, object_name
from leadline.api.parameter import NAME_RULES
from leadline.api.resources import GROUP
from leadline.api.structure import check, with_defaults
from leadline.api.wording import closest
from leadline.problems import Problem

_SCHEMA: Final = replace(
    GROUP.schema,
    # Checked apart: the server has its own rules for metadata, and drops the status of what it is sent.
    properties={
        **(GROUP.schema.properties or {}),
        "metadata": Schema(type="object", unknown_fields=True),
        "status": Schema("What the operator tells; left out of what is applied.", unknown_fields=True),
    },
)


_NAMES: Final = Schema(unknown_fields=True, rules=NAME_RULES)


def validate_group(doc: Any, old: Mapping[str, Any] | None = None) -> tuple[Problem, ...]:
    """What is wrong with a document that should be an OptimizationGroup; nothing if the server takes it.

    old: the group before an edit; the rules about changes are checked against it. Numbers count as kubectl
    sends them: 3.0 is 3.
    """
    if not isinstance(doc, Mapping):
        return (Problem("", "must be a map with apiVersion, kind, metadata and spec"),)
    kind = _check_kind(doc)
    if kind:
        # Of another kind of object nothing else can be said.
        return tuple(kind)
    metadata = check_metadata(doc.get("metadata"))
    # The rule about the name can't be asked of a name that is not one.
    schema = replace(_SCHEMA, rules=()) if metadata else _SCHEMA
    before = None if old is None else stored(old)
    new = stored(doc)
    return (*metadata, *check(schema, _named(new), before), *_check_configuration_names(new))


def stored(doc: Mapping[str, Any]) -> dict[str, Any]:
    """The document as the API server keeps it: defaults filled in, nulls that mean nothing left out.

    What a search is told should come from here, so that it is told the same with and without a cluster.
    """
    kept: dict[str, Any] = with_defaults(_SCHEMA, doc)
    return kept


def _named(doc: dict[str, Any]) -> dict[str, Any]:
    """With a name of the right length where the server makes one up."""
    metadata = doc.get("metadata")
    if not isinstance(metadata, Mapping):
        return doc
    return {**doc, "metadata": {**metadata, "name": object_name(metadata)}}


def _check_configuration_names(doc: Mapping[str, Any]) -> Iterator[Problem]:
    """The names in ``values`` follow the rules of those in ``params``; the CRD can't see them, the policy does."""
    values: Any = doc
    for key in ("spec", "matrix", "values"):
        values = values.get(key) if isinstance(values, Mapping) else None
    if isinstance(values, list) and values and isinstance(values[0], Mapping):
        yield from (problem.under("spec.matrix.values[0]") for problem in check(_NAMES, values[0]))


def _check_kind(doc: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for key, wanted in (("apiVersion", names.API_VERSION), ("kind", names.GROUP_KIND)):
        found = doc.get(key)
        if found is None:
            problems.append(Problem(key, "is missing", f"add {key}: {wanted}"))
        elif found != wanted:
            guess = isinstance(found, str) and closest(found, [wanted])
            remedy = f"did you mean {wanted}?" if guess else f"write {key}: {wanted}"
            problems.append(Problem(key, f"must be {wanted}, not {found}", remedy))
    return problems
