"""The chart as Helm renders it, for the tests of what it ships and of who may do what with it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from cluster import binaries
from cluster.choose import Cluster

Json = dict[str, Any]

CHART = Path(__file__).parents[1] / "charts" / "leadline"
RELEASE_NAMESPACE = "leadline-system"

# The kinds of objects that say who the operator is and what it may do.
OPERATORS_RIGHTS = ("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")


class HelmFailed(Exception):
    """Helm said no."""


def helm(*arguments: str | Path, kubeconfig: Path | None = None, stdin: str = "") -> str:
    """What Helm prints; HelmFailed, with its words, where it fails."""
    where = ("--kubeconfig", kubeconfig) if kubeconfig else ()
    done = subprocess.run(
        [binaries.find("helm"), *arguments, *where], input=stdin, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise HelmFailed(f"helm {' '.join(map(str, arguments))} failed:\n{done.stderr.strip()}")
    return done.stdout


def render(
    values: Mapping[str, Any] | None = None, *, release: str = "leadline", namespace: str = RELEASE_NAMESPACE
) -> list[Json]:
    """Every object of a release with these values beside the defaults."""
    text = helm(
        "template", release, CHART, "--namespace", namespace, "--values=-", stdin=json.dumps(values or {})
    )
    return [document for document in yaml.safe_load_all(text) if document]


def shipped_account(
    cluster: Cluster, values: Mapping[str, Any], *, namespace: str = RELEASE_NAMESPACE
) -> Path:
    """A kubeconfig for the operator's account with exactly the rights that the chart gives it with these values.

    The release's namespace, which must exist, is the kubeconfig's own, as it is the operator's in its pod.
    """
    api = cluster.api()
    for thing in of_kind(render(values, namespace=namespace), *OPERATORS_RIGHTS):
        metadata = thing["metadata"]
        api.patch(
            thing["apiVersion"],
            thing["kind"],
            metadata["name"],
            thing,
            metadata.get("namespace"),
            style="apply",
        )
    token = api.service_account_token(namespace, "leadline")
    return cluster.kubeconfig(token=token, namespace=namespace)


def of_kind(objects: Iterable[Json], *kinds: str) -> list[Json]:
    """The objects of these kinds."""
    return [known for known in objects if known["kind"] in kinds]


def the(objects: Iterable[Json], kind: str) -> Json:
    """The one object of a kind."""
    [found] = of_kind(objects, kind)
    return found


def as_yaml(objects: Iterable[Json]) -> str:
    """Objects as one file for kubectl."""
    return yaml.safe_dump_all(objects)
