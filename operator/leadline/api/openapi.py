"""Schemas as the structural OpenAPI v3 text that a CRD carries."""

from __future__ import annotations

from typing import Any, Final

from leadline.api.fields import ABSENT, Rule, Schema

_BOUNDS: Final = (
    ("format", "format"),
    ("pattern", "pattern"),
    ("minimum", "minimum"),
    ("maximum", "maximum"),
    ("exclusiveMinimum", "exclusive_minimum"),
    ("minLength", "min_length"),
    ("maxLength", "max_length"),
    ("minItems", "min_items"),
    ("maxItems", "max_items"),
    ("minProperties", "min_properties"),
    ("maxProperties", "max_properties"),
    ("nullable", "nullable"),
    ("x-kubernetes-preserve-unknown-fields", "unknown_fields"),
)
"""OpenAPI's word and ours, in the order written; what has no value is left out."""


def openapi(schema: Schema) -> dict[str, Any]:
    """The schema as the API server wants it, keys in a fixed order."""
    text: dict[str, Any] = {}
    if schema.description:
        text["description"] = schema.description + _default_note(schema)
    if schema.type:
        text["type"] = schema.type
    if schema.default is not ABSENT:
        text["default"] = schema.default
    if schema.enum:
        text["enum"] = [str(value) if isinstance(value, str) else value for value in schema.enum]
    for word, name in _BOUNDS:
        value = getattr(schema, name)
        if value is not None and value is not False and value != "":
            text[word] = value
    if schema.required:
        text["required"] = list(schema.required)
    if schema.properties is not None:
        text["properties"] = {name: openapi(inner) for name, inner in schema.properties.items()}
    if schema.additional is not None:
        text["additionalProperties"] = openapi(schema.additional)
    if schema.items is not None:
        text["items"] = openapi(schema.items)
    if schema.list_map_keys:
        text["x-kubernetes-list-type"] = "map"
        text["x-kubernetes-list-map-keys"] = list(schema.list_map_keys)
    if schema.atomic:
        text["x-kubernetes-map-type"] = "atomic"
    if schema.rules:
        text["x-kubernetes-validations"] = [_validation(rule) for rule in schema.rules]
    return text


def _default_note(schema: Schema) -> str:
    """The default in words, since ``kubectl explain`` shows none."""
    if schema.default is ABSENT or schema.type in ("object", "array"):
        return ""
    return f" Default: {str(schema.default).lower() if isinstance(schema.default, bool) else schema.default}."


def _validation(rule: Rule) -> dict[str, str]:
    text = {"rule": rule.cel, "message": rule.text}
    if rule.cel_detail:
        text["messageExpression"] = f"{rule.cel_detail} + '; {rule.remedy}'"
    if rule.reason != "Invalid":
        text["reason"] = f"FieldValue{rule.reason}"
    if rule.field_path:
        text["fieldPath"] = rule.field_path
    return text
