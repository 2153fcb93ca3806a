"""kubectl with our CRDs: it reads YAML as our loader does, and what it shows reads well."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from cluster import binaries
from cluster.choose import Cluster
from cluster.client import Api, Json
from integration.served import group, install
from leadline.api import names
from leadline.api.schema import to_dict
from leadline.api.status import Best, Counts, GroupStatus
from leadline.api.trial import TrialStatus
from leadline.api.yaml_loader import YamlError, load
from leadline.search.registry import ALGORITHMS

Kubectl = Callable[..., "subprocess.CompletedProcess[str]"]

SCALARS = """
1e-5 1E5 1e3 12e03 1e-400 1e400 -1e400 1e20 1e21 1e22 1.5e300 017 0o17 0O17 -017 +017 0777 08 09.5 0x1F -0x1f 0X1F
0b11 -0b11 0B11 0b12 0x 0o8 0o 0b 00 000 12:30 190:20:30.15 1:30:20 2024-01-01 2024-1-1 2024-01-01T10:00:00Z
2001-12-14t21:59:43.10-05:00 3.0 0.0 -0.0 -0 +0 1. 1.e3 +5 -5 .5 -.5 +.5 .5e3 .5_0 ._5 .5_ .5__0 .5e1_0 .5e_1 1_000
1_0.5 1_ _1 0_1 0x1_F 0b1_1 5e_3 5e3_0 -_5 0x_5 0_x5 9223372036854775807 9223372036854775808 -9223372036854775809
12345678901234567890 123456789012345678901234567890 18446744073709551616 0x7FFFFFFFFFFFFFFF 0xFFFFFFFFFFFFFFFF
0x1FFFFFFFFFFFFFFFF 1152921504606846976.0 9007199254740993.0 9007199254740993 0.1 1e-7 0.000001 . .. + -- -a +a 1a
1e 1e+ e5 0x1p-2 1,000 1.2.3 y Y yes Yes YES yES on On ON n N no No NO off Off OFF true True TRUE tRUE false False
FALSE ~ null Null NULL nULL NaN inf Inf <<x =x
"""
"""Unquoted scalars that YAML readers disagree on."""


@pytest.fixture(scope="module")
def api(api_server: Cluster) -> Api:
    api = api_server.api()
    install(api)
    return api


@pytest.fixture(scope="module")
def kubectl(api_server: Cluster, api: Api) -> Kubectl:
    program = [str(binaries.find("kubectl")), f"--kubeconfig={api_server.kubeconfig()}"]

    def run(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run([*program, *arguments], input=text, capture_output=True, text=True)

    return run


def sent(kubectl: Kubectl, spec: str) -> Any:
    """What kubectl would send as the spec, None if it can't read the file."""
    head = f"apiVersion: {names.API_VERSION}\nkind: {names.GROUP_KIND}\nmetadata: {{name: x}}\nspec:\n"
    answer = kubectl(
        "create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-", text=head + spec
    )
    return (
        json.loads(answer.stdout, parse_int=as_the_server_reads)["spec"] if answer.returncode == 0 else None
    )


def as_the_server_reads(text: str) -> int | float:
    number = int(text)
    return number if -(2**63) <= number < 2**63 else float(text)


def read(spec: str) -> Any:
    return load(f"spec:\n{spec}")[0].value["spec"]


def test_scalars_are_read_as_kubectl_reads_them(kubectl: Kubectl) -> None:
    spec = "".join(f"  - {scalar}\n" for scalar in SCALARS.split())

    theirs, ours = sent(kubectl, spec), read(spec)

    typed = zip(SCALARS.split(), map(type_and_value, theirs), map(type_and_value, ours), strict=True)
    assert [row for row in typed if row[1] != row[2]] == []


def type_and_value(value: Any) -> tuple[type, Any]:
    return type(value), value


@pytest.mark.parametrize(
    "spec",
    [
        "  {a: &a {p: 1, q: 2}, b: &b {p: 3, r: 4}, c: {<<: *a, p: 9}, d: {<<: [*a, *b]}, e: {<<: *a, <<: *b}}",
        "  {a: &a {p: 1}, b: {p: 9, <<: *a}}",
        "  {1: a, 017: b, 1.5: c, yes: d, 1_000: e}",
        '  {a: !!str 5, b: !!int "5", c: !!float 1, d: !!bool yes, e: !!null "", f: ! 5, g: "<<"}',
        "  a: >-\n    two\n    words\n\n    here\n  b: |+\n    kept\n\n",
        "  {a: 'it''s', b: \"\\u00e9\\x41\\n\", c: a b, d: [a , b]}",
    ],
)
def test_documents_are_read_as_kubectl_reads_them(kubectl: Kubectl, spec: str) -> None:
    assert read(spec) == sent(kubectl, spec)


@pytest.mark.parametrize(
    "spec",
    ["  a: .inf", "  a: -.Inf", "  a: .NaN", "  {? [a] : b}", "  {{ lr }}", "  a: !!int x", "  a: *none"],
)
def test_what_kubectl_can_not_read_is_refused(kubectl: Kubectl, spec: str) -> None:
    assert sent(kubectl, spec) is None
    with pytest.raises(YamlError):
        read(spec)


def test_explain_tells_of_each_field_of_a_matrix(kubectl: Kubectl) -> None:
    told = kubectl("explain", "og.spec.matrix").stdout

    assert "The search: algorithm, space and number of trials" in told
    assert "How many trials run at once." in told
    assert "Default: 10." in told.replace("\n    ", " ")
    assert "enum: auto, grid, random, mapping, ...." in told, "kubectl prints the first four of many"
    assert all(f"{kind}: " in told for kind in ALGORITHMS), "each is described"
    assert "kind\t<string> -required-" in told
    assert "<no description>" not in told


@pytest.mark.parametrize(
    "path", ["og", "og.spec.termination", "og.spec.matrix.params", "og.status", "ogt.spec", "ogt.status"]
)
def test_explain_leaves_no_field_without_a_word(kubectl: Kubectl, path: str) -> None:
    told = kubectl("explain", path)

    assert told.returncode == 0
    assert "<no description>" not in told.stdout


def trial(number: int, **params: Any) -> Json:
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.TRIAL_KIND,
        "metadata": {"name": f"digits-{number}", "labels": {names.LABEL_GROUP: "digits"}},
        "spec": {"number": number, "params": params, "history": 0},
    }


def with_status(api: Api, thing: Json, namespace: str, status: object) -> None:
    api.create(thing, namespace)
    name = thing["metadata"]["name"]
    change = {"status": to_dict(status)}
    api.patch(thing["apiVersion"], thing["kind"], name, change, namespace, subresource="status")


def table(text: str) -> list[list[str]]:
    """The rows of a kubectl table, cut at its headers."""
    header, *lines = text.splitlines()
    starts = [
        i for i, character in enumerate(header) if character != " " and (i == 0 or header[i - 1] == " ")
    ]
    return [
        [line[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True)]
        for line in (header, *lines)
    ]


def test_get_shows_how_a_group_is_doing(api: Api, kubectl: Kubectl, namespace: str) -> None:
    status = GroupStatus(
        state=names.GroupState.SEARCHING,
        message="4 of 4 places taken",
        progress="12/50",
        counts=Counts(running=4, succeeded=12),
        best=Best("digits-7", 7, 0.9833, {"C": 1.5}),
    )
    with_status(
        api,
        group("digits", matrix={"metric": {"name": "accuracy", "optimization": "maximize"}}),
        namespace,
        status,
    )
    api.create(group("new"), namespace)

    rows = table(kubectl("get", "og", "-n", namespace, "-o", "wide").stdout)

    assert rows[0] == [
        "NAME",
        "ALGORITHM",
        "PROGRESS",
        "RUNNING",
        "BEST",
        "STATE",
        "AGE",
        "METRIC",
        "MESSAGE",
    ]
    assert rows[1][:6] + rows[1][7:] == [
        *("digits", "random", "12/50", "4", "0.9833", "Searching", "accuracy", "4 of 4 places taken")
    ]
    assert rows[2][:6] == ["new", "random", "", "", "", "Pending"]


def test_get_shows_what_each_trial_tries_and_came_to(api: Api, kubectl: Kubectl, namespace: str) -> None:
    done = TrialStatus(state=names.TrialState.SUCCEEDED, value=0.9833, node="gpu-1")
    with_status(api, trial(0, C=1.5, gamma=1e-5, kernel="rbf"), namespace, done)
    with_status(
        api,
        trial(1, C=0.1, layers=[64, 32], kernel=None),
        namespace,
        TrialStatus(state="Running", node="gpu-2"),
    )
    api.create(trial(2, C=3), namespace)

    rows = table(kubectl("get", "ogt", "-n", namespace).stdout)

    assert rows[0] == ["NAME", "GROUP", "PARAMS", "VALUE", "STATE", "NODE", "AGE"]
    assert [row[:6] for row in rows[1:]] == [
        ["digits-0", "digits", '{"C":1.5,"gamma":0.00001,"kernel":"rbf"}', "0.9833", "Succeeded", "gpu-1"],
        ["digits-1", "digits", '{"C":0.1,"kernel":null,"layers":[64,32]}', "", "Running", "gpu-2"],
        ["digits-2", "digits", '{"C":3}', "", "Pending", ""],
    ]


def test_finished_trials_can_be_left_out_of_a_list_by_their_state(
    api: Api, kubectl: Kubectl, namespace: str
) -> None:
    for number, state in enumerate([*names.TrialState]):
        with_status(api, trial(number, x=1), namespace, TrialStatus(state=state))
    api.create(trial(99, x=1), namespace)
    unfinished = ",".join(f"status.state!={state}" for state in sorted(names.FINAL_STATES))

    found = api.list(names.API_VERSION, names.TRIAL_KIND, namespace, fields=unfinished)

    assert {thing["status"]["state"] for thing in found} == {"Pending", "Running", "Paused"}
    assert len(found) == 4
    assert len(api.list(names.API_VERSION, names.TRIAL_KIND, namespace, fields="spec.number=99")) == 1


def test_all_resources_are_listed_by_their_category(api: Api, kubectl: Kubectl, namespace: str) -> None:
    api.create(group("digits"), namespace)
    api.create(trial(0, x=1), namespace)

    listed = kubectl("get", "leadline", "-n", namespace, "-o", "name").stdout.split()

    assert listed == ["optimizationgroup.leadline.dev/digits", "trial.leadline.dev/digits-0"]
