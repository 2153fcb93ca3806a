"""A stopping rule of one's own on a real API server: found by its entry point, it ends trials while they run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cluster.client import Api
from cluster.controlplane import ControlPlane
from cluster.playedkubelet import SELECTOR, PlayedKubelet
from faults.groups import condition, group, trials, wait_finished
from faults.observer import Observer
from leadline.api import names
from operator_process import SOURCE, OperatorProcess
from plugins.install import FOLDER, GOOD_RULES, RULES, install


@pytest.fixture
def start(
    control_plane: ControlPlane, definitions: None, namespace: str, tmp_path: Path
) -> Iterator[Callable[..., OperatorProcess]]:
    """Starts an operator beside which the package of rules is installed, or (rules=False) is not."""
    site = install(tmp_path / "site", GOOD_RULES, RULES)
    with ExitStack() as stack:

        def start(rules: bool = True) -> OperatorProcess:
            path = f"{SOURCE}:{FOLDER}:{site}" if rules else str(SOURCE)
            return stack.enter_context(
                OperatorProcess(
                    control_plane.kubeconfig(),
                    f"--namespaces={namespace}",
                    "--no-leader-election",
                    environment={"PYTHONPATH": path},
                )
            )

        yield start


def searched(node: str) -> dict[str, Any]:
    """Six trials at once, each of which reports for nine seconds; the smaller its number, the better."""
    rule = {"kind": "custom_early_stopping", "entryPoint": "behind", "evaluationInterval": 2}
    document = group(
        concurrency=6,
        seconds=9,
        annotations={"sim.leadline.dev/termination-message": ""},
        pod={"nodeSelector": {SELECTOR: node}},
        matrix={"numRuns": 6, "earlyStopping": [rule]},
    )
    document["spec"]["template"]["spec"]["containers"][0]["args"] = ["--x={{ x }}"]
    return document


def lines(pod: str) -> list[str]:
    """Pods are called GROUP-TRIAL-ATTEMPT-RANDOM."""
    number = int(pod.split("-")[1])
    return [f"epoch={epoch} loss={number + 1 / epoch}" for epoch in range(1, 10)]


def test_a_rule_of_ones_own_ends_trials_while_they_run_and_its_operator_may_die(
    api: Api, namespace: str, control_plane: ControlPlane, start: Callable[..., OperatorProcess]
) -> None:
    node = f"prints-{namespace}"
    operator = start()
    with PlayedKubelet(control_plane, lines, 0.6, node), Observer(api, namespace, 6) as observer:
        api.create(searched(node), namespace)
        api.wait(
            "leadline.dev/v1alpha1",
            "Trial",
            "g-0",
            lambda trial: bool(trial.get("status", {}).get("results")),
            namespace,
        )
        operator.kill()
        operator.start()
        status = wait_finished(api, namespace)["status"]
        observer.check()

    assert status["best"]["number"] == 0
    assert status["counts"]["stopped"] >= 3
    for trial in trials(api, namespace):
        told = trial["status"]
        assert trial["spec"]["rungs"][:3] == [2, 4, 6]
        assert told["attempt"] == 1
        if told["state"] == "Stopped":
            assert told["reason"] == "StoppedEarly"
            assert told["message"].startswith("behind, after ")
            assert "resource" not in told["results"][-1]
        else:
            assert [result.get("resource") for result in told["results"]] == [2, 4, 6, 8, None]


def test_a_rule_that_is_not_installed_is_told_of_until_it_is_taken_out(
    api: Api, namespace: str, start: Callable[..., OperatorProcess]
) -> None:
    start(rules=False)
    rule = {"kind": "custom_early_stopping", "entryPoint": "behind"}
    api.create(group(matrix={"numRuns": 3, "earlyStopping": [rule]}), namespace)
    of_groups = (names.API_VERSION, names.GROUP_KIND, "g")
    found = api.wait(*of_groups, lambda known: bool(condition(known, "Ready").get("message")), namespace)
    told = condition(found, "Reconciling")

    assert (told["status"], told["reason"]) == ("True", "StoppingRuleFailed")
    assert "no stopping rule named 'behind' is installed where the search runs" in told["message"]
    assert trials(api, namespace) == []

    api.patch(*of_groups, {"spec": {"matrix": {"earlyStopping": []}}}, namespace)
    assert wait_finished(api, namespace)["status"]["counts"]["succeeded"] == 3
