"""The tests' own node runs containers as any node does, in all that other tests rely on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster import binaries
from cluster.choose import NodeCluster
from cluster.client import Api, Json
from cluster.imagebuild import ImageBuilder
from cluster.images import write_image

BUSYBOX = "leadline.test/busybox:1"


@pytest.fixture(scope="module", autouse=True)
def _busybox(real_cluster: NodeCluster, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An image with a shell, known to the node."""
    archive = tmp_path_factory.mktemp("image") / "busybox.tar"
    program = shutil.which("busybox")
    assert program is not None
    links = {f"bin/{name}": "busybox" for name in ("sh", "id", "sleep", "tail")}
    write_image(archive, BUSYBOX, {"bin/busybox": Path(program)}, links, command=["sh"])
    real_cluster.import_image(archive)


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


@pytest.fixture(scope="module")
def python_image(
    real_cluster: NodeCluster, tmp_path_factory: pytest.TempPathFactory, announce: Callable[[str], None]
) -> str:
    """The name of an image with Python and a script, built from a Dockerfile and known to the node."""
    name = "leadline.test/who-am-i:1"
    folder = tmp_path_factory.mktemp("python-image")
    (folder / "who_am_i.py").write_text(WHO_AM_I)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    archive = folder / "image.tar"
    ImageBuilder(announce).build(folder, name, archive)
    real_cluster.import_image(archive)
    return name


def job(name: str, script: str, **container: object) -> Json:
    """A Job of one pod that runs a shell script."""
    main = {
        "name": "main",
        "image": BUSYBOX,
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
    security = {"runAsUser": 1234, "runAsNonRoot": True, "readOnlyRootFilesystem": True}
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
    assert (logs.stdout, logs.stderr) == ("said\n1234\n", "")


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


def test_an_image_built_from_a_dockerfile_runs(api: Api, namespace: str, python_image: str) -> None:
    api.create(job("built", "exec python3 -c 'import os; print(os.getuid())'", image=python_image), namespace)

    pod = finished_pod(api, namespace, "built")

    assert api.logs(namespace, pod["metadata"]["name"]) == "65532\n"


def test_a_pod_reaches_the_api_server_at_its_service_address_as_its_own_account(
    api: Api, namespace: str, python_image: str
) -> None:
    api.create(job("calls", "exec python3 /who_am_i.py", image=python_image), namespace)

    pod = finished_pod(api, namespace, "calls")

    printed = api.logs(namespace, pod["metadata"]["name"])
    assert printed == f"system:serviceaccount:{namespace}:default\n"
