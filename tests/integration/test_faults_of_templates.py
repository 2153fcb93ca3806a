"""Templates whose pods can't be created, placed or started: the group says so in a condition within a minute, and goes
on by itself when it is put right. And trials that fail in every way a trial can."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.client import Api
from cluster.waiting import wait_until
from faults.groups import check_complete, condition, group, trials, wait_finished
from leadline.api import names
from operator_process import OperatorProcess

GROUP = (names.API_VERSION, names.GROUP_KIND)
MINUTE = 60.0


def wait_reason(api: Api, namespace: str, reason: str) -> dict[str, Any]:
    """Wait until the group says within a minute that it waits for something, and why."""
    return api.wait(
        *GROUP,
        "g",
        lambda known: (
            (condition(known, "Reconciling").get("status"), condition(known, "Reconciling").get("reason"))
            == ("True", reason)
        ),
        namespace,
        timeout=MINUTE,
    )


def test_a_quota_in_the_way(api: Api, namespace: str, operator: OperatorProcess) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "none"},
        "spec": {"hard": {"pods": "0"}},
    }
    api.create(quota, namespace)
    api.wait("v1", "ResourceQuota", "none", lambda known: known.get("status", {}).get("hard"), namespace)
    api.create(group(runs=2, concurrency=1), namespace)
    waiting = wait_reason(api, namespace, "PodRefused")
    assert "exceeded quota: none" in waiting["status"]["message"]
    api.delete("v1", "ResourceQuota", "none", namespace)
    check_complete(api, namespace, 2)


def test_a_service_account_that_does_not_exist_yet(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    api.create(group(runs=2, concurrency=1, pod={"serviceAccountName": "later"}), namespace)
    waiting = wait_reason(api, namespace, "PodRefused")
    assert 'serviceaccount "later" not found' in waiting["status"]["message"]
    api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "later"}}, namespace)
    check_complete(api, namespace, 2)


def test_pod_security_refuses_and_the_message_names_our_field(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    label = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.patch("v1", "Namespace", namespace, {"metadata": {"labels": label}})
    api.create(group(runs=2, concurrency=1), namespace)
    waiting = wait_reason(api, namespace, "PodRefused")
    assert "violates PodSecurity" in waiting["status"]["message"]
    assert "spec.podSecurity: restricted" in waiting["status"]["message"]
    api.patch(
        "v1",
        "Namespace",
        namespace,
        {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}},
    )
    check_complete(api, namespace, 2)


def test_pod_security_restricted_is_met_where_the_group_asks_for_it(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    label = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.patch("v1", "Namespace", namespace, {"metadata": {"labels": label}})
    api.create(group(runs=2, concurrency=1, podSecurity="restricted"), namespace)
    check_complete(api, namespace, 2)


def test_no_node_fits(api: Api, namespace: str, operator: OperatorProcess) -> None:
    api.create(group(runs=2, concurrency=1, pod={"nodeSelector": {"made-of": namespace}}), namespace)
    waiting = wait_reason(api, namespace, "Unschedulable")
    assert "node" in waiting["status"]["message"]
    trial = trials(api, namespace)[0]
    assert trial["status"]["reason"] == "Unschedulable"
    node = api.list("v1", "Node")[0]["metadata"]["name"]
    api.patch("v1", "Node", node, {"metadata": {"labels": {"made-of": namespace}}})
    check_complete(api, namespace, 2)


def test_an_image_that_cannot_be_pulled_then_gives_its_slot_back(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    stuck = {
        "sim.leadline.dev/stay": "waiting",
        "sim.leadline.dev/waiting-reason": "ImagePullBackOff",
        "sim.leadline.dev/waiting-message": "no such image",
    }
    api.create(group(runs=1, annotations=stuck, termination={"ttl": 0, "pendingDeadline": 25}), namespace)
    waiting = wait_reason(api, namespace, "ImagePull")
    assert "no such image" in waiting["status"]["message"]
    stalled = api.wait(
        *GROUP,
        "g",
        lambda known: condition(known, "Stalled").get("status") == "True",
        namespace,
        timeout=MINUTE,
    )
    assert condition(stalled, "Stalled")["reason"] == "PendingDeadline"
    assert stalled["status"].get("active", {}) == {}


def test_a_template_the_api_server_refuses_is_told_before_anything_runs(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    bad = group(runs=2)
    bad["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = "Sometimes"
    api.create(bad, namespace)
    status = wait_finished(api, namespace, timeout=MINUTE)["status"]
    assert status["state"] == "Stalled"
    assert "imagePullPolicy" in status["message"]
    assert trials(api, namespace) == []


def test_an_unknown_name_in_the_template_is_told_with_its_path(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    bad = group(runs=2)
    bad["spec"]["template"]["spec"]["containers"][0]["args"] = ["--y={{ y }}"]
    api.create(bad, namespace)
    status = wait_finished(api, namespace, timeout=MINUTE)["status"]
    assert status["state"] == "Stalled"
    assert "spec.template.spec.containers[0].args[0]" in status["message"]
    assert trials(api, namespace) == []


@pytest.mark.parametrize(
    ("annotations", "reason", "words"),
    [
        ({"sim.leadline.dev/exit-code": "1"}, "ExitCode", "exit code 1"),
        ({"sim.leadline.dev/oom": "true"}, "OutOfMemory", "memory limit"),
        ({"sim.leadline.dev/termination-message": "all is well"}, "MetricMissing", "loss"),
        ({"sim.leadline.dev/termination-message": "loss=nan"}, "MetricNotFinite", "loss"),
    ],
    ids=["exit-1", "oom-killed", "no-metric", "nan"],
)
def test_a_failing_trial_is_recorded_with_its_reason_and_retried_within_its_budget(
    annotations: dict[str, str],
    reason: str,
    words: str,
    api: Api,
    namespace: str,
    operator: OperatorProcess,
) -> None:
    termination = {"ttl": 0, "maxRetries": 1}
    api.create(group(runs=2, annotations=annotations, termination=termination), namespace)
    document = wait_finished(api, namespace)
    assert condition(document, "Finished")["reason"] == "NoGoodTrial"
    assert document["status"]["counts"]["failed"] == 2
    for trial in trials(api, namespace):
        status = trial["status"]
        assert (status["state"], status["reason"]) == ("Failed", reason)
        assert words in status["message"]
        assert (status["failures"], status["attempt"]) == (2, 2)
        assert "value" not in status


def test_one_poisoned_group_among_fifty_holds_nobody_up(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    poison = group("poison", runs=3)
    poison["spec"]["template"]["spec"]["containers"][0]["args"] = ["{{ 10 ** (x * 10 ** 9) }}"]
    api.create(poison, namespace)
    healthy = [f"healthy-{number}" for number in range(50)]
    for name in healthy:
        api.create(group(name, runs=1, concurrency=1), namespace)
    wait_until(
        lambda: all(
            condition(known, "Succeeded").get("status") == "True"
            for known in api.list(*GROUP, namespace)
            if known["metadata"]["name"] in healthy
        ),
        "fifty healthy groups to succeed",
        120,
    )
    said = wait_finished(api, namespace, "poison")["status"]
    assert said["message"]
