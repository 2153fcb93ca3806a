"""YAML and JSON files as kubectl reads them, with the line and column of every field.

Text in, documents out. Stricter than kubectl where it loses or changes what was written without a word: a key
that stands twice, and an unquoted key that YAML reads as something else than text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from leadline.api.yaml_compose import MAX_DEPTH, MAX_NODES, Composer, Position, YamlError
from leadline.api.yaml_scalars import as_json_reads
from leadline.problems import Problem

__all__ = ["Document", "Position", "YamlError", "load"]

_START: Final = Position(1, 1)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file.

    positions: from a field's path to the place of its key, or of itself in a list; "" is the whole document.
    problems: what kubectl would take and we refuse; paths as in positions.
    """

    value: Any
    positions: Mapping[str, Position]
    problems: tuple[Problem, ...] = ()

    def position(self, path: str) -> Position:
        """Where a field stands or, if it is not there, the nearest field around it."""
        while path and path not in self.positions:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.positions.get(path, _START)


def load(text: str) -> tuple[Document, ...]:
    """All documents of a file; empty ones are left out.

    Raises YamlError for what is neither YAML nor JSON, is too large or too deep, or has a tag of its own.
    """
    if text.lstrip().startswith("{"):
        document = _load_json(text)
        if document is not None:
            return (document,)
    try:
        return tuple(_documents(text))
    except yaml.MarkedYAMLError as error:
        raise _unreadable(error, text) from None
    except yaml.reader.ReaderError as error:
        position = _position_of(text, error.position)
        raise YamlError("a control character stands here", position, "remove it") from None


def _position_of(text: str, index: int) -> Position:
    before = text[:index]
    return Position(before.count("\n") + 1, index - before.rfind("\n"))


def _documents(text: str) -> Iterator[Document]:
    events = yaml.parse(text, Loader=yaml.SafeLoader)
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            composer = Composer(events)
            value = composer.compose(next(events))
            if value is not None:
                yield Document(value, composer.positions, tuple(composer.problems))


def _load_json(text: str) -> Document | None:
    """What starts with { is JSON to kubectl if it can be; YAML reads some escapes and tabs otherwise."""
    try:
        value = json.loads(text, parse_int=_json_number, parse_float=_json_number, parse_constant=_refuse)
    except OverflowError as error:
        found = str(error)
        message = f"no number in JSON is as great as {found if len(found) < 20 else found[:20] + '...'}"
        raise YamlError(message, _position_of(text, text.index(found)), "quote it if text is meant") from None
    except (ValueError, RecursionError):
        return None
    _refuse_excess(value)
    try:
        (as_yaml,) = _documents(text)
    except (ValueError, yaml.YAMLError):
        return Document(value, {"": _START})
    return Document(value, as_yaml.positions, as_yaml.problems)


def _refuse_excess(value: Any) -> None:
    """The bounds that the composer has; level by level, since depth is what may be too great."""
    level, nodes = [value], 0
    for _ in range(MAX_DEPTH + 1):
        nodes += len(level)
        if not level or nodes > MAX_NODES:
            break
        level = [item for outer in level for item in _items(outer)]
    if level:
        raise YamlError(
            f"more than {MAX_DEPTH} lists and maps within each other, or {MAX_NODES} values", _START
        )


def _items(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _json_number(text: str) -> int | float:
    if math.isinf(float(text)):
        raise OverflowError(text)
    return as_json_reads(float(text) if set(text) & set(".eE") else int(text))


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _unreadable(error: yaml.MarkedYAMLError, text: str) -> YamlError:
    mark = error.problem_mark or error.context_mark
    position = _START if mark is None else Position(mark.line + 1, mark.column + 1)
    line = text.splitlines()[position.line - 1] if position.line <= len(text.splitlines()) else ""
    problem = error.problem or error.context or "this is not YAML"
    if "\t" in line[: position.column]:
        remedy = "indent with spaces, not with tabs"
    elif "{{" in line:
        remedy = 'put the whole text with {{ }} in quotes: "{{ name }}"'
    elif problem.startswith("expected ',' or"):
        remedy = "close the bracket, or put the text in quotes"
    else:
        remedy = ""
    return YamlError(problem, position, remedy)
