"""The fields of both resources, from the schema that also makes the CRDs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leadline.api import names
from leadline.api.fields import ABSENT, Schema
from leadline.api.resources import GROUP, TRIAL, Resource
from reference.sentences import sentences_of
from reference.tables import table


def group_reference() -> str:
    """Fields of an OptimizationGroup."""
    return _resource(GROUP)


def trial_reference() -> str:
    """Fields of a Trial."""
    return _resource(TRIAL)


def limits_reference() -> str:
    """Every limit by its name in ``api/names.py``, with its sentence."""
    rows = [
        (f"{getattr(names, name):,}", sentence)
        for name, sentence in sentences_of(names).items()
        if name.startswith("MAX_") and name != "MAX_SAFE_INTEGER"
    ]
    return table(("limit", "of"), rows)


def _resource(resource: Resource) -> str:
    sections = []
    for part in ("spec", "status"):
        schema = (resource.schema.properties or {})[part]
        sections.append(f"### {resource.kind} {part}\n\n{_fields(schema)}")
    columns = [
        (column.name, column.description, "`-o wide`" if column.wide else "") for column in resource.columns
    ]
    sections.append(
        f"### {resource.kind} in `kubectl get`\n\n{table(('column', 'shows', 'only with'), columns)}"
    )
    selectable = ", ".join(f"`{path.removeprefix('.')}`" for path in resource.selectable)
    sections.append(f"Field selectors (`kubectl get {resource.short} --field-selector=…`): {selectable}.")
    return "\n\n".join(sections)


def _fields(schema: Schema) -> str:
    rows = [
        (f"`{path}`", _type(field), "yes" if required else "", _description(field))
        for path, field, required in _walk(schema, "")
    ]
    return table(("field", "type", "required", "meaning"), rows)


def _walk(schema: Schema, prefix: str) -> Iterator[tuple[str, Schema, bool]]:
    """Every field below, outer ones first. A pod template's and a parameter value's own fields are not ours to list."""
    for name, field in (schema.properties or {}).items():
        path = f"{prefix}{name}"
        yield path, field, name in schema.required
        if field.unknown_fields:
            continue
        yield from _walk(field, f"{path}.")
        if field.items is not None:
            yield from _walk(field.items, f"{path}[].")
        if field.additional is not None:
            yield from _walk(field.additional, f"{path}.NAME.")


def _type(field: Schema) -> str:
    if field.enum:
        return " \\| ".join(f"`{word}`" for word in field.enum)
    if field.format == "date-time":
        return "time"
    if field.type == "array":
        return f"list of {_type(field.items)}" if field.items is not None else "list"
    if field.type == "object" and field.additional is not None:
        return f"map of {_type(field.additional)}"
    return {"object": "map", "": "any"}.get(field.type, field.type)


def _description(field: Schema) -> str:
    # Braces in backticks: some page makers take them for their own.
    text = re.sub(r"\{\{[^}]*\}\}", lambda match: f"`{match[0]}`", field.description)
    return " ".join(sentence for sentence in (text, _bounds(field), _default(field)) if sentence)


def _bounds(field: Schema) -> str:
    if field.format or not field.type:
        return ""
    low, high = field.minimum, field.maximum
    if low is not None and high is not None:
        return f"{low:,} to {high:,}."
    if low is not None:
        return f"{'Greater than' if field.exclusive_minimum else 'At least'} {low:,}." if low else ""
    most = field.max_length or field.max_items or field.max_properties
    unit = "characters" if field.max_length else "entries"
    return f"At most {most:,} {unit}." if most else ""


def _default(field: Schema) -> str:
    if field.default is ABSENT or field.type in ("object", "array"):
        return ""
    return f"Default: `{str(field.default).lower() if isinstance(field.default, bool) else field.default}`."
