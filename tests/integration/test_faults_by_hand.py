"""What users do with their hands: Jobs, pods, Trials and whole groups deleted, and made again under the same name."""

from __future__ import annotations

from typing import Any

from cluster.client import Api
from cluster.waiting import wait_until
from faults.groups import check_complete, condition, group, trials, wait_finished
from faults.observer import Observer
from leadline.api import names
from operator_process import OperatorProcess

GROUP = (names.API_VERSION, names.GROUP_KIND)
TRIAL = (names.API_VERSION, names.TRIAL_KIND)


def wait_running(api: Api, namespace: str, name: str) -> dict[str, Any]:
    """Wait until a trial runs."""
    return api.wait(*TRIAL, name, lambda known: known.get("status", {}).get("state") == "Running", namespace)


def test_a_job_deleted_by_hand_is_the_clusters_fault_and_tried_again(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    with Observer(api, namespace, 1) as observer:
        api.create(group(runs=2, concurrency=1, seconds=6), namespace)
        wait_running(api, namespace, "g-0")
        api.delete("batch/v1", "Job", "g-0-1", namespace)
        check_complete(api, namespace, 2)
        observer.check()
    first = trials(api, namespace)[0]["status"]
    assert (first["attempt"], first["disruptions"], first.get("failures", 0)) == (2, 1, 0)


def test_a_pod_deleted_by_hand_is_the_clusters_fault_and_tried_again(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    api.create(group(runs=2, concurrency=1, seconds=6), namespace)
    wait_running(api, namespace, "g-0")
    pod = api.list("v1", "Pod", namespace)[0]["metadata"]["name"]
    api.delete("v1", "Pod", pod, namespace)
    check_complete(api, namespace, 2)
    first = trials(api, namespace)[0]["status"]
    assert (first["attempt"], first["disruptions"], first.get("failures", 0)) == (2, 1, 0)


def test_a_trial_deleted_by_hand_is_skipped_counted_and_not_run_again(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    with Observer(api, namespace, 1) as observer:
        api.create(group(runs=3, concurrency=1, seconds=6), namespace)
        wait_running(api, namespace, "g-0")
        api.delete(*TRIAL, "g-0", namespace)
        status = wait_finished(api, namespace)["status"]
        observer.check()
    assert status["counts"]["skipped"] == 1
    assert status["counts"]["succeeded"] == 2
    assert [trial["spec"]["number"] for trial in trials(api, namespace)] == [1, 2]
    assert len([key for key in observer.started if key[1] == "0"]) == 1


def test_a_group_made_again_under_its_name_starts_from_nothing_while_old_jobs_still_run(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    api.create(group(runs=2, concurrency=2, seconds=20), namespace)
    wait_running(api, namespace, "g-0")
    old = api.get(*GROUP, "g", namespace)["metadata"]["uid"]
    api.delete(*GROUP, "g", namespace)
    again = api.create(group(runs=3, concurrency=2), namespace)
    assert again["metadata"]["uid"] != old
    check_complete(api, namespace, 3)
    owners = {trial["metadata"]["ownerReferences"][0]["uid"] for trial in trials(api, namespace)}
    assert owners == {again["metadata"]["uid"]}


def test_deleting_a_group_leaves_nothing_behind_with_the_operator_dead(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    api.create(group(runs=4, concurrency=2, seconds=60), namespace)
    wait_running(api, namespace, "g-0")
    operator.kill()
    api.delete(*GROUP, "g", namespace)

    def left() -> list[dict[str, Any]]:
        kinds = (GROUP, TRIAL, ("batch/v1", "Job"), ("v1", "Pod"))
        return [item for kind in kinds for item in api.list(*kind, namespace)]

    wait_until(lambda: not left(), "everything of the group to go", 60)


def test_suspend_resume_and_stop(api: Api, namespace: str, operator: OperatorProcess) -> None:
    api.create(group(runs=8, concurrency=2, seconds=4), namespace)
    wait_running(api, namespace, "g-0")
    api.patch(*GROUP, "g", {"spec": {"suspend": True}}, namespace)
    suspended = api.wait(
        *GROUP,
        "g",
        lambda known: (
            condition(known, "Suspended").get("status") == "True" and not known["status"].get("active")
        ),
        namespace,
    )
    assert suspended["status"]["counts"]["succeeded"] >= 1, "what ran went on and was recorded"
    assert suspended["status"]["next"] < 8
    api.patch(*GROUP, "g", {"spec": {"suspend": False}}, namespace)
    api.wait(*GROUP, "g", lambda known: known["status"]["next"] > suspended["status"]["next"], namespace)
    api.patch(*GROUP, "g", {"spec": {"stop": "Now"}}, namespace)
    stopped = wait_finished(api, namespace)
    assert condition(stopped, "Finished")["reason"] == "StoppedByUser"
    assert stopped["status"]["next"] < 8
    assert stopped["status"]["counts"]["stopped"] >= 1
    wait_until(lambda: not api.list("v1", "Pod", namespace), "every pod to go", 60)
    api.patch(*GROUP, "g", {"spec": {"stop": None}}, namespace)
    done = api.wait(*GROUP, "g", lambda known: known["status"]["next"] == 8, namespace)
    assert condition(done, "Finished")["status"] == "False"
    assert wait_finished(api, namespace)["status"]["next"] == 8


def test_one_trial_is_stopped_and_the_search_goes_on(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    api.create(group(runs=3, concurrency=1, seconds=120), namespace)
    wait_running(api, namespace, "g-0")
    api.patch(*TRIAL, "g-0", {"spec": {"stop": True}}, namespace)
    wait_running(api, namespace, "g-1")
    first = trials(api, namespace)[0]["status"]
    assert (first["state"], first["reason"]) == ("Stopped", "StoppedByUser")
    assert "spec.stop" in first["message"]
    for name in ("g-1", "g-2"):
        wait_running(api, namespace, name)
        api.patch(*TRIAL, name, {"spec": {"stop": True}}, namespace)
    ended = wait_finished(api, namespace)["status"]
    assert ended["counts"]["stopped"] == 3
    wait_until(lambda: not api.list("v1", "Pod", namespace), "every pod to go", 60)
