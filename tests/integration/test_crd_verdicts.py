"""A real API server refuses what our own check refuses, at the same field; and what it takes, so do we."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bad_files.table import Row, rows
from cluster import binaries
from cluster.choose import Cluster
from cluster.client import Api
from integration.served import group, install, refusal
from leadline.api.yaml_loader import YamlError, load

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))

# What a document is an object of is no field to the server: it stands in the address of the request as well.
TOLD_BY_FIELD = [
    row for row in rows() if row.layer in ("api", "search") and row.path not in ("apiVersion", "kind")
]


@pytest.fixture(scope="module")
def server(api_server: Cluster) -> Api:
    api = api_server.api()
    install(api)
    return api


@pytest.fixture(scope="module")
def kubectl(api_server: Cluster, server: Api) -> list[str]:
    return [str(binaries.find("kubectl")), f"--kubeconfig={api_server.kubeconfig()}"]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.file)
def test_kubectl_create_has_the_verdict_of_the_table(kubectl: list[str], row: Row) -> None:
    command = [*kubectl, "create", "--dry-run=server", "-f", str(row.place)]

    answer = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "HOME": "/nonexistent"}
    )

    assert ("accept" if answer.returncode == 0 else "refuse") == row.server, answer.stderr


@pytest.mark.parametrize("row", TOLD_BY_FIELD, ids=lambda row: row.file)
def test_the_server_blames_the_field_that_we_blame(server: Api, row: Row) -> None:
    (document,) = load(row.text)

    said = refusal(server, document.value, "default")

    assert (said is None) == (row.server == "accept")
    assert said is None or said.blames(row.path), said


@pytest.mark.parametrize("place", EXAMPLES, ids=lambda place: place.name)
def test_the_examples_are_taken(server: Api, place: Path) -> None:
    for document in load(place.read_text()):
        assert refusal(server, document.value, "default") is None


@pytest.mark.parametrize("row", [row for row in rows() if row.layer == "yaml"], ids=lambda row: row.file)
def test_what_is_no_yaml_to_kubectl_is_none_to_us(row: Row) -> None:
    if row.path == "":
        with pytest.raises(YamlError):
            load(row.text)
    else:
        assert load(row.text)[0].problems


def test_the_greatest_space_is_taken_within_the_servers_limits(server: Api) -> None:
    choice = {"kind": "choice", "value": ["x" * 10] * 1000}
    pchoice = {"kind": "pchoice", "value": [["y" * 5, 0.001]] * 1000}
    params = {f"parameter_{number:02}": (choice, pchoice)[number % 2] for number in range(64)}

    assert refusal(server, group(matrix={"params": params}), "default") is None


@pytest.mark.parametrize(("choices", "listed"), [(44, 45), (1000, 2), (100, 100)])
def test_the_most_conditions_are_taken_within_the_servers_limits(
    server: Api, choices: int, listed: int
) -> None:
    params: dict[str, Any] = {
        f"p{number:02}": {"kind": "choice", "value": list(range(choices))} for number in range(64)
    }
    names = list(params)
    for number in range(1, 64):
        # The last value is looked for the longest.
        parents = names[max(0, number - 16) : number]
        params[names[number]]["when"] = {parent: [choices - 1] * listed for parent in parents}

    assert refusal(server, group(matrix={"params": params}), "default") is None


def test_the_longest_mapping_is_taken_within_the_servers_limits(server: Api) -> None:
    values = [{f"parameter_{number:02}": 1 for number in range(40)} for _ in range(2000)]
    mapping = group()
    mapping["spec"]["matrix"] = {"kind": "mapping", "values": values}

    assert refusal(server, mapping, "default") is None
