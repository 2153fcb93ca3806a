from __future__ import annotations

import re
from typing import Any

import pytest
from kubernetes import client

from leadline.template.places import Place
from leadline.template.pod_fields import EXPANDED, TEXT, fields

# Written by the API server or not allowed in a pod template.
UNWRITTEN = {
    "creationTimestamp", "deletionTimestamp", "ephemeralContainers", "managedFields", "ownerReferences",
    "resourceVersion", "selfLink", "uid",
}  # fmt: skip
SAME_TYPE = {"ProbeExecAction": "ExecAction"}  # a probe's command is expanded, a hook's is not


def model(name: str) -> Any:
    name = SAME_TYPE.get(name, name)
    return getattr(client, f"V1{name}", None) or getattr(client, f"CoreV1{name}")


def test_the_table_lists_every_text_field_of_the_kubernetes_types_and_no_other() -> None:
    table = fields()
    for type_name, shapes in table.items():
        wanted = {}
        for attribute, declared in model(type_name).openapi_types.items():
            key = model(type_name).attribute_map[attribute]
            match = re.fullmatch(r"(?:(List)|(Dict))\[(?:str, )?(\w+)\]", declared)
            mark = "" if not match else "[]" if match[1] else "{}"
            base = re.sub("^(Core)?V1", "", match[3] if match else declared)
            if key not in UNWRITTEN and (base == "str" or base in table):
                wanted[key] = mark + (TEXT if base == "str" else base)
        listed = {
            key: re.sub("Probe(?=ExecAction)", "", shape.replace("$", "")) for key, shape in shapes.items()
        }
        assert listed == wanted, type_name


def test_exactly_the_fields_that_the_kubelet_expands_are_marked() -> None:
    # kubelet: ExpandContainerCommandAndArgs, makeEnvironmentVariables, ExpandContainerVolumeMounts,
    # and the prober's ExpandContainerCommandOnlyStatic.
    marked = {
        (name, key) for name, shapes in fields().items() for key, shape in shapes.items() if EXPANDED in shape
    }

    assert marked == {
        ("Container", "command"),
        ("Container", "args"),
        ("EnvVar", "value"),
        ("VolumeMount", "subPathExpr"),
        ("ProbeExecAction", "command"),
    }


@pytest.mark.parametrize(
    ("keys", "path", "is_text"),
    [
        (["metadata", "labels", "app"], "metadata.labels.app", True),
        (["metadata", "annotations", "example.com/x"], "metadata.annotations[example.com/x]", True),
        (["spec", "nodeSelector", "disk"], "spec.nodeSelector.disk", True),
        (["spec", "containers", 0, "args", 1], "spec.containers[0].args[1]", True),
        (["spec", "initContainers", 2, "env", 0, "value"], "spec.initContainers[2].env[0].value", True),
        (["spec", "containers", 0, "resources", "limits", "cpu"], "spec.containers[0].resources.limits.cpu", True),
        (["spec", "tolerations", 0, "value"], "spec.tolerations[0].value", True),
        (["spec", "tolerations", 0, "tolerationSeconds"], "spec.tolerations[0].tolerationSeconds", False),
        (["spec", "terminationGracePeriodSeconds"], "spec.terminationGracePeriodSeconds", False),
        (["spec", "hostAliases", 0, "port"], "spec.hostAliases[0].port", False),
        (["spec", "somethingNew"], "spec.somethingNew", False),
        (["spec", "somethingNew", 0, "name"], "spec.somethingNew[0].name", False),
    ],
)  # fmt: skip
def test_a_place_knows_its_path_and_whether_kubernetes_wants_text(
    keys: list[str | int], path: str, is_text: bool
) -> None:
    place = Place()
    for key in keys:
        place = place.key(key) if isinstance(key, str) else place.item(key)

    assert place.path == path
    assert place.is_text == is_text


def test_a_hooks_command_is_not_expanded_by_the_kubelet() -> None:
    hook = Place(shape="Container").key("lifecycle").key("preStop").key("exec").key("command").item(0)
    probe = Place(shape="Container").key("livenessProbe").key("exec").key("command").item(0)

    assert hook.is_text
    assert not hook.is_expanded
    assert probe.is_expanded
