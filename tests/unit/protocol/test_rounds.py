"""Rounds of a tuner under random faults: each is one answer, whole and in its order, however often it was asked."""

from __future__ import annotations

import json
from collections import defaultdict
from random import Random

import pytest

from leadline.api.names import FINAL_STATES
from leadline.kube.resources import TRIALS

from .store import Json
from .test_launch_protocol import CONCURRENCY, RUNS, SCHEDULES, Faults, run

BY_ROUNDS = {
    "kind": "iterative",
    "maxIterations": 5,
    "numRuns": RUNS,
    "concurrency": CONCURRENCY,
    "metric": {"name": "loss", "optimization": "minimize"},
    "params": {"x": {"kind": "uniform", "value": [0, 1]}},
    "tuner": {"http": {"url": "http://tuner.example/"}},
}


class Moody:
    """Never answers the same twice: other points, more or fewer of them, sometimes nonsense."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.given: dict[int, list[list[float]]] = defaultdict(list)
        self.histories: dict[int, set[str]] = defaultdict(set)

    def __call__(self, request: bytes) -> bytes:
        asked = json.loads(request)
        iteration = asked["iteration"]
        self.histories[iteration].add(json.dumps([entry["trial"] for entry in asked["history"]]))
        if self._random.random() < 0.1:
            return self._random.choice([b"", b"no", b'{"suggestions": [{"x": 9}]}', b"[1]"])
        points = [self._random.random() for _ in range(self._random.randint(1, min(4, asked["most"])))]
        self.given[iteration].append(points)
        return json.dumps({"suggestions": [{"x": x} for x in points]}).encode()


@pytest.mark.parametrize("operators", [1, 2])
def test_a_round_is_one_answer_never_lost_and_never_doubled(operators: int) -> None:
    asked_again = 0
    for seed in SCHEDULES:
        tuner = Moody(seed)
        schedule = run(4000 + seed, operators, Faults(), BY_ROUNDS, tuner)
        status, trials = schedule.group["status"], schedule.store.copies(TRIALS)
        by_round: dict[int, list[Json]] = defaultdict(list)
        for number, trial in enumerate(sorted(trials, key=lambda known: known["spec"]["number"])):
            assert trial["spec"]["number"] == number, "no number is left out"
            assert trial["status"]["state"] in FINAL_STATES
            by_round[trial["spec"]["origin"]["iteration"]].append(trial)
        assert list(by_round) == list(range(len(by_round))), "one round after the other"
        for iteration, found in by_round.items():
            assert [trial["spec"]["params"]["x"] for trial in found] in tuner.given[iteration]
            assert len(tuner.histories[iteration]) == 1, "a round asked again is told the same"
            asked_again += len(tuner.given[iteration]) > 1
        assert status["next"] == len(trials) == sum(status["counts"].values())
        assert status["next"] == RUNS or len(by_round) == 5
        assert status["round"]["iteration"] == len(by_round) - 1
        assert status.get("active", {}) == {}
    assert asked_again > len(SCHEDULES) // 20, "the schedules were too kind to show anything"
