"""The chart on a real API server: it knows every field, and releases come, change and go as Helm's users expect."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chart import CHART, RELEASE_NAMESPACE, Json, as_yaml, helm, of_kind, render
from cluster import binaries
from cluster.client import Api
from cluster.controlplane import ControlPlane
from cluster.errors import ApiError, TimedOut
from cluster.waiting import wait_until
from faults.groups import group
from leadline.api import names
from leadline.api.crd import crds
from leadline.api.policy import policy

CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
GROUP = (names.API_VERSION, names.GROUP_KIND)
DEPLOYMENT = ("apps/v1", "Deployment")

VALUE_SETS: dict[str, Json] = {
    "defaults": {},
    "namespaced": {"namespaces": ["team-a", "team-b"]},
    "without cluster rights": {
        "namespaces": ["team-a"],
        "crds": {"install": False},
        "policy": {"enabled": False},
        "userRoles": {"create": False},
    },
    "all that a pod can have": {
        "replicas": 2,
        "imagePullSecrets": [{"name": "registry"}],
        "serviceAccount": {"name": "searcher", "annotations": {"note": "1"}},
        "extraEnv": [{"name": "HTTPS_PROXY", "value": "proxy:3128"}],
        "podLabels": {"team": "ml"},
        "podAnnotations": {"note": "1"},
        "nodeSelector": {"pool": "system"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "leadline"}},
            }
        ],
        "priorityClassName": "system-cluster-critical",
        "podSecurityContext": {"runAsUser": None, "runAsGroup": None, "fsGroup": None},
        "service": {"annotations": {"note": "1"}, "port": 9000},
    },
    "network policy": {
        "networkPolicy": {
            "enabled": True,
            "metricsFrom": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
            "extraEgress": [{"ports": [{"port": 3128}]}],
        }
    },
}


@pytest.fixture(scope="module")
def plane(announce: Callable[[str], None]) -> Iterator[ControlPlane]:
    """A control plane of its own: CRDs come and go."""
    with ControlPlane(report=announce) as plane:
        for name in (RELEASE_NAMESPACE, "team-a", "team-b"):
            plane.api().create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        yield plane


@pytest.fixture(scope="module")
def kubeconfig(plane: ControlPlane) -> Path:
    return plane.kubeconfig()


@pytest.fixture
def api(plane: ControlPlane) -> Api:
    return plane.api()


@pytest.fixture
def release(kubeconfig: Path, api: Api) -> Iterator[Callable[..., str]]:
    """Installs the release, or upgrades it, with values; at the end it is uninstalled and its CRDs are deleted."""

    def install(values: Json | None = None, chart: Path = CHART) -> str:
        return helm(
            *("upgrade", "--install", "leadline", chart, "--namespace", RELEASE_NAMESPACE, "--values=-"),
            kubeconfig=kubeconfig,
            stdin=json.dumps(values or {}),
        )

    yield install
    uninstall(kubeconfig, "--ignore-not-found")
    delete_crds(api)


def uninstall(kubeconfig: Path, *flags: str) -> None:
    """As a user does it, who waits until all is gone, but not for ever."""
    helm(
        *("uninstall", "leadline", "--namespace", RELEASE_NAMESPACE, "--wait", "--timeout=60s", *flags),
        kubeconfig=kubeconfig,
    )


def delete_crds(api: Api) -> None:
    for crd in crds():
        api.delete(*CRD, crd["metadata"]["name"])
    for crd in crds():
        wait_for_crd_to_go(api, crd["metadata"]["name"])


def wait_for_crd_to_go(api: Api, name: str, tries: int = 15) -> None:
    """Wait until a deleted CRD is gone; each try has ten seconds.

    The API server cannot delete a kind's objects while its cache of them starts ("storage is (re)initializing"), as
    it does after each change of the CRD, and every failure doubles the time to its next attempt, up to minutes. Any
    change of the CRD makes it try at once.
    """
    for attempt in range(tries - 1):
        with contextlib.suppress(TimedOut):
            api.wait_gone(*CRD, name, timeout=10)
            return
        with contextlib.suppress(ApiError):  # it may have gone a moment ago
            api.patch(*CRD, name, {"metadata": {"annotations": {"attempt": str(attempt)}}})
    api.wait_gone(*CRD, name, timeout=10)


def create_group(api: Api, name: str) -> None:
    """Create a group as soon as the API server serves its kind."""
    for crd in crds():
        api.wait(*CRD, crd["metadata"]["name"], is_established)
    api.create(group(name), "team-a")


def is_established(crd: Json) -> bool:
    conditions = crd.get("status", {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


def dry_run(kubeconfig: Path, objects: list[Json]) -> subprocess.CompletedProcess[str]:
    """Let the server judge objects as strictly as it can, and store nothing."""
    return subprocess.run(
        [
            *(binaries.find("kubectl"), f"--kubeconfig={kubeconfig}", "apply", "--filename=-"),
            *("--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts"),
        ],
        input=as_yaml(objects),
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("values", VALUE_SETS.values(), ids=VALUE_SETS.keys())
def test_the_server_takes_every_object_to_the_last_field(kubeconfig: Path, values: Json) -> None:
    objects = render(values)

    done = dry_run(kubeconfig, objects)

    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(objects)


def test_the_server_minds_a_field_that_it_does_not_know(kubeconfig: Path) -> None:
    """What the test above rests on."""
    objects = of_kind(render(), "Deployment")
    objects[0]["spec"]["template"]["spec"]["tolerationz"] = []

    assert "tolerationz" in dry_run(kubeconfig, objects).stderr


def test_the_pod_is_one_that_the_standard_restricted_takes(plane: ControlPlane, api: Api) -> None:
    [deployment] = of_kind(render(), "Deployment")
    place = "restricted"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place, "labels": labels}})
    api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "leadline"}}, place)
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": deployment["spec"]["template"]["spec"],
    }

    wait_until(lambda: api.find("v1", "ConfigMap", "kube-root-ca.crt", place), "the namespace to be ready")
    api.create(pod, place, dry_run=True)
    api.delete("v1", "Namespace", place)


def test_an_uninstalled_release_keeps_crds_and_groups_and_the_next_takes_them_over(
    release: Callable[..., str], kubeconfig: Path, api: Api
) -> None:
    release()
    create_group(api, "kept")

    uninstall(kubeconfig)

    assert api.find(*DEPLOYMENT, "leadline", RELEASE_NAMESPACE) is None
    assert api.get(*GROUP, "kept", "team-a")
    release()
    assert api.get(*GROUP, "kept", "team-a")


def test_deleting_the_crds_takes_the_groups_along_and_does_not_hang(
    release: Callable[..., str], kubeconfig: Path, api: Api
) -> None:
    release()
    create_group(api, "doomed")
    uninstall(kubeconfig)

    delete_crds(api)

    release()
    create_group(api, "new")
    assert [known["metadata"]["name"] for known in api.list(*GROUP)] == ["new"]


def test_a_release_that_keeps_nothing_takes_all_along(
    release: Callable[..., str], kubeconfig: Path, api: Api
) -> None:
    release({"crds": {"keep": False}})
    create_group(api, "doomed")

    uninstall(kubeconfig)

    assert [known for crd in crds() if (known := api.find(*CRD, crd["metadata"]["name"]))] == []
    assert [
        thing for thing in policy() if api.find(thing["apiVersion"], thing["kind"], thing["metadata"]["name"])
    ] == []


def test_an_upgrade_brings_the_crds_up_to_date(release: Callable[..., str], api: Api, tmp_path: Path) -> None:
    def first_column() -> str:
        known = api.get(*CRD, crds()[0]["metadata"]["name"])
        return str(known["spec"]["versions"][0]["additionalPrinterColumns"][0]["name"])

    older = tmp_path / "leadline"
    shutil.copytree(CHART, older)
    for path in (older / "files" / "crds").iterdir():
        path.write_text(path.read_text().replace("name: Algorithm", "name: Kind"))
    release(chart=older)
    assert first_column() == "Kind"

    release()

    assert first_column() == "Algorithm"


def test_an_upgrade_from_the_whole_cluster_to_namespaces_takes_the_wider_rights_away(
    release: Callable[..., str], api: Api
) -> None:
    release()
    assert api.find("rbac.authorization.k8s.io/v1", "ClusterRole", "leadline")

    release({"namespaces": ["team-a"]})

    for kind in ("ClusterRole", "ClusterRoleBinding"):
        assert api.find("rbac.authorization.k8s.io/v1", kind, "leadline") is None
    assert api.find("rbac.authorization.k8s.io/v1", "Role", "leadline", "team-a")


def test_crds_that_were_applied_before_are_left_alone_if_so_wanted(
    release: Callable[..., str], kubeconfig: Path, api: Api
) -> None:
    for crd in crds():
        api.create(crd)

    release({"crds": {"install": False}})
    uninstall(kubeconfig)

    assert all(api.find(*CRD, crd["metadata"]["name"]) for crd in crds())
