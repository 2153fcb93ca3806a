"""The everyday commands on a real API server; groups and trials are as an operator would have left them."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from click.testing import CliRunner, Result

from cluster import binaries
from cluster.client import Api
from cluster.controlplane import ControlPlane
from leadline.api import names
from leadline.cli.main import cli
from unit.cli.objects import Object, best, conditions, group, owned, trial

BIN = Path(sys.executable).parent
CONTAINERS = ("train", "helper")
TRIALS = [
    trial(0, value=0.5, params={"lr": 0.1, "opt": "sgd"}, metrics={"accuracy": 0.5, "size": 7.25}),
    trial(1, value=0.9, params={"lr": 0.01, "opt": "a dam"}, metrics={"accuracy": 0.9}, node="node-a"),
    trial(2, "Running", params={"lr": 1e-5, "opt": "sgd"}, startTime="2027-01-15T07:00:00Z"),
    trial(3, "Failed", reason="ExitCode", message="exit code 1", logTail="last words\n"),
]

pytestmark = pytest.mark.usefixtures("definitions")
Leadline = Callable[..., Result]


@pytest.fixture
def kubeconfig(control_plane: ControlPlane, namespace: str) -> Path:
    """An administrator whose context names the test's namespace."""
    return control_plane.kubeconfig(namespace=namespace)


@pytest.fixture
def leadline(kubeconfig: Path) -> Leadline:
    return lambda *arguments: CliRunner().invoke(cli, [*arguments, "--kubeconfig", str(kubeconfig)])


@pytest.fixture
def put(api: Api, namespace: str) -> Callable[..., Object]:
    """Creates a group with its status, and trials of it with theirs."""

    def put_one(item: Object) -> Object:
        made = api.create(item, namespace)
        name = made["metadata"]["name"]
        return api.patch(
            item["apiVersion"],
            item["kind"],
            name,
            {"status": item["status"]},
            namespace,
            subresource="status",
        )

    def put_all(known: Object, *trials: Object) -> Object:
        made = put_one(known)
        for item in trials:
            put_one(owned(item, made))
        return made

    return put_all


def test_list_shows_the_searches_of_the_contexts_namespace(
    leadline: Leadline, put: Callable[..., Object], namespace: str
) -> None:
    put(group("digits", best=best("digits", 1, 0.9, lr=0.01)))
    put(group("words", "Waiting", message="trial 0: no node fits"))
    lines = leadline("list").stdout.splitlines()

    assert lines[0].split() == ["NAME", "ALGORITHM", "DONE/TOTAL", "RUNNING", "BEST", "STATE", "AGE"]
    assert lines[1].split()[:6] == ["digits", "random", "2/4", "2", "0.9", "Searching"]
    assert lines[2].split()[:5] == ["words", "random", "2/4", "2", "Waiting"]
    assert "no node fits" in leadline("list", "-o", "wide").stdout
    assert leadline("list", "-n", "default", "-o", "name").stdout == ""


def test_all_namespaces_are_told_apart(
    leadline: Leadline, put: Callable[..., Object], namespace: str
) -> None:
    put(group("digits"))
    text = leadline("list", "-A").stdout

    assert text.splitlines()[0].startswith("NAMESPACE")
    assert [namespace, "digits"] in [line.split()[:2] for line in text.splitlines()]
    found = json.loads(leadline("list", "-A", "-o", "json").stdout)["items"]
    assert {"apiVersion": names.API_VERSION, "kind": names.GROUP_KIND}.items() <= found[0].items()
    assert "managedFields" not in found[0]["metadata"]


def test_a_group_that_no_operator_has_seen_is_pending(leadline: Leadline, api: Api, namespace: str) -> None:
    api.create({key: value for key, value in group("new").items() if key != "status"}, namespace)

    assert leadline("list").stdout.splitlines()[1].split()[:5] == ["new", "random", "0/?", "0", "Pending"]
    assert "new has no trials yet" in leadline("trials", "new").stderr


def test_trials_are_those_of_this_group_best_first(leadline: Leadline, put: Callable[..., Object]) -> None:
    put(group("digits"), *TRIALS)
    put(group("digits-1"), trial(5))
    lines = leadline("trials", "digits").stdout.splitlines()

    assert lines[0].split() == ["TRIAL", "STATE", "VALUE", "lr", "opt", "size", "TIME"]
    assert [line.split()[0] for line in lines[1:]] == ["digits-1", "digits-0", "digits-2", "digits-3"]
    assert "ExitCode: exit code 1" in leadline("trials", "digits", "-o", "wide").stdout
    assert (
        leadline("trials", "digits", "--state", "failed", "-o", "name").stdout
        == "trial.leadline.dev/digits-3\n"
    )
    assert leadline("trials", "digits-1", "-o", "name").stdout == "trial.leadline.dev/digits-1-5\n"


def test_a_trial_is_explained(leadline: Leadline, put: Callable[..., Object]) -> None:
    put(group("digits"), *TRIALS)
    lost = [{"attempt": 1, "reason": "Disrupted", "message": "drained"}]
    put(group("unlucky"), trial(5, lostAttempts=lost, attempt=2, disruptions=1))

    assert "It failed (ExitCode): exit code 1." in leadline("explain", "digits-3").stdout
    assert "Attempt 1 ended with Disrupted: drained" in leadline("explain", "unlucky", "5").stdout
    assert json.loads(leadline("explain", "unlucky-5", "-o", "json").stdout)["lostAttempts"] == lost


def test_the_best_parameters_are_printed(leadline: Leadline, put: Callable[..., Object]) -> None:
    put(group("digits", best=best("digits", 1, 0.9, lr=0.01, opt="a dam")))

    assert yaml.safe_load(leadline("best", "digits").stdout) == {"lr": 0.01, "opt": "a dam"}
    env = leadline("best", "digits", "-o", "env").stdout
    assert set(env.splitlines()) == {"LEADLINE_PARAM_LR=0.01", "LEADLINE_PARAM_OPT='a dam'"}


def test_suspend_resume_and_stop_are_edits_of_the_spec(
    leadline: Leadline, put: Callable[..., Object], api: Api, namespace: str
) -> None:
    before = put(group("digits"))["spec"]

    def edits() -> dict[str, Any]:
        spec = api.get(names.API_VERSION, names.GROUP_KIND, "digits", namespace)["spec"]
        assert {**spec, "suspend": False, "stop": None} == {**before, "stop": None}
        return {key: spec[key] for key in ("suspend", "stop") if spec.get(key)}

    assert "2 running trials go on" in leadline("suspend", "digits").stdout
    assert edits() == {"suspend": True}
    assert "resumed" in leadline("resume", "digits").stdout
    assert edits() == {}
    assert "come to the end first" in leadline("stop", "digits").stdout
    assert edits() == {"stop": "Drain"}
    assert "being ended" in leadline("stop", "digits", "--now").stdout
    assert edits() == {"stop": "Now"}
    assert "no longer to stop" in leadline("resume", "digits").stdout
    assert edits() == {}


def test_names_that_are_not_there_are_told_with_those_that_are(
    leadline: Leadline, put: Callable[..., Object], namespace: str
) -> None:
    put(group("digits"), *TRIALS)

    assert (
        f"no search 'digit' in namespace {namespace}; did you mean digits?"
        in leadline("best", "digit").stderr
    )
    assert "no trial 'digits-7'" in leadline("logs", "digits-7").stderr
    assert "digits is a search: name one of its trials" in leadline("logs", "digits").stderr
    assert leadline("suspend", "x").exit_code == 3


# --- wait ---


@pytest.mark.parametrize(("state", "status"), [("Succeeded", 0), ("Failed", 1)])
def test_wait_ends_when_the_search_does(
    leadline: Leadline, put: Callable[..., Object], api: Api, namespace: str, state: str, status: int
) -> None:
    put(group("digits"))
    over = {"state": state, "message": "it is over", "conditions": conditions(True, state == "Succeeded")}

    def end() -> None:
        change = {"status": over}
        api.patch(names.API_VERSION, names.GROUP_KIND, "digits", change, namespace, subresource="status")

    timer = threading.Timer(1, end)
    timer.start()
    answer = leadline("wait", "digits", "--timeout", "60s")
    timer.join()

    assert answer.exit_code == status
    assert answer.stdout == f"digits {state.lower()}: it is over\n"
    assert "digits: 2/4 done, 2 running" in answer.stderr


def test_wait_gives_up_when_the_time_is_over(leadline: Leadline, put: Callable[..., Object]) -> None:
    put(group("digits"))
    begun = time.monotonic()
    answer = leadline("wait", "digits", "--timeout", "1s", "-q")

    assert answer.exit_code == 2
    assert time.monotonic() - begun < 10


def test_wait_for_what_is_deleted_is_an_error(
    leadline: Leadline, put: Callable[..., Object], api: Api, namespace: str
) -> None:
    put(group("digits"))
    timer = threading.Timer(1, api.delete, (names.API_VERSION, names.GROUP_KIND, "digits", namespace))
    timer.start()
    answer = leadline("wait", "digits", "--timeout", "60s")
    timer.join()

    assert answer.exit_code == 3
    assert "no search 'digits'" in answer.stderr


# --- what stands in the way ---


def test_without_permission_the_role_is_named(control_plane: ControlPlane, api: Api, namespace: str) -> None:
    token = api.service_account_token(namespace, "default")
    kubeconfig = control_plane.kubeconfig(token=token, namespace=namespace)
    answer = CliRunner().invoke(cli, ["list", "--kubeconfig", str(kubeconfig)])

    assert answer.exit_code == 3
    assert "cannot list" in answer.stderr
    assert "role `view`" in answer.stderr


def test_a_token_that_is_not_accepted_is_told(control_plane: ControlPlane) -> None:
    kubeconfig = control_plane.kubeconfig(token="nobody")
    answer = CliRunner().invoke(cli, ["list", "--kubeconfig", str(kubeconfig)])

    assert answer.exit_code == 3
    assert "log in again" in answer.stderr


def test_an_unknown_context_is_told(leadline: Leadline) -> None:
    answer = leadline("list", "--context", "nowhere")

    assert answer.exit_code == 3
    assert "there is no context 'nowhere'" in answer.stderr


def test_a_cluster_that_is_not_there_is_told_within_seconds(kubeconfig: Path, tmp_path: Path) -> None:
    config = yaml.safe_load(kubeconfig.read_text())
    for entry in config["clusters"]:
        entry["cluster"]["server"] = "https://127.0.0.1:1"
    elsewhere = tmp_path / "config"
    elsewhere.write_text(yaml.safe_dump(config))
    begun = time.monotonic()
    answer = CliRunner().invoke(cli, ["list", "--kubeconfig", str(elsewhere)])

    assert answer.exit_code == 3
    assert answer.stderr.startswith("Error: no answer from the cluster")
    assert time.monotonic() - begun < 15


# --- as a plug-in of kubectl ---


def test_kubectl_leadline_is_the_same_command(
    put: Callable[..., Object], kubeconfig: Path, namespace: str
) -> None:
    put(group("digits"))
    kubectl = binaries.find("kubectl")
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "KUBECONFIG": str(kubeconfig)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(kubectl), "leadline", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    assert run("list", "-o", "name").stdout == "optimizationgroup.leadline.dev/digits\n"
    assert run("list", "-n", "default", "-o", "name").stdout == ""
    refused = run("best", "digits")
    assert refused.returncode == 3
    assert "no trial of digits has succeeded yet" in refused.stderr
    assert "Usage: kubectl leadline list" in run("list", "--help").stdout


# --- logs ---


class Kubelet(ThreadingHTTPServer):
    """Serves the log of every container there is: lines with their timestamps, the last ones only after ``end``."""

    def __init__(self, certificates: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Log)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificates / "apiserver.crt", certificates / "apiserver.key")
        self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.lines = ["2027-01-15T07:00:00.000000001Z one", "2027-01-15T07:00:00.000000002Z two"]
        self.late = ["2027-01-15T07:00:01.000000001Z three"]
        self.asked: list[str] = []
        self.ended = threading.Event()

    def end(self) -> None:
        """The container prints the rest and ends."""
        self.lines += self.late
        self.ended.set()


class _Log(BaseHTTPRequestHandler):
    server: Kubelet

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        self.server.asked.append(address.path)
        self.send_response(200)
        self.end_headers()
        self._print(query, self.server.lines[:2])
        if "follow" in query:
            self.server.ended.wait(30)
        self._print(query, self.server.lines[2:])

    def _print(self, query: dict[str, list[str]], lines: list[str]) -> None:
        since = query.get("sinceTime", [""])[0][:19]
        for line in lines:
            if line[:19] >= since:
                text = line if "timestamps" in query else line.partition(" ")[2]
                self.wfile.write(f"{text}\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def kubelet(control_plane: ControlPlane) -> Iterator[Kubelet]:
    with Kubelet(control_plane.folder / "certificates") as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.ended.set()
        server.shutdown()
        thread.join()


class Pods:
    """Pods of attempts, on a node whose kubelet the test plays."""

    def __init__(self, api: Api, namespace: str, node: str) -> None:
        self._api, self._namespace, self._node = api, namespace, node

    def create(self, of: Object, number: int, phase: str) -> str:
        """The pod of a trial's first attempt; its name."""
        labels = {
            names.LABEL_GROUP_UID: of["metadata"]["uid"],
            names.LABEL_TRIAL: str(number),
            names.LABEL_ATTEMPT: "1",
        }
        name = f"{of['metadata']['name']}-{number}-1-abcde"
        containers = [{"name": container, "image": "x"} for container in CONTAINERS]
        manifest = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "labels": labels},
            "spec": {"nodeName": self._node, "containers": containers},
        }
        self._api.create(manifest, self._namespace)
        self.set_phase(name, phase)
        return name

    def set_phase(self, name: str, phase: str) -> None:
        """What a kubelet tells of a pod in this phase."""
        state = {"Running": {"running": {}}, "Pending": {"waiting": {"reason": "ImagePullBackOff"}}}
        told = {
            "image": "x",
            "imageID": "",
            "ready": False,
            "restartCount": 0,
            "state": state.get(phase, {"terminated": {"exitCode": 0}}),
        }
        statuses = [{"name": container, **told} for container in CONTAINERS]
        change = {"status": {"phase": phase, "containerStatuses": statuses}}
        self._api.patch("v1", "Pod", name, change, self._namespace, subresource="status")


@pytest.fixture
def pods(api: Api, namespace: str, kubelet: Kubelet) -> Pods:
    node = f"node-{namespace}"
    api.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}})
    addresses = [{"type": "InternalIP", "address": "127.0.0.1"}]
    endpoints = {"kubeletEndpoint": {"Port": kubelet.server_address[1]}}
    status = {"addresses": addresses, "daemonEndpoints": endpoints}
    api.patch("v1", "Node", node, {"status": status}, subresource="status")
    return Pods(api, namespace, node)


def test_the_log_of_a_trial_that_has_ended_is_read_to_its_end(
    leadline: Leadline, put: Callable[..., Object], pods: Pods, kubelet: Kubelet
) -> None:
    made = put(group("digits", best=best("digits", 1, 0.9, lr=0.01)), *TRIALS)
    pods.create(made, 1, "Succeeded")
    kubelet.end()

    for arguments in (["digits", "best"], ["digits-1"], ["digits", "1"]):
        answer = leadline("logs", *arguments)
        assert (answer.exit_code, answer.stdout) == (0, "one\ntwo\nthree\n"), answer.stderr
    assert all(path.endswith("/train") for path in kubelet.asked)


def test_the_container_whose_metrics_are_read_is_the_one(
    leadline: Leadline, put: Callable[..., Object], pods: Pods, kubelet: Kubelet
) -> None:
    containers = [{"name": name, "image": "x"} for name in CONTAINERS]
    spec = {"metrics": {"container": "helper"}, "template": {"spec": {"containers": containers}}}
    made = put(group("digits", spec=spec), *TRIALS)
    pods.create(made, 0, "Succeeded")
    kubelet.end()

    assert leadline("logs", "digits-0").stdout == "one\ntwo\nthree\n"
    assert kubelet.asked[-1].endswith("/helper")


def test_the_log_of_a_trial_that_runs_is_what_it_has_printed_so_far(
    leadline: Leadline, put: Callable[..., Object], pods: Pods
) -> None:
    made = put(group("digits"), *TRIALS)
    pods.create(made, 2, "Running")

    assert leadline("logs", "digits-2").stdout == "one\ntwo\n"


def test_a_log_is_followed_until_its_container_ends(
    leadline: Leadline, put: Callable[..., Object], pods: Pods, kubelet: Kubelet
) -> None:
    made = put(group("digits"), *TRIALS)
    name = pods.create(made, 2, "Running")

    def end() -> None:
        kubelet.end()
        pods.set_phase(name, "Succeeded")

    timer = threading.Timer(1.5, end)
    timer.start()
    answer = leadline("logs", "digits-2", "-f")
    timer.join()

    assert (answer.exit_code, answer.stdout) == (0, "one\ntwo\nthree\n"), answer.stderr


def test_a_container_that_can_not_start_has_printed_nothing(
    leadline: Leadline, put: Callable[..., Object], pods: Pods
) -> None:
    made = put(group("digits"), *TRIALS)
    pods.create(made, 2, "Pending")
    answer = leadline("logs", "digits-2")

    assert answer.exit_code == 3
    assert "digits-2 has printed nothing yet: ImagePullBackOff; -f waits for it" in answer.stderr


def test_without_a_pod_the_last_lines_of_a_failed_trial_are_left(
    leadline: Leadline, put: Callable[..., Object]
) -> None:
    put(group("digits"), *TRIALS)
    answer = leadline("logs", "digits", "failed")

    assert (answer.exit_code, answer.stdout) == (0, "last words\n\n")
    assert "its pod is gone" in answer.stderr
    gone = leadline("logs", "digits-0")
    assert gone.exit_code == 3
    assert "spec.termination.ttl" in gone.stderr
