"""The world around the operators of the model: a Job controller, kubelets, a garbage collector, users, and time.

Also the observer: it looks at every single change of the store and never forgets, so a promise broken for a moment is
seen as well as one broken at the end.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

from leadline.api import names
from leadline.kube.resources import GROUPS, JOBS, PODS, TRIALS

from .store import Json, Store

START = 1_800_000_000.0


class Observer:
    """Checks the invariants at every change: one start per attempt, never too many at once, results that stay."""

    def __init__(self, store: Store, concurrency: int, total: int) -> None:
        self.store, self.concurrency, self.total = store, concurrency, total
        self.started: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self.results: dict[str, Json] = {}
        self.most_at_once = 0
        store.on_change.append(self)

    def __call__(self, event: str, item: Json) -> None:
        if item["kind"] == JOBS.kind and not item["spec"].get("suspend"):
            uids = self.started[_attempt(item)]
            uids.add(item["metadata"]["uid"])
            assert len(uids) == 1, f"attempt {_attempt(item)} was started twice"
        if item["kind"] == TRIALS.kind and event != "DELETED":
            self._check_result(item)
        alive = {_attempt(job) for job in self.store.of(JOBS) if _is_running(job)}
        alive |= {_attempt(pod) for pod in self.store.of(PODS) if pod["status"]["phase"] == "Running"}
        self.most_at_once = max(self.most_at_once, len(alive))
        assert len(alive) <= self.concurrency, f"{sorted(alive)} at once, {self.concurrency} allowed"
        assert len({number for _, number, _ in self.started}) <= self.total, "more trials than planned"

    def _check_result(self, trial: Json) -> None:
        status = trial.get("status") or {}
        uid = trial["metadata"]["uid"]
        if uid in self.results:
            assert status == self.results[uid], "a stored result was changed"
        elif status.get("state") in names.FINAL_STATES:
            self.results[uid] = status


def _attempt(item: Json) -> tuple[str, str, str]:
    labels = item["metadata"]["labels"]
    return labels[names.LABEL_GROUP_UID], labels[names.LABEL_TRIAL], labels[names.LABEL_ATTEMPT]


def _is_finished(job: Json) -> bool:
    conditions = job.get("status", {}).get("conditions", ())
    return any(known["type"] in ("Complete", "Failed") for known in conditions)


def _is_running(job: Json) -> bool:
    return not job["spec"].get("suspend") and not _is_finished(job)


def _no_tuner(request: bytes) -> bytes:
    raise AssertionError("this group has no tuner")


class World:
    """Everything that acts beside the operators, one random step at a time."""

    def __init__(self, store: Store, random: Random, failing: float = 0.15, meddling: float = 0.0) -> None:
        self.store, self.random = store, random
        self.failing, self.meddling = failing, meddling
        self.now = START
        self._pods = 0
        self.tuner: Callable[[bytes], bytes] = _no_tuner

    def act(self) -> bool:
        """One step of one actor; False where nobody had anything to do."""
        actions = [self._start_a_pod, self._end_a_pod, self._finish_a_job, self.store.collect_garbage]
        self.random.shuffle(actions)
        if self.random.random() < self.meddling:
            actions.insert(0, self._meddle)
        return any(action() for action in actions)

    def pass_time(self) -> None:
        self.now += self.random.choice([0.5, 1.0, 5.0, 20.0])

    def _start_a_pod(self) -> bool:
        for job in self.store.of(JOBS):
            if (
                _is_running(job)
                and "deletionTimestamp" not in job["metadata"]
                and not self.store.pods_of(job)
            ):
                self._pods += 1
                pod = {
                    "kind": PODS.kind,
                    "metadata": {
                        "name": f"{job['metadata']['name']}-{self._pods}",
                        "namespace": job["metadata"]["namespace"],
                        "labels": job["spec"]["template"]["metadata"]["labels"],
                        "ownerReferences": [{"uid": job["metadata"]["uid"], "name": job["metadata"]["name"]}],
                    },
                    "spec": {
                        "nodeName": "node-1",
                        "containers": job["spec"]["template"]["spec"]["containers"],
                    },
                }
                running = {"name": "train", "state": {"running": {"startedAt": "2027-01-15T08:00:01Z"}}}
                self.store.create(PODS, pod, {"phase": "Running", "containerStatuses": [running]})
                return True
        return False

    def _end_a_pod(self) -> bool:
        running = [pod for pod in self.store.of(PODS) if pod["status"]["phase"] == "Running"]
        if not running:
            return False
        pod = self.random.choice(running)
        terminated: dict[str, Any] = {"exitCode": 0, "startedAt": "2027-01-15T08:00:01Z"}
        terminated["finishedAt"] = "2027-01-15T08:00:02Z"
        change: Json = {"phase": "Succeeded"}
        if self.random.random() < self.failing:
            change["phase"] = "Failed"
            terminated["exitCode"] = 1
            if self.random.random() < 0.5:
                disrupted = {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}
                change["conditions"] = [disrupted]
        else:
            number = int(pod["metadata"]["labels"][names.LABEL_TRIAL])
            terminated["message"] = json.dumps({"loss": number / 7})
        change["containerStatuses"] = [{"name": "train", "state": {"terminated": terminated}}]
        self.store.edit(pod, {"status": change})
        return True

    def _finish_a_job(self) -> bool:
        for job in self.store.of(JOBS):
            pods = self.store.pods_of(job)
            if _is_running(job) and pods and pods[0]["status"]["phase"] != "Running":
                kind = "Complete" if pods[0]["status"]["phase"] == "Succeeded" else "Failed"
                self.store.edit(job, {"status": {"conditions": [{"type": kind, "status": "True"}]}})
                return True
        return False

    def _meddle(self) -> bool:
        """A user deletes a Job or a Trial by hand, or wants a trial ended."""
        mine = self.store.of(JOBS) if self.random.random() < 0.5 else self.store.of(TRIALS)
        if not mine:
            return False
        chosen = self.random.choice(mine)
        if chosen["kind"] == TRIALS.kind and self.random.random() < 0.4:
            self.store.edit(chosen, {"spec": {"stop": True}})
        else:
            self.store.remove(chosen)
        return True


def group_document(concurrency: int, runs: int, retries: int = 0) -> Json:
    """A group as its user writes it."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": GROUPS.kind,
        "metadata": {"name": "g", "namespace": "ns"},
        "spec": {
            "matrix": {
                "kind": "random",
                "numRuns": runs,
                "concurrency": concurrency,
                "seed": 1,
                "metric": {"name": "loss", "optimization": "minimize"},
                "params": {"x": {"kind": "uniform", "value": [0, 1]}},
            },
            "template": {"spec": {"containers": [{"name": "train", "image": "img", "args": ["{{ x }}"]}]}},
            "termination": {"maxRetries": retries, "ttl": 0},
        },
    }
