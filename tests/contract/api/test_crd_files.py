"""What is promised of the CRDs whatever fields they have: generated, bounded, described, small enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from leadline.api.crd import crds
from leadline.api.fields import Schema
from leadline.api.manifests import crd_files, policy_text
from leadline.api.policy import policy
from leadline.api.resources import GROUP, TRIAL

CRDS = Path(__file__).parents[3] / "crds"
KIB = 1024


def fields(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every field that the schema names, items of lists and values of maps included."""
    yield path, schema
    for name, inner in (schema.properties or {}).items():
        yield from fields(inner, f"{path}.{name}")
    if schema.items is not None:
        yield from fields(schema.items, f"{path}[]")
    if schema.additional is not None:
        yield from fields(schema.additional, f"{path}.*")


OWN_FIELDS = [
    pytest.param(schema, id=f"{resource.kind}{path}")
    for resource in (GROUP, TRIAL)
    for path, schema in fields(resource.schema)
    if path.startswith((".spec", ".status"))
]


def test_the_files_are_what_the_types_say() -> None:
    assert {path.name: path.read_text() for path in CRDS.glob("*.yaml")} == crd_files()


def test_the_yaml_reads_back_as_the_objects() -> None:
    assert [yaml.safe_load(text) for text in crd_files().values()] == crds()
    assert list(yaml.safe_load_all(policy_text())) == policy()


@pytest.mark.parametrize("text", [*crd_files().values(), policy_text()], ids=[*crd_files(), "policy"])
def test_a_file_is_small_enough_for_plain_kubectl_apply(text: str) -> None:
    # kubectl keeps a copy in an annotation, and annotations take 256 KiB in all.
    assert len(text.encode()) < 200 * KIB


@pytest.mark.parametrize("schema", OWN_FIELDS)
def test_a_field_is_bounded(schema: Schema) -> None:
    bounded = {
        "string": schema.max_length is not None or bool(schema.enum),
        "array": schema.max_items is not None,
        "object": schema.properties is not None or schema.max_properties is not None,
    }
    assert bounded.get(schema.type, True)


@pytest.mark.parametrize("schema", [case for case in OWN_FIELDS if not str(case.id).endswith(("[]", ".*"))])
def test_a_field_is_described_in_a_sentence(schema: Schema) -> None:
    assert schema.description[:1].isupper() or not schema.description[:1].isalpha()
    assert schema.description.endswith((".", ")"))


@pytest.mark.parametrize("crd", crds(), ids=lambda crd: crd["metadata"]["name"])
def test_a_crd_has_one_version_that_is_served_and_stored(crd: dict[str, object]) -> None:
    spec = crd["spec"]
    assert isinstance(spec, dict)
    (version,) = spec["versions"]
    assert version["served"]
    assert version["storage"]
    assert version["subresources"] == {"status": {}}
    assert "leadline" in spec["names"]["categories"]


def test_the_columns_are_those_of_the_manual() -> None:
    columns = {
        crd["spec"]["names"]["shortNames"][0]: [
            column["name"] + ("*" if column.get("priority") else "")
            for column in crd["spec"]["versions"][0]["additionalPrinterColumns"]
        ]
        for crd in crds()
    }

    assert columns == {
        "og": ["Algorithm", "Progress", "Running", "Best", "State", "Age", "Metric*", "Message*"],
        "ogt": ["Group", "Params", "Value", "State", "Node", "Age", "Message*"],
    }
