"""Searches by rungs on a real API server: a promotion is the same Trial with a new Job; running trials are stopped."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cluster.client import Api
from cluster.controlplane import ControlPlane
from cluster.playedkubelet import PlayedKubelet
from faults.groups import group, trials, wait_finished
from faults.observer import Observer
from faults.reporting import PACE, reporting, reports
from operator_process import OperatorProcess

HYPERBAND = {
    "kind": "hyperband",
    "maxIterations": 9,
    "resource": {"name": "epochs", "type": "int"},
}
REPORT = {"sim.leadline.dev/termination-message": '{"loss": {{ x }}, "seen": {{ epochs }}}'}


def searched(**fields: Any) -> dict[str, Any]:
    """A search by rungs; without the number of trials that ``group`` gives every search."""
    matrix = {**HYPERBAND, **fields.pop("matrix", {})}
    document = group(matrix=matrix, **fields)
    if matrix["kind"] == "hyperband":
        del document["spec"]["matrix"]["numRuns"]
    return document


def claim(api: Api, namespace: str) -> None:
    """A claim on a volume that is there."""
    size = {"storage": "1Gi"}
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"work-{namespace}"},
        "spec": {"capacity": size, "accessModes": ["ReadWriteMany"], "hostPath": {"path": "/nowhere"}},
    }
    wanted = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "work"},
        "spec": {
            "storageClassName": "",
            "volumeName": f"work-{namespace}",
            "accessModes": ["ReadWriteMany"],
            "resources": {"requests": size},
        },
    }
    api.create(volume)
    api.create(wanted, namespace)
    api.wait(
        "v1", "PersistentVolumeClaim", "work", lambda it: it["status"].get("phase") == "Bound", namespace
    )


def test_a_promotion_is_the_same_trial_with_one_job_more(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    claim(api, namespace)
    document = searched(
        concurrency=4, annotations=REPORT, checkpoint={"claimName": "work"}, matrix={"resume": True}
    )
    document["spec"]["termination"] = {"ttl": 600}
    with Observer(api, namespace, 4) as observer:
        api.create(document, namespace)
        status = wait_finished(api, namespace)["status"]
        observer.check()
    assert status["counts"]["succeeded"] == status["total"] == 17
    found = trials(api, namespace)
    results = [result for trial in found for result in trial["status"]["results"]]
    assert Counter(result["resource"] for result in results) == {1: 9, 3: 3 + 5, 9: 1 + 1 + 3}
    assert sorted(result["sequence"] for result in results) == list(range(1, len(results) + 1))
    assert len(observer.started) == len(results), "one start for each rung of each trial"
    uid = status_uid(api, namespace)
    jobs = {job["metadata"]["name"]: job for job in api.list("batch/v1", "Job", namespace)}
    for trial in found:
        last = trial["status"]
        assert last["metrics"]["seen"]["last"] == last["results"][-1]["resource"]
        assert last["reason"] == ("Completed" if last["results"][-1]["resource"] == 9 else "RungReached")
        for result in last["results"]:
            job = jobs[f"{trial['metadata']['name']}-{result['attempt']}"]
            container = job["spec"]["template"]["spec"]["containers"][0]
            env = {known["name"]: known.get("value") for known in container["env"]}
            assert env["LEADLINE_PARAM_EPOCHS"] == env["LEADLINE_RESOURCE"] == str(result["resource"])
            assert env["LEADLINE_CHECKPOINT_DIR"] == "/checkpoint"
            assert container["volumeMounts"] == [
                {
                    "name": "leadline-checkpoint",
                    "mountPath": "/checkpoint",
                    "subPath": f"{uid}/{trial['metadata']['name']}",
                }
            ]


def status_uid(api: Api, namespace: str) -> str:
    """The group's uid."""
    return str(trials(api, namespace)[0]["metadata"]["ownerReferences"][0]["uid"])


def test_a_promotion_survives_the_death_of_its_operator(
    api: Api, namespace: str, operator: OperatorProcess, start_operator: Any
) -> None:
    with Observer(api, namespace, 2) as observer:
        api.create(searched(concurrency=2, seconds=0.5, annotations=REPORT), namespace)
        api.wait(
            "leadline.dev/v1alpha1",
            "Trial",
            "g-8",
            lambda trial: bool(trial.get("status", {}).get("results")),
            namespace,
        )
        operator.kill()
        start_operator()
        status = wait_finished(api, namespace)["status"]
        observer.check()
    assert status["counts"]["succeeded"] == 17
    results = Counter(
        result["resource"] for trial in trials(api, namespace) for result in trial["status"]["results"]
    )
    assert results == {1: 9, 3: 8, 9: 5}


def test_a_trial_is_stopped_at_a_rung_while_it_runs(
    api: Api, namespace: str, control_plane: ControlPlane, operator: OperatorProcess
) -> None:
    node = f"prints-{namespace}"
    matrix = {"kind": "asha", "variant": "stopping", "brackets": 1, "numRuns": 6}
    document = searched(**reporting(node), matrix=matrix)
    with (
        PlayedKubelet(control_plane, reports, PACE, node) as kubelet,
        Observer(api, namespace, 6) as observer,
    ):
        api.create(document, namespace)
        status = wait_finished(api, namespace)["status"]
        observer.check()
    found = [trial["status"] for trial in trials(api, namespace)]
    assert status["counts"]["stopped"] >= 3
    assert status["counts"]["succeeded"] >= 1
    assert status["best"]["number"] == 0
    assert len(kubelet.asked) >= 6
    for number, trial in enumerate(found):
        assert trial["attempt"] == 1
        by_rung = {result["resource"]: result for result in trial["results"]}
        assert by_rung[1]["value"] == number + 1
        if trial["state"] == "Stopped":
            assert trial["reason"] == "StoppedAtRung"
            assert by_rung[9]["outcome"] == "stopped"
        else:
            assert [result["value"] for result in trial["results"]] == [
                number + 1,
                number + 1 / 3,
                number + 1 / 9,
            ]
