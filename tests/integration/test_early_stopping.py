"""A stopping rule of one's own on a real API server: found by its entry point, it ends trials while they run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.client import Api
from cluster.controlplane import ControlPlane
from cluster.playedkubelet import PlayedKubelet
from faults.groups import condition, group, trials, wait_finished
from faults.observer import Observer
from faults.reporting import PACE, reporting, reports
from leadline.api import names
from operator_process import SOURCE, OperatorProcess
from plugins.install import FOLDER, GOOD_RULES, RULES, install


@pytest.fixture
def with_rules(tmp_path: Path) -> dict[str, str]:
    """The environment of an operator beside which the package of rules is installed."""
    site = install(tmp_path / "site", {RULES: GOOD_RULES})
    return {"PYTHONPATH": f"{SOURCE}:{FOLDER}:{site}"}


def test_a_rule_of_ones_own_ends_trials_while_they_run_and_its_operator_may_die(
    api: Api,
    namespace: str,
    control_plane: ControlPlane,
    start_operator: Callable[..., OperatorProcess],
    with_rules: dict[str, str],
) -> None:
    rule = {"kind": "custom_early_stopping", "entryPoint": "behind", "evaluationInterval": 2}
    node = f"prints-{namespace}"
    document = group(**reporting(node), matrix={"numRuns": 6, "earlyStopping": [rule]})
    operator = start_operator(environment=with_rules)
    with PlayedKubelet(control_plane, reports, PACE, node), Observer(api, namespace, 6) as observer:
        api.create(document, namespace)
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
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
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
