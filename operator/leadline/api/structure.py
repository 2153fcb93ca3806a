"""Checks a JSON-like value against a ``Schema``: the API server's verdict and path, in better words.

What the server does, in its order (apiextensions 1.36): null where null is not allowed counts as absent,
defaults are filled in, types and bounds are checked, and only if nothing basic is wrong the rules.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from leadline.api import wording
from leadline.api.fields import ABSENT, Schema
from leadline.api.json_values import json_type
from leadline.problems import Problem

_SEQUENCE: Final = (list, tuple)

Finding = tuple[Problem, bool]
"""A problem, and whether it keeps the rules from being checked."""


def with_defaults(schema: Schema, value: Any) -> Any:
    """A copy of the value as the API server stores it: defaults filled in, nulls without meaning left out."""
    if isinstance(value, Mapping):
        filled: dict[str, Any] = {}
        for key, item in value.items():
            inner = _child(schema, key)
            if inner is None:
                filled[key] = copy.deepcopy(item)
            elif item is not None or inner.nullable:
                filled[key] = with_defaults(inner, item)
        for key, inner in (schema.properties or {}).items():
            if key not in filled and inner.default is not ABSENT:
                filled[key] = with_defaults(inner, inner.default)
        return filled
    if isinstance(value, _SEQUENCE):
        items = schema.items or Schema(unknown_fields=True)
        return [with_defaults(items, item) for item in value]
    return value


def check(schema: Schema, value: Any, old: Any = None) -> tuple[Problem, ...]:
    """Everything wrong with the value; ``old`` is the object before an edit, both after ``with_defaults``.

    Paths are relative to the value.
    """
    findings = list(_Types(schema).check(schema, value, ""))
    problems = [problem for problem, _ in findings]
    # The server answers "some validation rules were not checked" here: a rule can't read what has no type.
    if not any(blocking for _, blocking in findings):
        problems.extend(_check_rules(schema, value, old, ""))
    return tuple(problems)


@dataclass(frozen=True, slots=True)
class _Types:
    """Types and bounds; knows the whole schema, to say where a misplaced field belongs."""

    root: Schema

    def check(self, schema: Schema, value: Any, path: str) -> Iterator[Finding]:
        if isinstance(value, float) and not math.isfinite(value):
            yield Problem(path, f"{value} is no number to JSON", "write a finite number"), True
            return
        if schema.type and json_type(value) not in _accepted(schema):
            yield wording.wrong_type(schema, value, path), True
            return
        if schema.enum and value not in schema.enum:
            yield wording.not_one_of(schema, value, path), True
        yield from _check_bounds(schema, value, path)
        if isinstance(value, Mapping):
            yield from self._check_fields(schema, value, path)
        elif isinstance(value, _SEQUENCE) and schema.items is not None:
            for index, item in enumerate(value):
                yield from self.check(schema.items, item, f"{path}[{index}]")

    def _check_fields(self, schema: Schema, value: Mapping[str, Any], path: str) -> Iterator[Finding]:
        for key in schema.required:
            if key not in value:
                inner = (schema.properties or {}).get(key, Schema())
                yield wording.missing(key, inner, join(path, key)), True
        for key, item in value.items():
            child = _child(schema, key)
            if child is not None:
                yield from self.check(child, item, join(path, key))
            elif not schema.unknown_fields:
                yield wording.unknown_field(self.root, schema, key, join(path, key)), True


def _accepted(schema: Schema) -> set[str]:
    accepted = {schema.type}
    if schema.type == "number":
        accepted.add("integer")
    if schema.nullable:
        accepted.add("null")
    return accepted


def _child(schema: Schema, key: str) -> Schema | None:
    if schema.properties is not None and key in schema.properties:
        return schema.properties[key]
    return schema.additional


def _check_bounds(schema: Schema, value: Any, path: str) -> Iterator[Finding]:
    """The bounds of the value's own type; the others say nothing."""
    if isinstance(value, str):
        yield from _check_size(len(value), schema.min_length, schema.max_length, "character", path)
        if schema.pattern and not _matches(schema.pattern, value):
            yield Problem(path, f'"{value}" does not match {schema.pattern}', schema.description), False
    elif isinstance(value, Mapping):
        yield from _check_size(len(value), schema.min_properties, schema.max_properties, "entry", path)
    elif isinstance(value, _SEQUENCE):
        yield from _check_size(len(value), schema.min_items, schema.max_items, "item", path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if schema.minimum is not None and schema.exclusive_minimum and value <= schema.minimum:
            yield Problem(path, f"must be greater than {schema.minimum}, not {value}"), False
        elif schema.minimum is not None and value < schema.minimum:
            yield Problem(path, f"must be at least {schema.minimum}, not {value}"), False
        if schema.maximum is not None and value > schema.maximum:
            yield Problem(path, f"must be at most {schema.maximum}, not {value}"), False


def _matches(pattern: str, text: str) -> bool:
    """As Go matches: $ is the end of the text, not also the place before a last line end."""
    return re.search(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), text) is not None


def _check_size(size: int, least: int | None, most: int | None, unit: str, path: str) -> Iterator[Finding]:
    if least is not None and size < least:
        yield Problem(path, f"needs at least {wording.counted(least, unit)}, and has {size or 'none'}"), False
    if most is not None and size > most:
        yield Problem(path, f"takes at most {wording.counted(most, unit)}, and has {size}"), True


def _check_rules(schema: Schema, value: Any, old: Any, path: str) -> Iterator[Problem]:
    for rule in schema.rules:
        if rule.about_change and old is None:
            continue
        if not rule.holds(value, old):
            yield Problem(f"{path}{rule.field_path}".removeprefix("."), rule.explain(value), rule.remedy)
    if isinstance(value, Mapping):
        before = old if isinstance(old, Mapping) else {}
        for key, item in value.items():
            child = _child(schema, key)
            if child is not None:
                yield from _check_rules(child, item, before.get(key), join(path, key))
    elif isinstance(value, _SEQUENCE) and schema.items is not None:
        for index, item in enumerate(value):
            # Items of a list have no identity, so no rule about a change can stand there.
            yield from _check_rules(schema.items, item, None, f"{path}[{index}]")


def join(path: str, key: str) -> str:
    """The path of a field, as the API server writes it."""
    return f"{path}.{key}" if path else key
