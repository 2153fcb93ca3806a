"""Fake nodes: as large as a test wants, with fake GPUs, on which kwok plays the kubelet by `kwok/*.yaml`.

Scheduling, Jobs and quotas are real; only the containers are not. What a pod does is said by its annotations,
all listed in `kwok/pod.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

from cluster.client import Api, Json

_MANAGED = {"type": "kwok"}  # what kwok is told to look for


def fake_node(
    name: str,
    *,
    gpus: int = 0,
    cpu: str = "64",
    memory: str = "512Gi",
    pods: int = 500,
    labels: Mapping[str, str],
) -> Json:
    """The manifest of one fake node; `gpus` is its number of `nvidia.com/gpu`."""
    resources = {"cpu": cpu, "memory": memory, "ephemeral-storage": "1Ti", "pods": str(pods)}
    if gpus:
        resources["nvidia.com/gpu"] = str(gpus)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **_MANAGED, **labels}},
        "status": {"capacity": resources, "allocatable": resources},
    }


def add_kwok_nodes(
    api: Api, count: int, *, gpus: int = 0, labels: Mapping[str, str] | None = None, prefix: str = "fake"
) -> list[str]:
    """Create `count` fake nodes, wait until they are ready, and return their names, `<prefix>-<number>`."""
    names = [f"{prefix}-{number}" for number in range(count)]
    for name in names:
        api.create(fake_node(name, gpus=gpus, labels=labels or {}))
    for name in names:
        api.wait("v1", "Node", name, _is_schedulable)
    return names


def remove_nodes(api: Api, names: list[str]) -> None:
    """Delete nodes and wait until they are gone; the pods on them are collected by the pod collector."""
    for name in names:
        api.delete("v1", "Node", name)
    for name in names:
        api.wait_gone("v1", "Node", name)


def _is_schedulable(node: Json) -> bool:
    """Whether the node is ready and free of the taint that holds pods off until it is."""
    conditions = {c["type"]: c["status"] for c in node.get("status", {}).get("conditions", [])}
    return conditions.get("Ready") == "True" and not node["spec"].get("taints")
