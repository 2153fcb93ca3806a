"""The chart's values: each documented, each in the schema, and nothing that is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import click
import pytest
import yaml

import leadline
from chart import CHART, HelmFailed, Json, helm, render
from leadline.controller.main import main

SCHEMA: Json = json.loads((CHART / "values.schema.json").read_text())
VALUES_TEXT = (CHART / "values.yaml").read_text()
VALUES: Json = yaml.safe_load(VALUES_TEXT)

# Never in values.yaml: Helm gives them to a chart that is part of another.
FROM_A_PARENT = {"global", "enabled"}


def own_paths(values: Json, schema: Json, path: str = "") -> Iterator[str]:
    """Every value that is the chart's own to say; what is a pod's or a Kubernetes object's is that one's."""
    for key, value in values.items():
        yield f"{path}{key}"
        inner = schema["properties"].get(key, {})
        if isinstance(value, dict) and "properties" in inner:
            yield from own_paths(value, inner, f"{path}{key}.")


def schema_paths(schema: Json, path: str = "") -> Iterator[str]:
    for key, inner in schema["properties"].items():
        yield f"{path}{key}"
        if "properties" in inner:
            yield from schema_paths(inner, f"{path}{key}.")


def objects_in(schema: Any) -> Iterator[Json]:
    """Every part of the schema that names the keys of an object."""
    if isinstance(schema, dict):
        if "properties" in schema and "type" in schema:
            yield schema
        for inner in schema.values():
            yield from objects_in(inner)


def test_the_chart_has_the_version_of_the_operator_it_installs() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert (chart["version"], chart["appVersion"]) == (leadline.__version__, leadline.__version__)


def test_the_chart_is_clean() -> None:
    helm("lint", "--strict", CHART)


def test_values_and_schema_name_the_same() -> None:
    unset = {"resources.claims"}  # nothing that a default could be given for

    assert set(own_paths(VALUES, SCHEMA)) == set(schema_paths(SCHEMA)) - FROM_A_PARENT - unset


def test_no_part_of_the_schema_lets_in_what_it_does_not_name() -> None:
    parts = list(objects_in(SCHEMA))

    assert len(parts) > 10
    assert [part for part in parts if part.get("additionalProperties") is not False] == []


def explained_paths(text: str) -> set[str]:
    """The values that have a comment in the line above."""
    found, above, before = set(), [""] * 10, ""
    for line in text.splitlines():
        key, colon, _ = line.strip().partition(":")
        if colon and not key.startswith("#"):
            depth = (len(line) - len(line.lstrip())) // 2
            above[depth] = key
            if before.startswith("#"):
                found.add(".".join(above[: depth + 1]))
        before = line.strip()
    return found


def test_every_value_is_explained_in_the_line_above() -> None:
    leaves = set(own_paths(VALUES, SCHEMA)) - parents(SCHEMA)

    assert leaves - explained_paths(VALUES_TEXT) == set()


def parents(schema: Json) -> set[str]:
    """The values that are only there to hold others."""
    return {path.rpartition(".")[0] for path in schema_paths(schema)}


def test_the_schema_bounds_settings_as_the_operator_does() -> None:
    options = {option.name: option.type for option in main.params}

    for name, schema in SCHEMA["properties"]["settings"]["properties"].items():
        own = options[re.sub(r"([A-Z])", r"_\1", name).lower()]
        if isinstance(own, click.Choice):
            assert schema["enum"] == list(own.choices)
        elif isinstance(own, (click.IntRange, click.FloatRange)):
            assert (schema["minimum"], schema["maximum"]) == (own.min, own.max)


def test_a_chart_around_this_one_may_say_its_own() -> None:
    assert render({"global": {"imageRegistry": "mirror"}, "enabled": True})


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"replica": 2}, "additional properties 'replica' not allowed"),
        ({"image": {"name": "x"}}, "additional properties 'name' not allowed"),
        ({"settings": {"worker": 2}}, "additional properties 'worker' not allowed"),
        ({"replicas": "2"}, "at '/replicas': got string, want integer"),
        ({"settings": {"workers": 0}}, "at '/settings/workers': minimum"),
        ({"settings": {"logLevel": "LOUD"}}, "at '/settings/logLevel'"),
        ({"namespaces": "default"}, "at '/namespaces': got string, want array"),
        ({"namespaces": ["Team A"]}, "at '/namespaces/0'"),
        ({"namespaces": ["a", "a"]}, "at '/namespaces': items at 0 and 1 are equal"),
        ({"image": {"pullPolicy": "Sometimes"}}, "at '/image/pullPolicy'"),
        ({"image": {"digest": "abc"}}, "at '/image/digest'"),
        ({"podLabels": {"n": 1}}, "at '/podLabels/n': got number, want string"),
        ({"extraEnv": {"A": "b"}}, "at '/extraEnv': got object, want array"),
        ({"podMonitor": {"interval": "30"}}, "at '/podMonitor/interval'"),
        ({"networkPolicy": {"apiServerPorts": []}}, "at '/networkPolicy/apiServerPorts'"),
    ],
)
def test_a_mistake_is_refused_with_its_place(values: Json, complaint: str) -> None:
    with pytest.raises(HelmFailed) as refusal:
        render(values)

    assert complaint in str(refusal.value)
