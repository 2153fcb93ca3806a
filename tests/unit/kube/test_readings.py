"""Which logs are read when: ended attempts' once, running ones' along where the group asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from leadline.api import names
from leadline.api.trial import TrialSpec, TrialStatus
from leadline.kube.readings import Readings
from leadline.kube.resources import GROUPS
from leadline.kube.view import View
from leadline.reconcile.observed import Trial
from unit.protocol.store import Store
from unit.protocol.world import group_document

KEY = (0, 1)


class Logs:
    """A kubelet with one log: two lines, and for one who follows a third when the container ends."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.asked: list[bool] = []

    @asynccontextmanager
    async def log(
        self, pod: str, *, namespace: str, container: str = "", follow: bool = False, **more: Any
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked.append(follow)
        yield self._lines(follow, more.get("since", ""))

    async def _lines(self, follow: bool, since: str) -> AsyncIterator[bytes]:
        yield b"2027-01-15T08:00:01Z loss=0.5\n2027-01-15T08:00:02Z loss=0.4\n"
        if follow:
            await self.ended.wait()
        if self.ended.is_set():
            yield b"2027-01-15T08:00:03Z loss=0.3\n"


def labels(uid: str) -> dict[str, str]:
    return {names.LABEL_GROUP_UID: uid, names.LABEL_TRIAL: "0", names.LABEL_ATTEMPT: "1"}


def job(uid: str, version: int, **status: Any) -> dict[str, Any]:
    metadata = {"name": "g-0-1", "uid": "job", "resourceVersion": str(version), "labels": labels(uid)}
    return {"metadata": metadata, "spec": {"suspend": False}, "status": status}


def pod(uid: str, version: int, phase: str, state: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": "g-0-1-x", "uid": "pod", "resourceVersion": str(version), "labels": labels(uid)}
    status = {"phase": phase, "containerStatuses": [{"name": "train", "state": state}]}
    return {"metadata": metadata, "spec": {"containers": [{"name": "train"}]}, "status": status}


RUNGS = {
    "kind": "asha",
    "variant": "stopping",
    "maxIterations": 9,
    "resource": {"name": "epochs", "type": "int"},
}


def running_view(follow: bool, rungs: tuple[int, ...] = ()) -> View:
    """A group whose first attempt runs; ``rungs``: where it is judged meanwhile."""
    document = group_document(1, 1)
    document["spec"]["metrics"] = {"follow": follow}
    if rungs:
        document["spec"]["matrix"] |= RUNGS
    view = View(Store().create(GROUPS, document))
    uid = view.records.group.uid
    spec = TrialSpec(0, {"x": 0.5}, 0, {"resource": 9}, rungs, last_rung=True)
    view.records.put_trial(Trial(0, "trial", spec, TrialStatus()))
    view.put_job(job(uid, 10, active=1))
    view.put_pod(pod(uid, 11, "Running", {"running": {"startedAt": "2027-01-15T08:00:00Z"}}))
    return view


def end(view: View) -> None:
    """Its container and its Job end."""
    uid = view.records.group.uid
    view.put_pod(pod(uid, 12, "Succeeded", {"terminated": {"exitCode": 0}}))
    view.put_job(job(uid, 13, conditions=[{"type": "Complete", "status": "True"}]))


class Woken:
    """Takes the wish for another pass."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __call__(self, uid: str) -> None:
        self._event.set()

    async def wait(self) -> None:
        await asyncio.wait_for(self._event.wait(), 10)
        self._event.clear()


async def test_a_running_log_is_followed_to_its_end_and_counted_once() -> None:
    view, logs, woken = running_view(follow=True), Logs(), Woken()
    readings = Readings(logs, woken, at_once=4)
    readings.tend(view, frozenset())
    await asyncio.sleep(0.05)
    assert logs.asked == [True]
    end(view)
    logs.ended.set()
    readings.tend(view, frozenset({KEY}))
    await woken.wait()
    summary = view.attempts[KEY].metrics
    assert summary is not None
    assert (summary.metrics["loss"].last, summary.metrics["loss"].count) == (0.3, 3)
    await readings.close()


@pytest.mark.parametrize("wanted", [frozenset(), frozenset({KEY})], ids=["running", "ended"])
async def test_without_follow_a_log_is_read_once_when_it_is_wanted(
    wanted: frozenset[tuple[int, int]],
) -> None:
    view, logs, woken = running_view(follow=False), Logs(), Woken()
    readings = Readings(logs, woken, at_once=4)
    if wanted:
        end(view)
        logs.ended.set()
    readings.tend(view, wanted)
    if wanted:
        await woken.wait()
        assert view.attempts[KEY].metrics is not None
    await asyncio.sleep(0)
    assert True not in logs.asked
    assert bool(logs.asked) is bool(wanted)
    await readings.close()


async def test_a_trial_with_rungs_is_followed_and_its_marks_are_seen_while_it_runs() -> None:
    view, logs, woken = running_view(follow=False, rungs=(1, 2)), Logs(), Woken()
    readings = Readings(logs, woken, at_once=4)
    readings.tend(view, frozenset())
    await woken.wait()
    assert logs.asked == [True]
    running = view.attempts[KEY].metrics
    assert running is not None
    assert [(mark.amount, mark.series.last) for mark in running.metrics["loss"].marks] == [(1, 0.5), (2, 0.4)]
    end(view)
    assert view.attempts[KEY].metrics is None, "what it said so far is not all that it said"
    logs.ended.set()
    readings.tend(view, frozenset({KEY}))
    await woken.wait()
    await readings.close()
    whole = view.attempts[KEY].metrics
    assert whole is not None
    assert (whole.metrics["loss"].last, len(whole.metrics["loss"].marks)) == (0.3, 2)
