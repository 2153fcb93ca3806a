"""Tuners on a real API server, under the rights that the chart gives: a Job for each round, a played kubelet's log."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chart import RELEASE_NAMESPACE, shipped_account
from cluster.client import Api
from cluster.controlplane import ControlPlane
from cluster.playedkubelet import PlayedKubelet
from cluster.waiting import wait_until
from faults.crashes import kill_at_each
from faults.groups import condition, group, trials, wait_finished
from faults.proxy import CLAIM, CREATE_JOB, FaultProxy, Matcher, writes
from integration.served import install
from leadline.api import names
from operator_process import OperatorProcess
from unit.local.tuners import served

Json = dict[str, Any]


class Played:
    """What tuners print. says: lines by round, from a test; good answers if not given."""

    def __init__(self) -> None:
        self.says: dict[int, list[str]] = {}
        self.asked: Counter[int] = Counter()
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def lines(self, pod: str) -> list[str]:
        """Pods of tuners are called GROUP-tuner-ROUND-RANDOM."""
        if "-tuner-" not in pod:
            return []
        iteration = int(pod.split("-tuner-")[1].split("-", maxsplit=1)[0])
        with self._lock:
            if pod not in self._seen:
                self._seen.add(pod)
                self.asked[iteration] += 1
        answer = {"suggestions": [{"x": 0.1 * iteration + 0.01 * n} for n in range(3)]}
        return self.says.get(iteration, ["thinking", json.dumps(answer)])


@pytest.fixture(scope="module")
def played() -> Played:
    return Played()


@pytest.fixture(scope="module")
def plane(announce: Callable[[str], None], played: Played) -> Iterator[ControlPlane]:
    """A control plane of its own, whose only node prints what tuners say."""
    with ControlPlane(scheduler=True, kwok=True, report=announce) as plane:
        api = plane.api()
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": RELEASE_NAMESPACE}})
        install(api)
        with PlayedKubelet(plane, played.lines, 0, "prints"):
            yield plane


@pytest.fixture(scope="module")
def account(plane: ControlPlane) -> Path:
    """A kubeconfig with exactly the shipped rights."""
    return shipped_account(plane, {})


@pytest.fixture
def api(plane: ControlPlane) -> Api:
    return plane.api()


@pytest.fixture
def namespace(api: Api, played: Played, request: pytest.FixtureRequest) -> str:
    """A namespace of the test's own; tuners say nothing but good answers at first."""
    played.says.clear()
    played.asked.clear()
    name = f"t{time.time_ns()}"
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    api.wait("v1", "ServiceAccount", "default", bool, name)
    return name


@pytest.fixture
def operator(account: Path) -> Iterator[OperatorProcess]:
    with OperatorProcess(account) as operator:
        yield operator


def searched(tuner: Mapping[str, Any] | None = None, rounds: int = 3, **fields: Any) -> Json:
    """Rounds of three trials, two at once."""
    container = {
        "image": "tuner:1",
        "command": ["suggest"],
        "env": [{"name": "LEVEL", "value": "3"}],
        "resources": {"limits": {"cpu": "1"}},
    }
    matrix = {"kind": "iterative", "maxIterations": rounds, "tuner": tuner or {"container": container}}
    document = group(matrix=matrix, **fields)
    del document["spec"]["matrix"]["numRuns"]
    return document


def requests(api: Api, namespace: str) -> list[Json]:
    """Requests that are stored now."""
    return [
        found for found in api.list("v1", "ConfigMap", namespace) if "-tuner-" in found["metadata"]["name"]
    ]


def check_rounds(api: Api, namespace: str, rounds: int = 3) -> None:
    """Each suggestion of each round is one trial, in its order."""
    found = trials(api, namespace)
    wanted = [round(0.1 * i + 0.01 * n, 6) for i in range(rounds) for n in range(3)]
    assert [round(trial["spec"]["params"]["x"], 6) for trial in found] == wanted
    assert [trial["spec"]["origin"]["iteration"] for trial in found] == [
        i for i in range(rounds) for _ in range(3)
    ]
    assert {trial["status"]["state"] for trial in found} == {"Succeeded"}
    # A launch that the operator's death cut short is made again; nothing ran of it.
    lost = [attempt for trial in found for attempt in trial["status"].get("lostAttempts", [])]
    assert all(attempt["reason"] == "AttemptLost" for attempt in lost)


def test_a_tuner_in_a_container_is_a_job_for_each_round(
    api: Api, namespace: str, operator: OperatorProcess, played: Played
) -> None:
    seen: dict[str, Json] = {}
    stored: dict[str, Json] = {}
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            for job in api.list("batch/v1", "Job", namespace):
                if "-tuner-" in job["metadata"]["name"]:
                    seen[job["metadata"]["name"]] = job
            for found in requests(api, namespace):
                stored[found["metadata"]["name"]] = found
            time.sleep(0.05)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        api.create(searched(), namespace)
        document = wait_finished(api, namespace)
    finally:
        over.set()
        watching.join()
    check_rounds(api, namespace)
    status = document["status"]
    assert (status["state"], status["progress"]) == ("Succeeded", "9/?")
    assert status["round"] == {"iteration": 2, "first": 6}
    assert "(maxIterations is 3)" in status["message"]
    assert played.asked == {0: 1, 1: 1, 2: 1}
    assert set(seen) == {f"g-tuner-{n}" for n in range(3)}
    job = seen["g-tuner-1"]
    assert job["metadata"]["ownerReferences"][0]["uid"] == document["metadata"]["uid"]
    assert names.LABEL_GROUP_UID not in job["metadata"]["labels"]
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]
    env = {known["name"]: known["value"] for known in container["env"]}
    assert env == {"LEADLINE_TUNER_INPUT": "/leadline/request.json", "LEADLINE_GROUP": "g", "LEVEL": "3"}
    assert container["resources"]["limits"] == {"cpu": "1"}
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    told = {found["metadata"]["ownerReferences"][0]["uid"]: found for found in stored.values()}
    request = json.loads(told[job["metadata"]["uid"]]["data"]["request.json"])
    assert (request["iteration"], request["n"], request["most"]) == (1, 2, 1000)
    assert [entry["sequence"] for entry in request["history"]] == [3, 2, 1]
    assert {entry["trial"] for entry in request["history"]} == {"g-0", "g-1", "g-2"}
    wait_until(lambda: not requests(api, namespace), "the requests to go with their Jobs")
    wait_until(lambda: not api.list("batch/v1", "Job", namespace), "the tuner's Jobs to be removed")


def test_an_answer_that_can_not_be_used_is_told_and_asked_again(
    api: Api, namespace: str, operator: OperatorProcess, played: Played
) -> None:
    played.says[1] = ['{"suggestions": [{"x": 7}]}']
    api.create(searched(rounds=2), namespace)

    def refused(document: Json) -> bool:
        return condition(document, "Reconciling").get("reason") == "TunerAnswerInvalid"

    document = api.wait(names.API_VERSION, names.GROUP_KIND, "g", refused, namespace)
    assert document["status"]["message"] == "suggestions[0]: x is 7, which is not from 0 to 1"
    assert len(trials(api, namespace)) == 3
    played.says.clear()
    wait_finished(api, namespace)
    check_rounds(api, namespace, 2)
    assert played.asked[1] >= 2


@pytest.mark.parametrize("moment", ["asked", "answered", "started"])
def test_a_round_survives_the_death_of_its_operator(
    api: Api, namespace: str, account: Path, played: Played, moment: str
) -> None:
    def job(document: Json) -> bool:
        return bool(document)

    def has_round(document: Json) -> bool:
        return bool(document.get("status", {}).get("round", {}).get("iteration") == 1)

    with OperatorProcess(account) as operator:
        api.create(searched(seconds=0.5), namespace)
        if moment == "started":
            api.wait(names.API_VERSION, names.TRIAL_KIND, "g-4", bool, namespace)
        elif moment == "asked":
            api.wait("batch/v1", "Job", "g-tuner-1", job, namespace)
        else:
            api.wait(names.API_VERSION, names.GROUP_KIND, "g", has_round, namespace)
        operator.kill()
    with OperatorProcess(account):
        wait_finished(api, namespace)
    check_rounds(api, namespace)
    if moment == "asked":
        assert played.asked[1] == 1, "the Job that was there was asked again"


def with_body(matches: Matcher, part: bytes) -> Matcher:
    """Requests that match and have this in their body."""
    return lambda method, path, body: matches(method, path, body) and part in body


EVERY_WRITE_OF_A_ROUND = {
    "create-tuner-job": with_body(CREATE_JOB, b"-tuner-"),
    "create-request": writes("POST", "/configmaps"),
    "release-tuner-job": writes("PATCH", "", "/jobs/g-tuner-"),
    "store-round": with_body(CLAIM, b'"suggestions"'),
    "delete-tuner-job": writes("DELETE", "", "/jobs/g-tuner-"),
}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_every_kind_of_write_of_a_round(
    api: Api, namespace: str, plane: ControlPlane, tmp_path: Path, moment: str
) -> None:
    flags = (f"--namespaces={namespace}", f"--lease-namespace={namespace}", "--no-leader-election")
    rounds = len(EVERY_WRITE_OF_A_ROUND) + 2
    with (
        FaultProxy(plane.kubeconfig(), tmp_path) as proxy,
        OperatorProcess(proxy.own_kubeconfig, *flags) as operator,
    ):
        api.create(searched(rounds=rounds), namespace)
        kill_at_each(EVERY_WRITE_OF_A_ROUND, moment, proxy, operator)
        wait_finished(api, namespace)
    check_rounds(api, namespace, rounds)


def test_a_tuner_that_is_put_right_is_asked_in_place_of_the_old_one(
    api: Api, namespace: str, operator: OperatorProcess, played: Played
) -> None:
    played.says[0] = ["no answer"]
    api.create(searched(rounds=1), namespace)
    api.wait(
        names.API_VERSION,
        names.GROUP_KIND,
        "g",
        lambda it: condition(it, "Reconciling").get("reason") == "TunerAnswerInvalid",
        namespace,
    )
    played.says.clear()
    change = {"spec": {"matrix": {"tuner": {"container": {"image": "tuner:2"}}}}}
    api.patch(names.API_VERSION, names.GROUP_KIND, "g", change, namespace)
    wait_finished(api, namespace)
    check_rounds(api, namespace, 1)


def test_an_endpoint_of_the_operators_own_machine_is_not_asked(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    api.create(searched({"http": {"url": "http://127.0.0.1:8080/healthz"}}), namespace)

    def refused(document: Json) -> bool:
        return condition(document, "Reconciling").get("reason") == "TunerFailed"

    document = api.wait(names.API_VERSION, names.GROUP_KIND, "g", refused, namespace)
    assert "requests to 127.0.0.1 are not allowed from here" in document["status"]["message"]
    assert trials(api, namespace) == []
    api.delete(names.API_VERSION, names.GROUP_KIND, "g", namespace)


def own_address() -> str:
    """An address of this machine that is not loopback, or nothing. No packet is sent."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect(("10.254.254.254", 9))
        except OSError:
            return ""
        address: str = probe.getsockname()[0]
        return address


def test_an_endpoint_is_asked_once_for_each_round(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    address = own_address()
    if not address or address.startswith("127."):
        pytest.skip("this machine has no address but loopback")

    def answer(request: Mapping[str, Any]) -> Json:
        i = request["iteration"]
        return {"suggestions": [{"x": 0.1 * i + 0.01 * n} for n in range(3)], "done": i == 1}

    with served(answer, host=address) as endpoint:
        api.create(searched({"http": {"url": endpoint.url}}), namespace)
        document = wait_finished(api, namespace)
    check_rounds(api, namespace, 2)
    assert condition(document, "Finished")["reason"] == "TunerDone"
    assert [request["iteration"] for request in endpoint.requests] == [0, 1]
    assert api.list("batch/v1", "Job", namespace) == []


def test_an_installation_may_ask_no_endpoint_at_all(api: Api, namespace: str, account: Path) -> None:
    with OperatorProcess(account, "--no-http-tuners"):
        api.create(searched({"http": {"url": "http://tuner.example/"}}), namespace)
        document = api.wait(
            names.API_VERSION,
            names.GROUP_KIND,
            "g",
            lambda it: condition(it, "Reconciling").get("reason") == "TunerFailed",
            namespace,
        )
    assert "the chart's settings.httpTuners is false" in document["status"]["message"]
    api.delete(names.API_VERSION, names.GROUP_KIND, "g", namespace)
