"""From `helm install` to the best trial, as a user types it, with real images, pods, logs and models.

Every test finds the operator installed by the chart, in the image that our Dockerfile makes.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from chart import RELEASE_NAMESPACE, helm
from cluster import binaries
from cluster.choose import NodeCluster
from cluster.client import Api, Json
from cluster.imagebuild import ImageBuilder
from cluster.waiting import wait_until
from faults.groups import condition, trials, wait_finished
from leadline.api import names

ROOT = Path(__file__).parents[2]
OPERATOR_IMAGE = "leadline/leadline:0.1.0"
TRIAL_IMAGE = "leadline/digits-svm:dev"
LATE_IMAGE = "leadline.test/late:1"

GROUP = (names.API_VERSION, names.GROUP_KIND)
TRIAL = (names.API_VERSION, names.TRIAL_KIND)

SEARCH_SECONDS = 300.0


@pytest.fixture(scope="module")
def build(
    real_cluster: NodeCluster, tmp_path_factory: pytest.TempPathFactory, announce: Callable[[str], None]
) -> Callable[[Path, str], None]:
    """Builds a folder's Dockerfile into an image that the nodes know."""

    def build_and_import(folder: Path, name: str) -> None:
        archive = tmp_path_factory.mktemp("image") / "image.tar"
        ImageBuilder(announce).build(folder, name, archive)
        real_cluster.import_image(archive)
        archive.unlink()

    return build_and_import


@pytest.fixture(scope="module")
def _images(build: Callable[[Path, str], None]) -> None:
    build(ROOT, OPERATOR_IMAGE)
    build(ROOT / "examples" / "digits", TRIAL_IMAGE)


@pytest.fixture
def kubeconfig(real_cluster: NodeCluster, namespace: str) -> Path:
    """Of an administrator who is in the test's namespace."""
    return real_cluster.kubeconfig(namespace=namespace)


@pytest.fixture
def kubectl(kubeconfig: Path, announce: Callable[[str], None]) -> Callable[..., str]:
    """Runs kubectl at the root of the repository, and gives what it prints."""
    program = binaries.find("kubectl", announce)

    def run(*arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            [program, *arguments],
            cwd=ROOT,
            env={**os.environ, "KUBECONFIG": str(kubeconfig)},
            input=stdin,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}{done.stdout}"
        return done.stdout

    return run


def install(kubeconfig: Path) -> None:
    """Install the chart as it is, or find it installed, and wait until the operator is ready."""
    place = ("--namespace", RELEASE_NAMESPACE, "--create-namespace", "--wait", "--timeout=2m")
    helm("upgrade", "--install", "leadline", ROOT / "charts" / "leadline", *place, kubeconfig=kubeconfig)


def uninstall(kubeconfig: Path) -> None:
    place = ("--namespace", RELEASE_NAMESPACE, "--wait", "--timeout=2m")
    helm("uninstall", "leadline", *place, "--ignore-not-found", kubeconfig=kubeconfig)


@pytest.fixture(scope="module", autouse=True)
def _release(real_cluster: NodeCluster, _images: None) -> Iterator[None]:
    """Takes the release away at the end, with all that it has made."""
    yield
    uninstall(real_cluster.kubeconfig())
    api = real_cluster.api()
    for crd in (f"{names.GROUP_PLURAL}.{names.GROUP}", f"{names.TRIAL_PLURAL}.{names.GROUP}"):
        api.delete("apiextensions.k8s.io/v1", "CustomResourceDefinition", crd)
    api.delete("v1", "Namespace", RELEASE_NAMESPACE)


@pytest.fixture(autouse=True)
def installed(_release: None, kubeconfig: Path) -> None:
    """The operator, installed and ready."""
    install(kubeconfig)


def search(
    name: str, script: str, *, xs: Sequence[float] = (1,), concurrency: int = 2, **container: object
) -> Json:
    """A group with one trial for each x, which a Python script gets as its argument."""
    main = {
        "name": "train",
        "image": TRIAL_IMAGE,
        "command": ["python", "-c", script, "{{ x }}"],
        **container,
    }
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.GROUP_KIND,
        "metadata": {"name": name},
        "spec": {
            "matrix": {
                "kind": "grid",
                "concurrency": concurrency,
                "metric": {"name": "loss", "optimization": "minimize"},
                "params": {"x": {"kind": "choice", "value": list(xs)}},
            },
            "template": {"spec": {"terminationGracePeriodSeconds": 1, "containers": [main]}},
            "podSecurity": "restricted",
        },
    }


def operator_pod(api: Api) -> Json:
    [pod] = api.list("v1", "Pod", RELEASE_NAMESPACE, labels="app.kubernetes.io/name=leadline")
    return pod


def restarts(api: Api) -> int:
    return sum(status["restartCount"] for status in operator_pod(api)["status"]["containerStatuses"])


def operators_metrics(api: Api) -> str:
    """/metrics, by way of the Service."""
    return api.text("GET", f"/api/v1/namespaces/{RELEASE_NAMESPACE}/services/leadline:http/proxy/metrics")


def table(text: str) -> list[dict[str, str]]:
    """Rows of a table that kubectl printed, by the names of its columns."""
    head, *rows = text.rstrip("\n").splitlines()
    columns = head.split()
    starts = [head.index(f"{column} ") if f"{column} " in head else head.index(column) for column in columns]
    ends = [*starts[1:], None]
    return [
        {name: row[a:b].strip() for name, a, b in zip(columns, starts, ends, strict=True)} for row in rows
    ]


def test_a_search_of_real_models_comes_to_its_best_trial_where_pod_security_is_restricted(
    api: Api, namespace: str, kubectl: Callable[..., str]
) -> None:
    kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")

    kubectl("apply", "-f", "examples/digits-svm.yaml")
    kubectl("wait", "--for=condition=Finished", "og/digits-svm", f"--timeout={SEARCH_SECONDS:.0f}s")

    [group] = table(kubectl("get", "og"))
    assert list(group) == ["NAME", "ALGORITHM", "PROGRESS", "RUNNING", "BEST", "STATE", "AGE"]
    assert (group["NAME"], group["ALGORITHM"], group["PROGRESS"]) == ("digits-svm", "auto", "24/24")
    assert (group["RUNNING"], group["STATE"]) == ("0", "Succeeded")
    found = table(kubectl("get", "ogt"))
    assert list(found[0]) == ["NAME", "GROUP", "PARAMS", "VALUE", "STATE", "NODE", "AGE"]
    assert {row["NAME"] for row in found} == {f"digits-svm-{number}" for number in range(24)}
    assert {row["STATE"] for row in found} == {"Succeeded"}
    nodes = {node["metadata"]["name"] for node in api.list("v1", "Node")}
    assert {row["NODE"] for row in found} <= nodes
    best = max(found, key=lambda row: float(row["VALUE"]))
    assert group["BEST"] == best["VALUE"]
    assert float(best["VALUE"]) > 0.95
    assert len({row["VALUE"] for row in found}) > 6
    assert set(json.loads(best["PARAMS"])) == {"C", "gamma", "kernel"}
    # What a trial printed can be read as long as its Job is kept.
    assert "step=5 accuracy=" in kubectl("logs", f"job/{best['NAME']}-1")

    kubectl("delete", "og", "digits-svm", "--timeout=60s")

    wait_until(
        lambda: kubectl("get", "og,ogt,jobs,pods", "-o", "name") == "", "nothing of the group to be left"
    )
    assert 'code="403"' not in operators_metrics(api)
    assert restarts(api) == 0


def test_a_trial_over_its_memory_limit_fails_by_that_reason_and_its_group_goes_on(
    api: Api, namespace: str
) -> None:
    script = "import sys; megabytes = int(sys.argv[1]); b'1' * (megabytes << 20); print(f'loss={megabytes}')"
    limits = {"limits": {"memory": "64Mi"}}

    api.create(search("hungry", script, xs=[1, 400, 2, 800], resources=limits), namespace)

    status = wait_finished(api, namespace, "hungry", SEARCH_SECONDS)["status"]
    ends = [(known["status"]["state"], known["status"].get("reason")) for known in trials(api, namespace)]
    assert ends == [("Succeeded", "Completed"), ("Failed", "OutOfMemory")] * 2
    assert (status["state"], status["best"]["value"]) == ("Succeeded", 1)


def test_a_missing_image_is_told_and_when_it_is_there_the_search_goes_on_by_itself(
    api: Api, namespace: str, build: Callable[[Path, str], None], tmp_path: Path
) -> None:
    api.create(
        search("waits", "print('loss=1')", image=LATE_IMAGE, imagePullPolicy="IfNotPresent"), namespace
    )

    def tells_of_the_image(known: Json) -> bool:
        return LATE_IMAGE in condition(known, "Reconciling").get("message", "")

    waiting = api.wait(*GROUP, "waits", tells_of_the_image, namespace, timeout=60)
    assert waiting["status"]["state"] == "Waiting"
    (tmp_path / "Dockerfile").write_text(
        "ARG BASE_IMAGE=python:3.12-slim\nFROM ${BASE_IMAGE}\nRUN ln -sf $(command -v python3) /usr/bin/python\n"
        "USER 65532:65532\n"
    )
    build(tmp_path, LATE_IMAGE)
    assert wait_finished(api, namespace, "waits", SEARCH_SECONDS)["status"]["state"] == "Succeeded"


def test_a_log_of_100_megabytes_is_read_to_its_end(api: Api, namespace: str) -> None:
    script = "for i in range(1_000_000): print('x' * 99)\nprint('loss=0.5')"

    api.create(search("talks", script), namespace)

    wait_finished(api, namespace, "talks", SEARCH_SECONDS)
    [trial] = trials(api, namespace)
    assert (trial["status"]["state"], trial["status"]["value"]) == ("Succeeded", 0.5)
    assert restarts(api) == 0


def test_an_operator_that_is_killed_goes_on_where_it_was(api: Api, namespace: str) -> None:
    script = "import sys, time; time.sleep(6); print(f'loss={sys.argv[1]}')"
    api.create(search("goes-on", script, xs=[4, 3, 2, 1]), namespace)

    def runs(known: Json) -> bool:
        return bool(known.get("status", {}).get("state") == "Running")

    api.wait(*TRIAL, "goes-on-0", runs, namespace)
    pod = operator_pod(api)["metadata"]["name"]
    options = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0}
    api.raw("DELETE", f"/api/v1/namespaces/{RELEASE_NAMESPACE}/pods/{pod}", options)

    status = wait_finished(api, namespace, "goes-on", SEARCH_SECONDS)["status"]
    assert status["counts"]["succeeded"] == 4
    assert [known["status"]["attempt"] for known in trials(api, namespace)] == [1, 1, 1, 1]


def test_uninstalling_and_deleting_the_crds_in_the_midst_of_a_search_does_not_hang(
    api: Api, namespace: str, kubectl: Callable[..., str], kubeconfig: Path
) -> None:
    api.create(search("cut-off", "import time; time.sleep(3600)", xs=[1, 2, 3]), namespace)
    api.wait(
        *GROUP, "cut-off", lambda known: known.get("status", {}).get("counts", {}).get("running"), namespace
    )

    uninstall(kubeconfig)
    assert kubectl("get", "og", "-o", "name") == "optimizationgroup.leadline.dev/cut-off\n"
    kubectl("delete", "crd", "optimizationgroups.leadline.dev", "trials.leadline.dev", "--timeout=60s")

    wait_until(lambda: kubectl("get", "jobs,pods", "-o", "name") == "", "Jobs and pods to be gone")
