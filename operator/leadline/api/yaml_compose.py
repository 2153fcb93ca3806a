"""One YAML document from its parser events: value, positions, and what was lost without a word.

Bounded in depth and in values; aliases count each time they are used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import yaml

from leadline.api.structure import join
from leadline.api.yaml_scalars import Scalar, resolve, resolve_tagged
from leadline.problems import Problem

MAX_NODES: Final = 200_000
"""Values in one document, those of an alias counted each time; a bomb of aliases has billions."""
MAX_DEPTH: Final = 100
"""Lists and maps within each other."""

_CORE_TAGS: Final = "tag:yaml.org,2002:"


class Position(NamedTuple):
    """A place in a file, both numbers from 1."""

    line: int
    column: int


class YamlError(ValueError):
    """A file that can't be read at all: where, why, and what to do."""

    def __init__(self, message: str, position: Position, remedy: str = "") -> None:
        super().__init__(f"line {position.line}, column {position.column}: {message}")
        self.message = message
        self.position = position
        self.remedy = remedy


@dataclass(slots=True)
class Composer:
    """Builds one value; the parser behind ``events`` does not recurse, this does, within MAX_DEPTH."""

    events: Iterator[yaml.Event]
    positions: dict[str, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    _nodes: int = 0

    def compose(self, event: yaml.Event, path: str = "", depth: int = 0) -> Any:
        """The value that starts with this event."""
        position = start(event)
        self.positions.setdefault(path, position)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, position)
        before = self._nodes
        self._count(1, position)
        if isinstance(event, yaml.ScalarEvent):
            value: Any = _scalar(event, position)
        elif depth == MAX_DEPTH:
            raise YamlError(f"more than {MAX_DEPTH} lists and maps within each other", position)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._list(path, depth)
        else:
            value = self._map(path, depth)
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            # Only now: a value can't contain itself.
            self._anchors[event.anchor] = (value, self._nodes - before)
        return value

    def _alias(self, event: yaml.AliasEvent, position: Position) -> Any:
        if event.anchor not in self._anchors:
            raise YamlError(
                f"*{event.anchor} is used, but nothing before it is marked &{event.anchor}", position
            )
        value, size = self._anchors[event.anchor]
        self._count(size, position)
        return value

    def _count(self, more: int, position: Position) -> None:
        self._nodes += more
        if self._nodes > MAX_NODES:
            raise YamlError(f"more than {MAX_NODES} values in one document", position)

    def _list(self, path: str, depth: int) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            values.append(self.compose(event, f"{path}[{len(values)}]", depth + 1))
        return values

    def _map(self, path: str, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        written: dict[str, Position] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            position = start(event)
            if _is_merge(event):
                self._merge(values, written, path, depth)
                continue
            key = self._key(event, path)
            inner = join(path, key)
            if key in written:
                self.problems.append(
                    Problem(
                        inner, f"stands twice, first in line {written[key].line}", "remove one of the two"
                    )
                )
            written[key] = self.positions[inner] = position
            values[key] = self.compose(next(self.events), inner, depth + 1)
        return values

    def _merge(self, values: dict[str, Any], written: Mapping[str, Position], path: str, depth: int) -> None:
        """``<<``: as in goyaml v2, what is merged wins over what stands before it in the map."""
        event = next(self.events)
        source = self.compose(event, join(path, "<<"), depth + 1)
        # Of several, the first wins, so it comes last.
        sources = list(reversed(source)) if isinstance(source, list) else [source]
        for merged in sources:
            if not isinstance(merged, Mapping):
                raise YamlError("<< merges maps, and this is none", start(event))
            for key in written.keys() & merged.keys():
                self.problems.append(
                    Problem(join(path, key), "is overwritten by the << after it", "write << first in the map")
                )
            values.update(merged)

    def _key(self, event: yaml.Event, path: str) -> str:
        position = start(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise YamlError(
                "a list or a map stands where a name must be",
                position,
                'put quotes around a text that starts with {{ or [: "{{ name }}"',
            )
        value = _scalar(event, position)
        key = _key_text(value)
        if key != event.value or not isinstance(value, int | str) or isinstance(value, bool):
            self.problems.append(
                Problem(
                    join(path, key),
                    f"YAML reads the name {event.value} as {key}",
                    f'quote it: "{event.value}"',
                )
            )
        return key


def start(event: yaml.Event) -> Position:
    """Where an event begins."""
    mark = event.start_mark
    assert mark is not None, "only events made by hand have no mark"
    return Position(mark.line + 1, mark.column + 1)


def _is_merge(event: yaml.Event) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]


def _key_text(value: Scalar) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _scalar(event: yaml.ScalarEvent, position: Position) -> Scalar:
    tag = event.tag
    if tag is None:
        value = resolve(event.value) if event.implicit[0] else event.value
    elif tag == "!":
        value = event.value
    else:
        try:
            value = resolve_tagged(tag.removeprefix(_CORE_TAGS), event.value)
        except ValueError as error:
            raise YamlError(str(error), position, "remove the tag, the word that starts with !") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise YamlError(
            f"JSON has no number {event.value}", position, "write a finite number, or quote the text"
        )
    return value
