"""The tests' own control plane behaves as a real cluster does, in all that other tests rely on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.choose import Cluster
from cluster.client import Api, Json
from cluster.controlplane import PLAIN_USER, ControlPlane
from cluster.errors import ApiError
from cluster.processes import is_running, reap_dead_runs
from cluster.waiting import wait_until

TESTS = Path(__file__).parents[1]


def job(name: str, *, gpus: int = 0, **simulation: str) -> Json:
    """A Job of one pod, which does what the `sim.leadline.dev` annotations say."""
    container: Json = {"name": "main", "image": "registry.test/none:1"}
    if gpus:
        container["resources"] = {"limits": {"nvidia.com/gpu": str(gpus)}}
    annotations = {f"sim.leadline.dev/{key.replace('_', '-')}": value for key, value in simulation.items()}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {
            "backoffLimit": 0,
            "podReplacementPolicy": "Failed",
            "template": {
                "metadata": {"annotations": annotations},
                "spec": {"restartPolicy": "Never", "containers": [container]},
            },
        },
    }


def has_condition(kind: str) -> Callable[[Json], bool]:
    """A test of an object for a true condition of this kind."""

    def holds(thing: Json) -> bool:
        conditions = thing.get("status", {}).get("conditions", [])
        return any(c["type"] == kind and c["status"] == "True" for c in conditions)

    return holds


def the_pod(api: Api, namespace: str, job_name: str) -> Json:
    """The one pod of a Job, once there is one."""
    found = wait_until(
        lambda: api.list("v1", "Pod", namespace, labels=f"job-name={job_name}"), f"a pod of {job_name}"
    )
    assert len(found) == 1
    return found[0]


def terminated_state(pod: Json) -> Json:
    state: Json = pod["status"]["containerStatuses"][0]["state"]["terminated"]
    return state


def test_a_job_completes_and_its_pod_carries_the_termination_message(api: Api, namespace: str) -> None:
    message = '{"accuracy": 0.97}\n"quoted": {{ and braced }}'
    api.create(job("good", gpus=1, duration="300ms", termination_message=message), namespace)

    done = api.wait("batch/v1", "Job", "good", has_condition("Complete"), namespace)

    pod = the_pod(api, namespace, "good")
    assert done["status"]["succeeded"] == 1
    assert pod["status"]["phase"] == "Succeeded"
    assert terminated_state(pod) | {"startedAt": "", "finishedAt": ""} == {
        "exitCode": 0,
        "reason": "Completed",
        "message": message,
        "startedAt": "",
        "finishedAt": "",
    }


@pytest.mark.parametrize(
    ("manifest", "exit_code", "reason"),
    [(job("bad", exit_code="3"), 3, "Error"), (job("bad", oom="true"), 137, "OOMKilled")],
    ids=["exit code", "out of memory"],
)
def test_a_failing_pod_fails_its_job_and_says_how(
    api: Api, namespace: str, manifest: Json, exit_code: int, reason: str
) -> None:
    api.create(manifest, namespace)

    api.wait("batch/v1", "Job", "bad", has_condition("Failed"), namespace)

    pod = the_pod(api, namespace, "bad")
    assert pod["status"]["phase"] == "Failed"
    assert terminated_state(pod)["exitCode"] == exit_code
    assert terminated_state(pod)["reason"] == reason


def test_a_pod_whose_image_cannot_be_pulled_waits_with_the_reason_until_it_is_put_right(
    api: Api, namespace: str
) -> None:
    stuck = job("stuck", stay="waiting", waiting_reason="ImagePullBackOff", waiting_message="no such image")
    api.create(stuck, namespace)
    name = the_pod(api, namespace, "stuck")["metadata"]["name"]

    pod = api.wait("v1", "Pod", name, lambda pod: "containerStatuses" in pod["status"], namespace)
    waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"]
    assert waiting == {"reason": "ImagePullBackOff", "message": "no such image"}
    assert pod["status"]["phase"] == "Pending"

    change = {"metadata": {"annotations": {"sim.leadline.dev/stay": None}}}
    api.patch("v1", "Pod", name, change, namespace)
    api.wait("batch/v1", "Job", "stuck", has_condition("Complete"), namespace)


def test_a_pod_that_asks_for_more_gpus_than_a_node_has_is_unschedulable(api: Api, namespace: str) -> None:
    api.create(job("greedy", gpus=9), namespace)
    name = the_pod(api, namespace, "greedy")["metadata"]["name"]

    def is_unschedulable(pod: Json) -> bool:
        conditions = pod["status"].get("conditions", [])
        return any(c["type"] == "PodScheduled" and c["reason"] == "Unschedulable" for c in conditions)

    api.wait("v1", "Pod", name, is_unschedulable, namespace)


def test_a_hanging_pod_that_is_deleted_fails_first_and_then_its_job_fails(api: Api, namespace: str) -> None:
    api.create(job("endless", hang="true"), namespace)
    name = the_pod(api, namespace, "endless")["metadata"]["name"]
    api.wait("v1", "Pod", name, lambda pod: pod["status"]["phase"] == "Running", namespace)

    api.delete("v1", "Pod", name, namespace)

    # With podReplacementPolicy Failed the Job controller counts a pod only once its phase is final.
    api.wait("batch/v1", "Job", "endless", has_condition("Failed"), namespace)
    api.wait_gone("v1", "Pod", name, namespace)


def test_deleting_a_job_takes_its_pods_along(api: Api, namespace: str) -> None:
    api.create(job("doomed", hang="true"), namespace)
    name = the_pod(api, namespace, "doomed")["metadata"]["name"]

    api.delete("batch/v1", "Job", "doomed", namespace)

    api.wait_gone("v1", "Pod", name, namespace)


def test_pod_security_refuses_a_privileged_pod_in_a_restricted_namespace(api: Api, namespace: str) -> None:
    label = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    api.patch("v1", "Namespace", namespace, label)
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "root"},
        "spec": {"containers": [{"name": "main", "image": "none", "securityContext": {"privileged": True}}]},
    }

    with pytest.raises(ApiError, match="violates PodSecurity") as refusal:
        api.create(pod, namespace)
    assert refusal.value.status == 403


def test_a_quota_refuses_a_pod_beyond_it(api: Api, namespace: str) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "none"},
        "spec": {"hard": {"pods": "0"}},
    }
    api.create(quota, namespace)
    api.wait("v1", "ResourceQuota", "none", lambda q: "used" in q.get("status", {}), namespace)
    pod = job("any")["spec"]["template"]

    with pytest.raises(ApiError, match="exceeded quota"):
        api.create({"apiVersion": "v1", "kind": "Pod", **pod, "metadata": {"name": "one"}}, namespace)


def test_a_user_without_rights_is_refused(control_plane: ControlPlane, namespace: str) -> None:
    with pytest.raises(ApiError, match=f'User "{PLAIN_USER}" cannot list resource "jobs"') as refusal:
        control_plane.api(PLAIN_USER).list("batch/v1", "Job", namespace)
    assert refusal.value.status == 403


def test_a_service_account_may_do_what_its_role_says_and_nothing_else(
    cluster: Cluster, api: Api, namespace: str
) -> None:
    def rbac(kind: str, **rest: object) -> None:
        metadata = {"name": "reader"}
        api.create(
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, **rest},
            namespace,
        )

    rbac("Role", rules=[{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["list"]}])
    rbac(
        "RoleBinding",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        subjects=[{"kind": "ServiceAccount", "name": "default", "namespace": namespace}],
    )
    kubeconfig = cluster.kubeconfig(token=api.service_account_token(namespace, "default"))
    account = Api.from_kubeconfig(kubeconfig)

    def may_list_jobs() -> bool:
        try:
            return account.list("batch/v1", "Job", namespace) == []
        except ApiError as problem:
            if problem.status != 403:
                raise
            return False  # the authorizer has not seen the new binding yet

    wait_until(may_list_jobs, "the role to be in force")
    with pytest.raises(ApiError, match='cannot list resource "secrets"'):
        account.list("v1", "Secret", namespace)


def test_data_outlives_a_restart_of_the_api_server_and_controllers_carry_on(
    control_plane: ControlPlane, api: Api, namespace: str
) -> None:
    before = api.create(job("before"), namespace)

    control_plane.stop_apiserver()
    with pytest.raises(ConnectionRefusedError):
        api.list("batch/v1", "Job", namespace)
    control_plane.start_apiserver()

    assert api.get("batch/v1", "Job", "before", namespace)["metadata"]["uid"] == before["metadata"]["uid"]
    api.create(job("after"), namespace)
    api.wait("batch/v1", "Job", "after", has_condition("Complete"), namespace)


def test_an_api_server_alone_takes_pods_that_nobody_runs(announce: Callable[[str], None]) -> None:
    template = job("any")["spec"]["template"]
    pod = {**template, "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "alone"}}

    with ControlPlane(controllers=False, report=announce) as bare:
        assert bare.api().create(pod, "default")["status"]["phase"] == "Pending"


@pytest.mark.usefixtures("control_plane")  # whose programs are then there
def test_what_a_killed_run_left_is_removed_by_the_next() -> None:
    run = "from cluster.controlplane import ControlPlane; p = ControlPlane(controllers=False); p.start()"
    show_and_wait = "print(p.folder, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", f"{run}; {show_and_wait}"],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        folder = Path(owner.stdout.readline().strip())
        owner.kill()
    identities = (folder / "processes").read_text().splitlines()
    assert [is_running(identity) for identity in identities] == [True, True]

    reap_dead_runs()

    wait_until(lambda: not any(map(is_running, identities)), "etcd and the API server to end")
    assert not folder.exists()
