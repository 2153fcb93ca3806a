"""Warm starts on a real API server: an earlier group's results are taken over once, points are the first trials."""

from __future__ import annotations

from cluster.client import Api
from faults.groups import group, trials, wait_finished
from leadline.api import names
from operator_process import OperatorProcess


def test_a_group_begins_with_what_an_earlier_one_came_to(
    api: Api, namespace: str, operator: OperatorProcess
) -> None:
    narrow = {"params": {"x": {"kind": "uniform", "value": [0, 0.5]}}}
    api.create(group("before", runs=6), namespace)
    wait_finished(api, namespace, "before")
    found = [trial["spec"]["params"]["x"] for trial in trials(api, namespace)]
    fits = sorted(x for x in found if x <= 0.5)
    assert 0 < len(fits) < 6

    warm = {
        "groups": ["before", "never"],
        "points": [{"params": {"x": 0.125}}, {"params": {"x": 0.25}, "value": 0.25}],
    }
    api.create(group("after", runs=4, matrix={"kind": "tpe", **narrow}, warmStart=warm), namespace)
    status = wait_finished(api, namespace, "after")["status"]
    told = status["warmStart"]
    assert (told["taken"], told["leftOut"]) == (len(fits), 6 - len(fits) + 1)
    assert sorted(one["params"]["x"] for one in told["results"]) == fits
    assert "never: there is no such earlier group" in told["message"]
    assert status["counts"]["succeeded"] == 4
    mine = [
        trial for trial in trials(api, namespace) if trial["metadata"]["labels"][names.LABEL_GROUP] == "after"
    ]
    first = next(trial for trial in mine if trial["spec"]["number"] == 0)
    assert first["spec"]["params"] == {"x": 0.125}
    assert first["spec"]["origin"]["phase"] == "given"
    assert first["spec"]["origin"]["history"] == len(fits) + 1
    assert not {trial["spec"]["params"]["x"] for trial in mine} & {0.25, *fits}
    with_events = [event["reason"] for event in api.list("events.k8s.io/v1", "Event", namespace)]
    assert "WarmStart" in with_events
