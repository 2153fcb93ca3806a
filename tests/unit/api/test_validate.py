"""Whole documents: what the table of bad files does not show."""

from __future__ import annotations

from typing import Any

import pytest

from leadline.api.json_values import json_type, same
from leadline.api.names import job_name, trial_name
from leadline.api.validate import stored, validate_group


def group(**metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "leadline.dev/v1alpha1",
        "kind": "OptimizationGroup",
        "metadata": {"name": "good", **metadata},
        "spec": {
            "matrix": {"kind": "grid", "params": {"lr": {"kind": "choice", "value": [0.1, 1.0]}}},
            "template": {"spec": {"containers": [{"name": "train"}]}},
        },
    }


def paths(doc: Any) -> list[str]:
    return [problem.path for problem in validate_group(doc)]


@pytest.mark.parametrize("thing", [None, [], "text", 3, {}, {"kind": "OptimizationGroup"}], ids=str)
def test_anything_at_all_can_be_asked_about(thing: Any) -> None:
    assert validate_group(thing)


@pytest.mark.parametrize("part", ["metadata", "spec"])
@pytest.mark.parametrize("value", [None, [], "text", 3, True, {}], ids=str)
def test_a_part_of_the_wrong_type_is_told_under_its_path(part: str, value: Any) -> None:
    found = paths({**group(), part: value})

    assert found
    assert all(path.startswith(part) for path in found)


@pytest.mark.parametrize(
    ("metadata", "path"),
    [
        ({"name": None, "generateName": "search-"}, None),
        ({"name": "a" * 46}, None),
        ({"name": "a" * 47}, "metadata.name"),
        ({"name": None, "generateName": "a" * 41}, None),
        ({"name": None, "generateName": "a" * 42}, "metadata.name"),
        ({"name": None, "generateName": "Search-"}, "metadata.generateName"),
        ({"name": ""}, "metadata.name"),
        ({"name": 5}, "metadata.name"),
        ({"name": "-a"}, "metadata.name"),
        ({"labels": {"example.org/team": "blue_1.x"}}, None),
        ({"labels": {"team": None}}, None),
        ({"labels": {"team": 5}}, "metadata.labels.team"),
        ({"labels": {"team": "a" * 64}}, "metadata.labels"),
        ({"labels": {"a/b/c": "x"}}, "metadata.labels"),
        ({"labels": {"/c": "x"}}, "metadata.labels"),
        ({"annotations": {"Team/Colour": "any text at all\n"}}, None),
        ({"annotations": {"a b": "x"}}, "metadata.annotations"),
        ({"annotations": {"a": "x" * 300_000}}, "metadata.annotations"),
        ({"uid": "1", "resourceVersion": "5", "managedFields": [{}], "creationTimestamp": None}, None),
        ({"nmae": "x"}, "metadata.nmae"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_metadata_follows_kubernetes_rules(metadata: dict[str, Any], path: str | None) -> None:
    assert paths(group(**metadata)) == ([path] if path else [])


def test_a_document_copied_from_the_cluster_is_good() -> None:
    assert validate_group({**group(), "status": {"state": "Searching", "anything": {"else": 1}}}) == ()


def test_a_misspelt_name_and_a_misspelt_field_are_told_together() -> None:
    bad = group(name="Bad")
    bad["spec"]["matrix"]["concurency"] = 3

    assert paths(bad) == ["metadata.name", "spec.matrix.concurency"]


def test_what_is_stored_has_the_servers_defaults() -> None:
    spec = stored(group())["spec"]

    assert spec["matrix"]["concurrency"] == 10
    assert spec["termination"] == {"maxRetries": 0, "ttl": 3600, "pendingDeadline": 3600}
    assert spec["metrics"] == {"follow": False, "patterns": []}
    assert (spec["suspend"], spec["podSecurity"]) == (False, "baseline")
    assert "seed" not in spec["matrix"]


def test_names_of_trials_and_jobs_count_trials_from_0_and_attempts_from_1() -> None:
    assert trial_name("digits", 0) == "digits-0"
    assert job_name("digits", 0, 1) == "digits-0-1"


def test_the_longest_name_of_a_job_is_a_dns_label() -> None:
    from leadline.api.names import MAX_ATTEMPT, MAX_GROUP_NAME, MAX_NUMBER

    assert len(job_name("a" * MAX_GROUP_NAME, MAX_NUMBER, MAX_ATTEMPT)) <= 63


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (False, 0, False),
        (None, None, True),
        ({"a": 1}, {"b": 1}, False),
        ({"a": None}, {}, False),
        ([1, [True]], [1.0, [True]], True),
        ([1, 2], [2, 1], False),
        ("1", 1, False),
    ],
)
def test_json_values_are_equal_as_the_server_sees_it(left: Any, right: Any, equal: bool) -> None:
    assert same(left, right) is equal
    assert same(right, left) is equal


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (3.0, "integer"),
        (2**63, "number"),
        (-(2**63), "integer"),
        (1e17, "number"),
        (True, "boolean"),
        ((), "array"),
    ],
)
def test_numbers_have_the_type_that_the_server_sees(value: Any, kind: str) -> None:
    assert json_type(value) == kind
