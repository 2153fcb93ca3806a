"""The API server refuses, throttles, fails, or loses its replies: a search comes to the same end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cluster.client import Api
from cluster.controlplane import ControlPlane
from cluster.waiting import wait_until
from faults.groups import check_complete, group, trials, wait_finished
from faults.observer import Observer
from faults.proxy import EVERY_WRITE, Fault, FaultProxy
from operator_process import OperatorProcess

RUNS, CONCURRENCY = 12, 3

FAULTS: dict[str, dict[str, Any]] = {
    "conflict": {"status": 409},
    "throttled": {"status": 429, "retry_after": 1},
    "failing": {"status": 500},
    "reply-lost": {"lose_reply": True},
}


@pytest.mark.parametrize("kind", FAULTS)
def test_every_kind_of_write_meets_it_and_the_search_ends_as_ever(
    kind: str,
    proxy: FaultProxy,
    api: Api,
    namespace: str,
    start_operator: Callable[..., OperatorProcess],
) -> None:
    faults = [proxy.add(Fault(matches, nth=2, **FAULTS[kind])) for matches in EVERY_WRITE.values()]
    start_operator(proxy.own_kubeconfig)
    with Observer(api, namespace, CONCURRENCY) as observer:
        api.create(group(runs=RUNS, concurrency=CONCURRENCY), namespace)
        check_complete(api, namespace, RUNS)
        observer.check()
    assert all(fault.hit.is_set() for fault in faults)


def test_an_api_server_that_is_restarted_holds_nothing_up_for_long(
    control_plane: ControlPlane, api: Api, namespace: str, operator: OperatorProcess
) -> None:
    api.create(group(runs=RUNS, concurrency=CONCURRENCY, seconds=1), namespace)
    api.wait(
        "leadline.dev/v1alpha1",
        "OptimizationGroup",
        "g",
        lambda known: known.get("status", {}).get("completed", 0) >= 3,
        namespace,
    )
    control_plane.restart_apiserver()
    check_complete(api, namespace, RUNS)


def test_two_operators_at_once_are_safe(
    api: Api, namespace: str, start_operator: Callable[..., OperatorProcess]
) -> None:
    operators = [start_operator(), start_operator()]
    with Observer(api, namespace, CONCURRENCY) as observer:
        api.create(group(runs=RUNS, concurrency=CONCURRENCY), namespace)
        check_complete(api, namespace, RUNS)
        observer.check()
    assert all(operator.is_alive() for operator in operators)


def test_another_operator_takes_over_when_the_leader_dies(
    api: Api, namespace: str, start_operator: Callable[..., OperatorProcess]
) -> None:
    leader = start_operator(elect=True)
    # One that is ready may still stand by: it takes the Lease a moment later.
    wait_until(lambda: leader.total("leadline_leader") == 1, "the first operator to lead")
    stand_by = start_operator(elect=True)
    assert stand_by.total("leadline_leader") == 0
    with Observer(api, namespace, CONCURRENCY) as observer:
        api.create(group(runs=RUNS, concurrency=CONCURRENCY, seconds=1), namespace)
        api.wait(
            "leadline.dev/v1alpha1",
            "OptimizationGroup",
            "g",
            lambda known: known.get("status", {}).get("completed", 0) >= 2,
            namespace,
        )
        leader.kill()
        check_complete(api, namespace, RUNS)
        observer.check()
    assert stand_by.total("leadline_leader") == 1


def test_a_finished_group_is_left_alone_even_by_a_new_operator(
    proxy: FaultProxy, api: Api, namespace: str, start_operator: Callable[..., OperatorProcess]
) -> None:
    operator = start_operator(proxy.own_kubeconfig)
    api.create(group(runs=4), namespace)
    check_complete(api, namespace, 4)
    operator.terminate()
    version = wait_finished(api, namespace)["metadata"]["resourceVersion"]
    proxy.writes.clear()
    operator.start()
    api.patch(
        "leadline.dev/v1alpha1", "OptimizationGroup", "g", {"metadata": {"labels": {"a": "b"}}}, namespace
    )
    api.create(group("other", runs=2), namespace)
    wait_finished(api, namespace, "other")
    touched = [path for _, path in proxy.writes if "/optimizationgroups/g/" in path or "/trials/g-" in path]
    assert touched == []
    assert len(trials(api, namespace)) == 6
    assert int(version) > 0
