"""Dataclasses as the one source of the API: schema, parsing and writing.

A field says what it is in its annotation, ``Annotated[int, Schema("…", minimum=1)]``; rules between
fields stand in the class's ``RULES``. This module turns a class into a tree of ``Schema``, reads objects
from JSON-like mappings and writes them back: camelCase outside, snake_case inside.
It knows none of the resources, and no rule of theirs.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin

from leadline.api.fields import ABSENT, Schema
from leadline.api.json_values import json_type

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class InvalidObjectError(ValueError):
    """A mapping that can't be read as the class asked for; names the field."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path or 'object'}: {message}")
        self.path = path


def _cached(function: F) -> F:
    """``functools.cache`` that keeps the function's signature for the type checker."""
    return cast(F, cache(function))


def camel_case(name: str) -> str:
    """``num_runs`` as ``numRuns``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


# --- classes to schemas ---


@_cached
def schema_of(cls: type[Any]) -> Schema:
    """The schema of a dataclass whose fields are annotated as this module's text says."""
    hints = typing.get_type_hints(cls, include_extras=True)
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for field in fields(cls):
        name = camel_case(field.name)
        schema = _schema_of_hint(hints[field.name])
        if _is_required(field):
            required.append(name)
        elif schema.default is ABSENT and field.default not in (MISSING, None, ""):
            default = [] if field.default == () else field.default
            schema = replace(schema, default=default)
        properties[name] = schema
    return Schema(
        type="object",
        properties=properties,
        required=tuple(required),
        rules=tuple(getattr(cls, "RULES", ())),
    )


def _schema_of_hint(hint: Any) -> Schema:
    said = Schema()
    if get_origin(hint) is typing.Annotated:
        hint, *notes = get_args(hint)
        said = next(note for note in notes if isinstance(note, Schema))
    return _merge(_bare_schema(hint), said)


def _bare_schema(hint: Any) -> Schema:
    """What a type alone says."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        options = [option for option in arguments if option is not type(None)]
        if set(options) == {int, float}:
            return Schema(type="number")
        (option,) = options
        return _schema_of_hint(option)
    if origin is Literal:
        return Schema(type="string", enum=tuple(arguments))
    if origin is tuple:
        return Schema(type="array", items=_schema_of_hint(arguments[0]))
    if origin is Mapping:
        if arguments[1] is Any:
            # Not additionalProperties without a type: CEL can't see a field made so.
            return Schema(type="object", unknown_fields=True)
        return Schema(type="object", additional=_schema_of_hint(arguments[1]))
    if is_dataclass(hint):
        return schema_of(cast(type, hint))
    if hint is Any:
        return Schema(unknown_fields=True, nullable=True)
    return Schema(type=_JSON_TYPES[hint])


_GREATEST: Final = sys.float_info.max
"""JSON knows no greater number, and no infinity."""
_JSON_TYPES: Final = {str: "string", int: "integer", float: "number", bool: "boolean"}


def _merge(bare: Schema, said: Schema) -> Schema:
    """What the type says, overridden by what the annotation says."""
    empty = Schema()
    stated = {
        field.name: getattr(said, field.name)
        for field in fields(Schema)
        if getattr(said, field.name) != getattr(empty, field.name)
    }
    return replace(bare, **stated)


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


# --- mappings to objects and back ---


def from_dict(cls: type[T], data: Mapping[str, Any]) -> T:
    """Read an object that the schema accepts; unknown keys are left out, null counts as absent.

    Raises InvalidObjectError, with the field's path, for what can't be read at all.
    """
    return cast(T, _read_object(cls, data, ""))


def to_dict(obj: Any) -> dict[str, Any]:
    """Write a dataclass as a JSON-like mapping, without fields that are None or have their default value."""
    plain: dict[str, Any] = {}
    for name, key, _, schema, default in _plan(type(obj)):
        value = getattr(obj, name)
        if value is None or (default is not ABSENT and value == default and not schema.always):
            continue
        plain[key] = _write(value)
    return plain


@_cached
def _plan(cls: type[Any]) -> tuple[tuple[str, str, Any, Schema, Any], ...]:
    """Per field: its name, its key outside, its type, its schema and its default (or ABSENT)."""
    hints = typing.get_type_hints(cls)
    schema = schema_of(cls)
    rows = []
    for field in fields(cls):
        key = camel_case(field.name)
        default: Any = ABSENT
        if field.default is not MISSING:
            default = field.default
        elif field.default_factory is not MISSING:
            default = field.default_factory()
        assert schema.properties is not None
        rows.append((field.name, key, hints[field.name], schema.properties[key], default))
    return tuple(rows)


def _read_object(cls: type[Any], data: Any, path: str) -> Any:
    if not isinstance(data, Mapping):
        raise InvalidObjectError(path, f"must be an object, not {json_type(data)}")
    values = {}
    for name, key, hint, _, default in _plan(cls):
        inner = f"{path}.{key}" if path else key
        value = data.get(key)
        if value is not None:
            values[name] = _read(hint, value, inner)
        elif default is ABSENT:
            raise InvalidObjectError(inner, "is missing")
    return cls(**values)


def _read(hint: Any, value: Any, path: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        options = [option for option in arguments if option is not type(None)]
        hint = options[0] if len(options) == 1 else float | int
        origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise InvalidObjectError(path, f"must be a list, not {json_type(value)}")
        return tuple(_read(arguments[0], item, f"{path}[{index}]") for index, item in enumerate(value))
    if origin is Mapping:
        if not isinstance(value, Mapping):
            raise InvalidObjectError(path, f"must be an object, not {json_type(value)}")
        return {key: _read(arguments[1], item, f"{path}.{key}") for key, item in value.items()}
    if is_dataclass(hint):
        return _read_object(cast(type, hint), value, path)
    return value if hint is Any else _read_scalar(hint, value, path)


def _read_scalar(hint: Any, value: Any, path: str) -> Any:
    number = json_type(value) in ("integer", "number") and -_GREATEST <= value <= _GREATEST
    if get_origin(hint) is Literal:
        if value in get_args(hint):
            return value
        raise InvalidObjectError(path, f"must be one of {', '.join(get_args(hint))}")
    if hint is int and number and value % 1 == 0:
        return int(value)
    if hint is float and number:
        return float(value)
    if (hint == float | int and number) or (hint in (str, bool) and isinstance(value, hint)):
        return value
    wanted = _JSON_TYPES.get(hint, "number")
    raise InvalidObjectError(path, f"must be of type {wanted}, not {json_type(value)}")


def _write(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return to_dict(value)
    if isinstance(value, Mapping):
        return {key: _write(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_write(item) for item in value]
    return value
