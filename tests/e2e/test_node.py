"""The tests' own node runs containers as any node does, in all that other tests rely on."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster import binaries
from cluster.choose import NodeCluster
from cluster.client import Api, Json
from cluster.imagebuild import ImageBuilder
from cluster.processes import reap_dead_runs
from cluster.realcluster import RealCluster
from cluster.waiting import wait_until

TESTS = Path(__file__).parents[1]
IMAGE = "leadline.test/who-am-i:1"


WHO_AM_I = """
import json, os, ssl, urllib.request
folder = "/var/run/secrets/kubernetes.io/serviceaccount"
server = "https://" + os.environ["KUBERNETES_SERVICE_HOST"] + ":" + os.environ["KUBERNETES_SERVICE_PORT"]
request = urllib.request.Request(
    server + "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    data=json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}).encode(),
    headers={"Authorization": "Bearer " + open(folder + "/token").read(), "Content-Type": "application/json"},
)
tls = ssl.create_default_context(cafile=folder + "/ca.crt")
with urllib.request.urlopen(request, timeout=30, context=tls) as answer:
    print(json.load(answer)["status"]["userInfo"]["username"])
"""

DOCKERFILE = """
ARG BASE_IMAGE=python:3.12-slim
FROM ${BASE_IMAGE}
COPY who_am_i.py /
USER 65532:65532
"""


@pytest.fixture(scope="module", autouse=True)
def _image(
    real_cluster: NodeCluster, tmp_path_factory: pytest.TempPathFactory, announce: Callable[[str], None]
) -> None:
    """An image with a shell, Python and a script, built from a Dockerfile and known to the node."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "who_am_i.py").write_text(WHO_AM_I)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    archive = folder / "image.tar"
    ImageBuilder(announce).build(folder, IMAGE, archive)
    real_cluster.import_image(archive)


def job(name: str, script: str, **container: object) -> Json:
    """A Job of one pod that runs a shell script."""
    main = {
        "name": "main",
        "image": IMAGE,
        "imagePullPolicy": "Never",
        "command": ["sh", "-c", script],
        **container,
    }
    pod = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [main]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}},
    }


def finished_pod(api: Api, namespace: str, job_name: str) -> Json:
    """The pod of a Job that has ended."""

    def has_ended(job: Json) -> bool:
        conditions = job.get("status", {}).get("conditions", [])
        return any(c["type"] in ("Complete", "Failed") and c["status"] == "True" for c in conditions)

    api.wait("batch/v1", "Job", job_name, has_ended, namespace)
    [pod] = api.list("v1", "Pod", namespace, labels=f"job-name={job_name}")
    return pod


def terminated_state(pod: Json) -> Json:
    state: Json = pod["status"]["containerStatuses"][0]["state"]["terminated"]
    return state


def test_a_job_runs_and_kubectl_shows_its_logs(
    cluster: NodeCluster, api: Api, namespace: str, announce: Callable[[str], None]
) -> None:
    script = "echo said; echo left > /dev/termination-log; id -u"
    security = {"runAsNonRoot": True, "readOnlyRootFilesystem": True}
    api.create(job("speaks", script, securityContext=security), namespace)

    pod = finished_pod(api, namespace, "speaks")

    assert pod["status"]["phase"] == "Succeeded"
    assert terminated_state(pod)["message"] == "left\n"
    logs = subprocess.run(
        [binaries.find("kubectl", announce), "logs", "job/speaks"],
        env={**os.environ, "KUBECONFIG": str(cluster.kubeconfig(namespace=namespace))},
        capture_output=True,
        text=True,
    )
    assert (logs.stdout, logs.stderr) == ("said\n65532\n", "")


def test_a_container_over_its_memory_limit_is_oom_killed(api: Api, namespace: str) -> None:
    api.create(job("hungry", "tail /dev/zero", resources={"limits": {"memory": "32Mi"}}), namespace)

    pod = finished_pod(api, namespace, "hungry")

    assert pod["status"]["phase"] == "Failed"
    assert terminated_state(pod)["reason"] == "OOMKilled"
    assert terminated_state(pod)["exitCode"] == 137


def test_an_image_that_is_not_on_the_node_keeps_its_pod_waiting_with_the_reason(
    api: Api, namespace: str
) -> None:
    api.create(job("absent", "true", image="leadline.test/absent:1"), namespace)

    def waits_for_image(pod: Json) -> bool:
        statuses = pod["status"].get("containerStatuses", [])
        return any(s["state"].get("waiting", {}).get("reason") == "ErrImageNeverPull" for s in statuses)

    api.wait("batch/v1", "Job", "absent", lambda job: job.get("status", {}).get("active"), namespace)
    [pod] = api.list("v1", "Pod", namespace, labels="job-name=absent")
    api.wait("v1", "Pod", pod["metadata"]["name"], waits_for_image, namespace)


def test_a_running_job_that_is_deleted_leaves_no_pod(api: Api, namespace: str) -> None:
    api.create(job("endless", "sleep 3600"), namespace)
    api.wait("batch/v1", "Job", "endless", lambda job: job.get("status", {}).get("ready"), namespace)
    [pod] = api.list("v1", "Pod", namespace, labels="job-name=endless")

    api.delete("batch/v1", "Job", "endless", namespace)

    api.wait_gone("v1", "Pod", pod["metadata"]["name"], namespace)


def test_a_pod_reaches_the_api_server_at_its_service_address_as_its_own_account(
    api: Api, namespace: str
) -> None:
    api.create(job("calls", "exec python3 /who_am_i.py"), namespace)

    pod = finished_pod(api, namespace, "calls")

    printed = api.logs(namespace, pod["metadata"]["name"])
    assert printed == f"system:serviceaccount:{namespace}:default\n"


RUN_A_POD_AND_WAIT = """
from cluster.node_config import PAUSE_IMAGE
from cluster.realcluster import RealCluster
with RealCluster() as cluster:
    api = cluster.api()
    api.wait("v1", "ServiceAccount", "default", bool, "default")
    container = {"name": "main", "image": PAUSE_IMAGE}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}}
    api.create(pod, "default")
    api.wait("v1", "Pod", "p", lambda pod: pod["status"]["phase"] == "Running", "default")
    print(cluster.host.run.path, cluster.plane.folder, flush=True)
    input()
"""


def test_what_a_killed_run_left_is_removed_by_the_next_and_nothing_of_it_remains(
    real_cluster: NodeCluster,
) -> None:
    if not isinstance(real_cluster, RealCluster):
        pytest.skip("this cluster is not the tests' own: kind removes what it leaves behind")
    with subprocess.Popen(
        [sys.executable, "-c", RUN_A_POD_AND_WAIT],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        folders = [Path(folder) for folder in owner.stdout.readline().split()]
        owner.kill()
    assert processes_that_name(folders)

    reap_dead_runs()

    wait_until(lambda: not processes_that_name(folders), "every process of the dead run to end")
    assert [folder for folder in folders if folder.exists()] == []
    assert list(Path("/sys/fs/cgroup").rglob(f"*{folders[0].name}")) == []
    assert folders[0].name not in Path("/proc/self/mounts").read_text()


def processes_that_name(folders: list[Path]) -> list[str]:
    """The command lines of running processes that name one of these folders."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found += [line for folder in folders if str(folder) in line]
    return found
