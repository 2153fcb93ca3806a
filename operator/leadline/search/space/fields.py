"""Reading a parameter's value in any of its three forms into fields by key, each with its own path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from leadline.problems import Problem
from leadline.search.space.kinds import KINDS, Kind, meant, suggestion
from leadline.search.space.lookup import is_number
from leadline.search.space.numbers import Number

_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_SHOWN = 60
_LONGEST = 400
"""Characters of a number; the greatest double has 309 digits."""


class Refused(Exception):
    """A value that can't be used; carries the problem, never reaches a caller of this package."""

    def __init__(self, path: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(path, message, remedy)


@dataclass(frozen=True, slots=True)
class Field:
    """One key's value as it was written, and where."""

    path: str
    raw: Any


class Fields:
    """The fields of one parameter. Paths are relative to the parameter: ``value``, ``value[1]``, ``value.low``."""

    def __init__(self, kind: str, value: Any) -> None:
        self.kind = kind
        self.warnings: list[Problem] = []
        syntax = KINDS[kind]
        if isinstance(value, Mapping):
            self._fields = self._from_map(syntax, value)
        elif isinstance(value, str):
            self._fields = self._from_text(syntax, value)
        else:
            self._fields = self._from_list(syntax, value)

    def __contains__(self, key: str) -> bool:
        return key in self._fields

    def raw(self, key: str) -> Field:
        """A field as it was written."""
        return self._fields[key]

    def number(self, key: str) -> Number:
        """A finite number, whole where it was written whole."""
        field = self._fields[key]
        return read_number(field.path, field.raw)

    def positive(self, key: str) -> Number:
        """A number above 0."""
        value = self.number(key)
        if value <= 0:
            raise Refused(self._fields[key].path, f"{key} must be greater than 0, not {show(value)}")
        return value

    def whole(self, key: str, greatest: int) -> int:
        """A whole number from 1 on; 5.0 is one."""
        value = self.number(key)
        path = self._fields[key].path
        if value != int(value):
            raise Refused(path, f"{key} must be a whole number, not {show(value)}")
        if not 1 <= value <= greatest:
            raise Refused(path, f"{key} must be from 1 to {greatest}, not {show(value)}")
        return int(value)

    def warn(self, path: str, message: str, remedy: str = "") -> None:
        """Note something worth knowing that stops nothing."""
        self.warnings.append(Problem(path, message, remedy, "warning"))

    def _from_map(self, syntax: Kind, value: Mapping[Any, Any]) -> dict[str, Field]:
        instead = bool(syntax.instead) and "min" in value and "max" in value
        keys = syntax.instead if instead else syntax.keys
        if missing := [key for key in keys if key not in value]:
            others = f" (or {', '.join(syntax.instead)})" if syntax.instead and not instead else ""
            raise Refused(
                "value",
                f"kind {self.kind} needs the keys {', '.join(keys)}{others}; {', '.join(missing)} is missing",
                next((f"{key}: {question}" for key in value if (question := meant(key, missing))), ""),
            )
        if instead and (both := [key for key in syntax.keys if key in value and key not in keys]):
            raise Refused(
                f"value.{both[0]}", "low/high and min/max exclude each other", "write min and max only"
            )
        used = (*keys, *syntax.optional)
        for key in value:
            if key not in used + syntax.ignored:
                raise Refused(f"value.{key}", f"kind {self.kind} has no key {key}", suggestion(key, used))
            if key in syntax.ignored:
                self.warn(f"value.{key}", f"{key} is not used: every trial gets one value", "leave it out")
        return {key: Field(f"value.{key}", item) for key, item in value.items()}

    def _from_text(self, syntax: Kind, value: str) -> dict[str, Field]:
        if "{{" in value:
            raise Refused("value", "a template can't stand for a value", "write the values themselves")
        if not syntax.colon:
            raise Refused("value", f"kind {self.kind} takes no colon string", "write a list or a map")
        parts = [part.strip() for part in value.split(":")]
        if len(parts) < len(syntax.keys):
            needed = ":".join(syntax.keys)
            raise Refused("value", f'kind {self.kind} needs "{needed}", not {show(value)}')
        return dict(self._in_order(syntax, [Field("value", _Text(part)) for part in parts]))

    def _from_list(self, syntax: Kind, value: Any) -> dict[str, Field]:
        if len(value) < len(syntax.keys):
            raise Refused(
                "value", f"kind {self.kind} needs [{', '.join(syntax.keys)}], not {len(value)} items"
            )
        return dict(self._in_order(syntax, [Field(f"value[{i}]", item) for i, item in enumerate(value)]))

    def _in_order(self, syntax: Kind, fields: list[Field]) -> Iterator[tuple[str, Field]]:
        keys = (*syntax.keys, *syntax.optional)
        if len(fields) > len(keys):
            names = ", ".join(keys)
            self.warn(
                "value", f"kind {self.kind} uses {names} only; the rest is ignored", "leave the rest out"
            )
        return zip(keys, fields, strict=False)


class _Text(str):
    """A part of a colon string: the only text that is read as a number."""

    __slots__ = ()


def read_number(path: str, raw: Any) -> Number:
    """A finite number, whole where it was written whole. Raises Refused."""
    if isinstance(raw, _Text):
        return _number_from_text(path, raw)
    if not is_number(raw):
        remedy = "write it without quotes" if isinstance(raw, str) and _DECIMAL.fullmatch(raw) else ""
        raise Refused(path, f"{show(raw)} is not a number", remedy)
    if not _is_finite(raw):
        raise Refused(path, f"{show(raw)} is not a finite number")
    return raw


def _number_from_text(path: str, text: str) -> Number:
    if not _DECIMAL.fullmatch(text):
        raise Refused(path, f"{show(str(text))} is not a number")
    if len(text) > _LONGEST or not _is_finite(float(text)):
        raise Refused(path, f"{show(str(text))} is too large")
    return int(text) if _WHOLE.fullmatch(text) else float(text)


def _is_finite(value: Number) -> bool:
    try:
        return isfinite(value)
    except OverflowError:
        return False


def show(value: Any) -> str:
    """A value as it stands in a message: text in quotes, never long."""
    text = f"{value:.6g}" if isinstance(value, float) and abs(value) < 1e15 else repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
