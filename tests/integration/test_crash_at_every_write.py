"""The operator is killed (-9) before and after each kind of write and started again: nothing lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cluster.client import Api
from faults.crashes import kill_at_each
from faults.groups import check_complete, group, trials
from faults.observer import Observer
from faults.proxy import EVERY_WRITE, FaultProxy
from operator_process import OperatorProcess

RUNS, CONCURRENCY = 16, 2


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2])
def test_killed_at_every_kind_of_write(
    moment: str,
    nth: int,
    proxy: FaultProxy,
    api: Api,
    namespace: str,
    start_operator: Callable[..., OperatorProcess],
) -> None:
    operator = start_operator(proxy.own_kubeconfig)
    with Observer(api, namespace, CONCURRENCY) as observer:
        api.create(group(runs=RUNS, concurrency=CONCURRENCY), namespace)
        kill_at_each(EVERY_WRITE, moment, proxy, operator, nth)
        check_complete(api, namespace, RUNS)
        observer.check()
    assert observer.most_at_once <= CONCURRENCY
    started = {number for _, number, _ in observer.started}
    assert len(started) == RUNS
    assert all(trial["status"].get("failures", 0) == 0 for trial in trials(api, namespace))
