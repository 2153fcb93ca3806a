"""Words for what ``structure.py`` finds: what is wrong, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Final

from leadline.api.fields import Schema
from leadline.api.json_values import json_type
from leadline.problems import Problem

_A: Final = {
    "array": "a list",
    "object": "a map",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
"""JSON's types in words for people."""


def wrong_type(schema: Schema, value: Any, path: str) -> Problem:
    """The value is of another type than the schema's."""
    found = json_type(value)
    remedy = ""
    if schema.type == "string" and found in ("integer", "number", "boolean"):
        remedy = f'put it in quotes: "{_plain(value)}"'
    elif schema.type in ("integer", "number", "boolean") and found == "string":
        remedy = "write it without quotes" if _reads_as(schema.type, value) else _purpose(schema)
    elif schema.type == "array" and found not in ("object", "null"):
        remedy = f"write a list: [{_plain(value)}]"
    elif schema.type == "object":
        remedy = f"write a map with {', '.join(schema.required or schema.properties or ('a name for each entry',))}"
    return Problem(path, f"must be {_A[schema.type]}, not {_shown(value, found)}", remedy)


def not_one_of(schema: Schema, value: Any, path: str) -> Problem:
    """The value is none of the schema's options."""
    options = [str(option) for option in schema.enum]
    guess = closest(str(value), options)
    hint = f"did you mean {guess}?" if guess else ""
    return Problem(path, f"must be one of {', '.join(options)}, not {_shown(value, json_type(value))}", hint)


def missing(key: str, schema: Schema, path: str) -> Problem:
    """A required field is not there."""
    purpose = _purpose(schema)
    return Problem(path, "is missing", f"add {key}: {purpose}" if purpose else f"add {key}")


def unknown_field(root: Schema, schema: Schema, key: str, path: str) -> Problem:
    """A field that the schema does not name: misspelt, misplaced or made up."""
    known = list(schema.properties or ())
    longer = [name for name in known if _letters(name).startswith(_letters(key))]
    guess = closest(key, known) or (longer[0] if len(longer) == 1 else "")
    homes = [] if guess else [home for home in _homes(root, "") if home.rpartition(".")[2] == key]
    if guess:
        remedy = f"did you mean {guess}?"
    elif homes:
        remedy = f"it belongs at {homes[0]}"
    else:
        remedy = f"remove it; the fields here are {', '.join(known)}"
    return Problem(path, "unknown field", remedy)


def _homes(schema: Schema, path: str) -> Iterator[str]:
    """Paths of all named fields, outer ones first."""
    children = {f"{path}.{key}" if path else key: inner for key, inner in (schema.properties or {}).items()}
    yield from children
    for inner_path, inner in children.items():
        yield from _homes(inner, inner_path)


def closest(word: str, options: Sequence[str]) -> str:
    """The option that a person most likely meant, or nothing."""
    by_letters = {_letters(option): option for option in options}
    if _letters(word) in by_letters:
        return by_letters[_letters(word)]
    found = get_close_matches(_letters(word), by_letters, n=1, cutoff=0.7)
    return by_letters[found[0]] if found else ""


def counted(number: int, unit: str) -> str:
    """A number with its unit, in the singular or the plural."""
    plural = "entries" if unit == "entry" else f"{unit}s"
    return f"{number} {unit if number == 1 else plural}"


def _purpose(schema: Schema) -> str:
    """What the field is for, from the start of its description."""
    start = re.split("[.;] ", schema.description)[0].rstrip(".")
    return f"{start[:1].lower()}{start[1:]}"


def _letters(word: str) -> str:
    """``num_runs``, ``num-runs`` and ``numruns`` are meant as numRuns."""
    return word.replace("_", "").replace("-", "").lower()


def _reads_as(wanted: str, text: str) -> bool:
    if wanted == "boolean":
        return text in ("true", "false")
    try:
        number = float(text)
    except ValueError:
        return False
    return wanted == "number" or number.is_integer()


def _shown(value: Any, found: str) -> str:
    if found in ("object", "array", "null"):
        return _A[found]
    if found == "string":
        return f'the text "{_short(value)}"'
    return _plain(value)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
