"""The launch protocol under random faults: crashes, lost replies, late requests, stale caches, two operators.

The code that runs is the product's own body; only the API server, the Job controller and the kubelets are a model. The
promises are checked at every change of the store (``world.Observer``) and at the end.
"""

from __future__ import annotations

import asyncio
import os
import selectors
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import pytest

from leadline.api.names import FINAL_STATES
from leadline.kube.resources import GROUPS, JOBS, PODS, TRIALS

from .operators import Operator, Request
from .store import Json, Store
from .world import Observer, World, group_document

RUNS, CONCURRENCY = 6, 3
Tuner = Callable[[bytes], bytes]
"""A group's own tuner: what it answers to a request."""


@dataclass
class Faults:
    """Probabilities per step."""

    crash: float = 0.02
    lost: float = 0.03
    refused: float = 0.03
    meddling: float = 0.0
    gap: float = 0.0


class Schedule:
    """One random history of a group from its creation to its end."""

    def __init__(
        self,
        seed: int,
        operators: int,
        faults: Faults,
        matrix: Json | None = None,
        tuner: Tuner | None = None,
    ) -> None:
        self.random = Random(seed)
        self.faults = faults
        self.store = Store()
        self.world = World(self.store, self.random, meddling=faults.meddling)
        self.world.tuner = tuner or self.world.tuner
        self.observer = Observer(self.store, CONCURRENCY, RUNS)
        document = group_document(CONCURRENCY, RUNS, retries=1)
        document["spec"]["matrix"] = matrix or document["spec"]["matrix"]
        self.store.create(GROUPS, document)
        self.operators = [Operator(self.store, self.world) for _ in range(operators)]
        self.late: list[Request] = []
        self.injected = 0

    @property
    def group(self) -> Json:
        return self.store.get(GROUPS, "g")

    @property
    def finished(self) -> bool:
        conditions = self.group.get("status", {}).get("conditions", ())
        return any(known["type"] == "Finished" and known["status"] == "True" for known in conditions)

    async def run(self, faulty_steps: int = 400, quiet_steps: int = 20_000) -> None:
        for _ in range(faulty_steps):
            await self._step(self.faults)
        self.world.meddling = 0.0
        for _ in range(quiet_steps):
            await self._step(Faults(0.0, 0.0, 0.0))
            if self.finished and not self._busy():
                return
        raise AssertionError(f"not finished: {self.group.get('status')}")

    def _busy(self) -> bool:
        waiting = any(
            operator.inbox or operator.client.requests or operator.task for operator in self.operators
        )
        return waiting or bool(self.store.of(JOBS) or self.store.of(PODS) or self.late)

    async def _step(self, faults: Faults) -> None:
        operator = self.random.choice(self.operators)
        dice = self.random.random()
        if self.random.random() < faults.crash:
            self._crash(operator)
        elif dice < 0.45:
            self._answer(operator, faults)
        elif dice < 0.65 and operator.inbox:
            operator.deliver(gap=faults.gap > 0 and self.random.random() < faults.gap)
        elif dice < 0.75 and self.late:
            self.late.pop(self.random.randrange(len(self.late))).perform()
        elif dice < 0.9:
            self.world.act()
        else:
            self.world.pass_time()
        operator.begin_pass()
        for _ in range(8):
            await asyncio.sleep(0)

    def _answer(self, operator: Operator, faults: Faults) -> None:
        requests = operator.client.requests
        if not requests:
            return
        request = requests.pop(self.random.randrange(len(requests)))
        dice = self.random.random()
        if request.writes and dice < faults.lost:
            self.injected += 1
            request.perform(lose_reply=True)
        elif request.writes and dice < faults.lost + faults.refused:
            self.injected += 1
            request.refuse()
        else:
            request.perform()

    def _crash(self, operator: Operator) -> None:
        """The process dies; each of its requests on the way is lost or lands at any later time; another one starts."""
        self.injected += 1
        self.late += [request for request in operator.kill() if self.random.random() < 0.7]
        self.operators.remove(operator)
        self.operators.append(Operator(self.store, self.world))


class _NoSelector(selectors.SelectSelector):
    """Nothing of the model waits for the outside; asking the kernel at every turn is most of the time otherwise."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return []


def run(
    seed: int, operators: int, faults: Faults, matrix: Json | None = None, tuner: Tuner | None = None
) -> Schedule:
    """One schedule from its creation to an hour of rest after its end."""
    loop = asyncio.SelectorEventLoop(_NoSelector())
    try:
        return loop.run_until_complete(_run(seed, operators, faults, matrix, tuner))
    finally:
        loop.close()


async def _run(
    seed: int, operators: int, faults: Faults, matrix: Json | None, tuner: Tuner | None
) -> Schedule:
    schedule = Schedule(seed, operators, faults, matrix, tuner)
    try:
        await schedule.run()
        await _rest(schedule)
    finally:
        for operator in schedule.operators:
            operator.kill()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(others, timeout=10) if others else None
    return schedule


async def _rest(schedule: Schedule) -> None:
    """A finished group is at rest: an hour later nothing was written."""
    writes = schedule.store.writes
    for _ in range(60):
        schedule.world.now += 60
        for operator in schedule.operators:
            operator.woken = True
            operator.begin_pass()
            for _ in range(8):
                await asyncio.sleep(0)
            while operator.client.requests:
                operator.client.requests.pop().perform()
                await asyncio.sleep(0)
    assert schedule.store.writes == writes


def _check_end(schedule: Schedule, deleted: bool) -> None:
    status = schedule.group["status"]
    counts = status["counts"]
    trials = schedule.store.copies(TRIALS)
    assert status["next"] == RUNS
    assert sum(counts.values()) == RUNS, counts
    assert status.get("active", {}) == {}
    assert all(trial["status"]["state"] in FINAL_STATES for trial in trials)
    if not deleted:
        assert len(trials) == RUNS
        assert counts["skipped"] == 0
    values = [trial["status"]["value"] for trial in trials if "value" in trial["status"]]
    if values and not deleted:
        assert status["best"]["value"] == min(values)
    sequences = [result["sequence"] for trial in trials for result in trial["status"]["results"]]
    assert len(sequences) == len(trials)


SCHEDULES = range(int(os.environ.get("LEADLINE_SCHEDULES", "100")))
"""Random histories per test; LEADLINE_SCHEDULES=10000 for a night's worth."""


@pytest.mark.parametrize("operators", [1, 2])
def test_nothing_is_started_twice_and_no_limit_is_passed(operators: int) -> None:
    injected = 0
    for seed in SCHEDULES:
        schedule = run(seed, operators, Faults())
        _check_end(schedule, deleted=False)
        injected += schedule.injected
    assert injected > len(SCHEDULES), "the schedules were too kind to show anything"


@pytest.mark.parametrize("operators", [1, 2])
def test_hand_deleted_jobs_and_trials_change_nothing_of_that(operators: int) -> None:
    for seed in SCHEDULES:
        schedule = run(1000 + seed, operators, Faults(meddling=0.05))
        _check_end(schedule, deleted=True)


@pytest.mark.parametrize("operators", [1, 2])
def test_what_the_watches_do_not_tell_is_found_by_counting(operators: int) -> None:
    """A watch that was interrupted begins with what there is, and is silent about what went meanwhile.

    No crashes: a process that is started anew counts anyway.
    """
    for seed in SCHEDULES:
        schedule = run(2000 + seed, operators, Faults(crash=0.0, meddling=0.05, gap=0.5))
        _check_end(schedule, deleted=True)


BY_RUNGS = {
    "kind": "hyperband",
    "maxIterations": 3,
    "concurrency": CONCURRENCY,
    "seed": 1,
    "resource": {"name": "epochs", "type": "int"},
    "metric": {"name": "loss", "optimization": "minimize"},
    "params": {"x": {"kind": "uniform", "value": [0, 1]}},
}
"""3@1 and 1@3, then 2@3: five trials, of which the first three are compared."""


@pytest.mark.parametrize(("operators", "meddling"), [(1, 0.0), (2, 0.0), (2, 0.05)])
def test_promotions_are_made_once_and_the_right_ones(operators: int, meddling: float) -> None:
    promoted = 0
    for seed in SCHEDULES:
        schedule = run(3000 + seed, operators, Faults(meddling=meddling), BY_RUNGS)
        status, trials = schedule.group["status"], schedule.store.copies(TRIALS)
        assert (status["next"], sum(status["counts"].values()), status.get("active", {})) == (5, 5, {})
        first, ups = [], []
        for trial in trials:
            if meddling and not trial["status"]:
                continue  # deleted by hand, and made again by a request that came late: counted as skipped
            assert trial["status"]["state"] in FINAL_STATES
            results = trial["status"]["results"]
            assert len({result["resource"] for result in results}) == len(results), "one result a rung"
            assert sorted({result["sequence"] for result in results}) == [r["sequence"] for r in results]
            if trial["spec"]["number"] < 3:
                ups += [trial["spec"]["number"]] * (len(results) - 1)
                first += [trial["spec"]["number"]] * (results[0]["outcome"] == "succeeded")
        if not meddling:
            assert ups == first[:1], "the best of those that came through, and nobody else"
        promoted += len(ups)
    assert promoted > len(SCHEDULES) // 2


def test_without_faults_every_slot_is_used() -> None:
    schedule = run(7, 1, Faults(0.0, 0.0, 0.0))
    assert schedule.observer.most_at_once == CONCURRENCY
