"""The documents that tuners exchange are what their schemas, and the page about them, say that they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from leadline.search import Completed
from leadline.search.space.lookup import is_number
from leadline.search.tuner.answer import MOST_BYTES, MOST_STORED, read_answer
from leadline.search.tuner.errors import TunerAnswerError
from leadline.search.tuner.request import MOST_BYTES as MOST_ASKED
from leadline.search.tuner.request import VERSION, Question, build_request

from .pages import ROOT

PAGE = (ROOT / "docs" / "tuners.md").read_text()
REQUEST = json.loads((ROOT / "docs" / "tuner-request.schema.json").read_text())
ANSWER = json.loads((ROOT / "docs" / "tuner-answer.schema.json").read_text())
SHOWN = [json.loads(text) for text in re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)]

TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
KNOWN = {
    *("$schema", "title", "description", "type", "const", "enum", "required", "properties", "items"),
    *("minimum", "maximum", "maxItems", "minProperties", "maxProperties", "additionalProperties"),
}


def violations(schema: Mapping[str, Any], value: Any, path: str = "$") -> Iterator[str]:
    """What JSON Schema says against a value, for the words that our schemas use; an unknown word is an error."""
    assert set(schema) <= KNOWN, f"{path}: this test does not know {set(schema) - KNOWN}"
    types = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", list(TYPES))
    is_bool = isinstance(value, bool)
    if not any(isinstance(value, TYPES[name]) and (not is_bool or name == "boolean") for name in types):
        yield f"{path}: not of type {types}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{path}: not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: not one of {schema['enum']}"
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        yield from (f"{path}: no {name}" for name in schema.get("required", ()) if name not in value)
        if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
            yield f"{path}: {len(value)} properties"
        if schema.get("additionalProperties", True) is False:
            yield from (f"{path}: unknown {name}" for name in value if name not in fields)
        for name in value.keys() & fields.keys():
            yield from violations(fields[name], value[name], f"{path}.{name}")
    elif isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)):
            yield f"{path}: {len(value)} items"
        for index, item in enumerate(value):
            yield from violations(schema.get("items", {}), item, f"{path}[{index}]")
    elif is_number(value) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{path}: {value} is out of range"


def test_the_documents_on_the_page_follow_the_schemas() -> None:
    request, answer = SHOWN

    assert list(violations(REQUEST, request)) == []
    assert list(violations(ANSWER, answer)) == []
    assert read_answer(json.dumps(answer), None, request["most"]).suggestions == tuple(answer["suggestions"])


def test_requests_follow_their_schema_and_say_what_the_page_shows() -> None:
    history = [
        Completed(0, {"C": 10.0}, 1, "succeeded", 0.97),
        Completed(1, {"C": 0.3}, 2, "failed", None),
    ]
    shown = SHOWN[0]
    built = json.loads(build_request("digits", shown["matrix"], 7, Question(1, 4, 1000), history))

    assert built == shown
    assert list(violations(REQUEST, built)) == []
    assert built.keys() == REQUEST["properties"].keys()


def test_a_result_of_a_rung_follows_the_schema() -> None:
    history = [Completed(3, {"C": 1}, 9, "stopped", 0.5, resource=27, attempt=2)]

    built = json.loads(build_request("g", {"kind": "iterative"}, 0, Question(0, 1, 1), history))
    assert list(violations(REQUEST, built)) == []
    assert built["history"][0].keys() == REQUEST["properties"]["history"]["items"]["properties"].keys()


@pytest.mark.parametrize(
    "answer",
    [
        {"suggestions": [{"x": 1}], "done": 1},
        {"suggestions": [1]},
        {"suggestions": {}},
        {"suggestion": []},
        {"suggestions": [{}]},
        {"version": "leadline.dev/tuner/v2", "suggestions": []},
        [],
    ],
)
def test_what_the_schema_refuses_is_refused(answer: Any) -> None:
    assert list(violations(ANSWER, answer)) != []
    with pytest.raises(TunerAnswerError):
        read_answer(json.dumps(answer), None, 1000)


def test_the_bounds_and_the_version_are_those_of_the_program() -> None:
    assert f"at most {MOST_ASKED // 1024} KiB" in PAGE
    assert (
        f"at most {MOST_BYTES >> 20} MiB, of which the suggestions may take {MOST_STORED // 1024} KiB" in PAGE
    )
    assert REQUEST["properties"]["version"]["const"] == ANSWER["properties"]["version"]["const"] == VERSION
