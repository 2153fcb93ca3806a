"""What may change while a group runs: the server's verdict on each edit, and ours, at the same field."""

from __future__ import annotations

from typing import Any

import pytest

from bad_files.table import Edit, edits
from cluster.choose import Cluster
from cluster.client import Api, Json
from cluster.errors import ApiError
from integration.served import install, refusal_of_edit
from leadline.api import names
from leadline.api.schema import schema_of
from leadline.api.structure import check
from leadline.api.trial import TrialSpec


@pytest.fixture(scope="module")
def api(api_server: Cluster) -> Api:
    api = api_server.api()
    install(api)
    return api


def group(spec: Any, **metadata: Any) -> Json:
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.GROUP_KIND,
        "metadata": {"name": "edited", **metadata},
        "spec": spec,
    }


@pytest.mark.parametrize("row", edits(), ids=lambda row: row.edit)
def test_the_server_says_of_an_edit_what_the_table_says(api: Api, namespace: str, row: Edit) -> None:
    created = api.create(group(row.before), namespace)
    version = created["metadata"]["resourceVersion"]

    said = refusal_of_edit(api, group(row.after, resourceVersion=version), namespace)

    assert said is None if row.path == "" else said is not None and said.blames(row.path), said


def trial(**spec: Any) -> Json:
    good = {"number": 3, "params": {"lr": 0.1, "layers": [1, None]}, "history": 2, "origin": {"index": 3}}
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.TRIAL_KIND,
        "metadata": {"name": "edited-3"},
        "spec": {key: value for key, value in {**good, **spec}.items() if value is not None},
    }


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"stop": True}, ""),
        ({"number": 4}, "spec.number"),
        ({"params": {"lr": 0.2, "layers": [1, None]}}, "spec.params"),
        ({"params": {"lr": 0.1, "layers": [1, 2]}}, "spec.params"),
        ({"history": 0}, "spec.history"),
        ({"origin": {"index": 4}}, "spec.origin"),
        ({"origin": None}, "spec.origin"),
    ],
    ids=str,
)
def test_of_a_trial_only_stop_may_change(api: Api, namespace: str, changes: Json, path: str) -> None:
    version = api.create(trial(), namespace)["metadata"]["resourceVersion"]
    edited = trial(**changes)

    blamed = {
        f"spec.{problem.path}" for problem in check(schema_of(TrialSpec), edited["spec"], trial()["spec"])
    }

    edited["metadata"] |= {"resourceVersion": version, "namespace": namespace}
    assert blamed == ({path} if path else set())
    if path:
        with pytest.raises(ApiError, match=f"{path}: Invalid value: .* can't change after creation"):
            api.replace(edited)
    else:
        assert api.replace(edited)["spec"]["stop"] is True
