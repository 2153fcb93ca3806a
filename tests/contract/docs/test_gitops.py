"""What Flux and Argo CD make of a group, as docs/gitops.md says: their own rules, over every state of a group."""

from __future__ import annotations

from typing import Any

import lupa  # type: ignore[import-untyped]
import pytest
import yaml

from leadline.api.names import GroupState
from leadline.api.schema import to_dict
from leadline.api.status import Condition, GroupStatus
from leadline.problems import Problem
from leadline.reconcile.conditions import Situation, conditions
from leadline.reconcile.decide import decide
from leadline.reconcile.history import History
from leadline.reconcile.observed import Group, Observed

from .pages import ROOT, blocks

KSTATUS = {
    "Pending": "InProgress",
    "Waiting": "InProgress",
    "Searching": "Current",
    "Suspended": "Current",
    "Stopping": "Current",
    "Succeeded": "Current",
    "Failed": "Failed",
    "Stalled": "Failed",
}
ARGO_CD = {
    "Pending": "Progressing",
    "Waiting": "Progressing",
    "Searching": "Progressing",
    "Stopping": "Progressing",
    "Suspended": "Suspended",
    "Succeeded": "Healthy",
    "Failed": "Degraded",
    "Stalled": "Degraded",
}


def _group(state: GroupState, generation: int = 3) -> dict[str, Any]:
    stated = conditions(Situation(state, "Reason", "because"), (), 3, 0.0)
    return _document(
        GroupStatus(3, state=state, message="because", progress="1/2", conditions=stated), generation
    )


def _document(status: GroupStatus, generation: int) -> dict[str, Any]:
    return {"metadata": {"generation": generation}, "status": to_dict(status)}


def _invalid() -> dict[str, Any]:
    group = Group("g", "ns", "uid", 1, 0.0, None, GroupStatus(), (Problem("spec.matrix", "is wrong"),))
    status = decide(Observed(group, {}, {}, History()), 0.0).status
    assert status is not None
    return _document(status, 1)


def _kstatus(document: dict[str, Any]) -> str:
    """The generic rules of sigs.k8s.io/cli-utils/pkg/kstatus/status: checkGenericProperties, checkReadyCondition."""
    status = document["status"]
    if status.get("observedGeneration", 0) != document["metadata"]["generation"]:
        return "InProgress"
    by_type = {condition["type"]: condition["status"] for condition in status.get("conditions", ())}
    if by_type.get("Reconciling") == "True":
        return "InProgress"
    if by_type.get("Stalled") == "True":
        return "Failed"
    return "Current" if by_type.get("Ready", "True") == "True" else "InProgress"


def _argo_cd(document: dict[str, Any]) -> tuple[str, str]:
    """Status and message by the script on the page, run as Argo CD runs it: the object is ``obj``."""
    (manifest,) = [
        yaml.safe_load(block.text)
        for block in blocks(ROOT / "docs" / "gitops.md")
        if "argocd-cm" in block.text
    ]
    script = manifest["data"]["resource.customizations.health.leadline.dev_OptimizationGroup"]
    lua = lupa.LuaRuntime(register_eval=False)
    lua.globals()["obj"] = _table(lua, document)
    health = lua.execute(script)
    return health["status"], health["message"]


def _table(lua: Any, value: Any) -> Any:
    if isinstance(value, dict):
        return lua.table_from({key: _table(lua, item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return lua.table_from([_table(lua, item) for item in value])
    return value


@pytest.mark.parametrize("state", GroupState)
def test_flux_shows_what_the_page_says(state: GroupState) -> None:
    assert _kstatus(_group(state)) == KSTATUS[state]


@pytest.mark.parametrize("state", GroupState)
def test_argo_cd_shows_what_the_page_says(state: GroupState) -> None:
    status, message = _argo_cd(_group(state))
    assert status == ARGO_CD[state]
    assert message == f"{state} 1/2: because"


def test_a_group_that_cannot_go_on_is_degraded_and_its_mistake_shown() -> None:
    assert _kstatus(_invalid()) == "Failed"
    assert _argo_cd(_invalid()) == ("Degraded", "Stalled : spec.matrix: is wrong")


@pytest.mark.parametrize("state", GroupState)
def test_an_edit_that_the_operator_has_not_seen_is_in_progress(state: GroupState) -> None:
    edited = _group(state, generation=4)
    assert _kstatus(edited) == "InProgress"
    assert _argo_cd(edited) == ("Progressing", "waiting for the operator")


def test_a_new_group_without_a_status_is_in_progress() -> None:
    assert _argo_cd({"metadata": {"generation": 1}}) == ("Progressing", "waiting for the operator")


def test_conditions_are_what_both_read() -> None:
    assert set(KSTATUS) == set(ARGO_CD) == {str(state) for state in GroupState}
    assert {
        type(condition) for condition in conditions(Situation(GroupState.PENDING, "", ""), (), 1, 0.0)
    } == {Condition}
