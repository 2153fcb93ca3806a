"""One group as this process knows it: what the watches brought, what was read, and what our own writes were answered.

The newest of the three counts, by resourceVersion: a watch that lags behind never undoes what a write was answered.
What the watches bring while a pass is made waits for the next one, so that a pass decides and swaps on one and the same
view: a compare-and-swap that took its version from a newer view than its content would lose updates. No I/O here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from leadline.kube.resources import GROUPS, JOBS, PODS
from leadline.kube.slim import Object, owner_uid, slim_job, slim_pod, version_of
from leadline.metrics import Summary
from leadline.modelling import make_searcher_apart
from leadline.reconcile.attempts import attempt_key, observe_attempt, pod_to_read, termination_message
from leadline.reconcile.observed import Attempt, AttemptKey, Observed, Phase, Waiting
from leadline.reconcile.parse import parse_group, parse_trial
from leadline.reconcile.records import Records


class View:
    """Records, Jobs and pods of one OptimizationGroup (of one uid: a namesake created later is another group)."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.records = Records(parse_group(document), make=make_searcher_apart)
        self.version = version_of(document)
        self.deleting = "deletionTimestamp" in document["metadata"]
        self.hydrated = False
        self.tried_generation = -1
        self.status_written = float("-inf")
        self.asked_for_pods = float("-inf")
        self.counted = float("-inf")
        self.trial_versions: dict[int, int] = {}
        self.jobs: dict[AttemptKey, Object] = {}
        self._pods: dict[AttemptKey, dict[str, Object]] = {}
        self._inbox: deque[tuple[str, str, Mapping[str, Any]]] = deque()
        self._gone: dict[str, None] = {}
        self._output: dict[AttemptKey, tuple[Summary, str]] = {}
        self._progress: dict[AttemptKey, Summary] = {}
        self._refused: dict[AttemptKey, Waiting] = {}
        self._attempts: dict[AttemptKey, Attempt] = {}
        self._astray: dict[AttemptKey, float] = {}

    # --- what comes in ----------------------------------------------------------------------------------------

    def receive(self, kind: str, event: str, document: Mapping[str, Any]) -> None:
        """An event of a watch: kept, cut to size, until the next pass begins. ``event``: DELETED, or any other word."""
        if kind == JOBS.kind:
            document = slim_job(document)
        elif kind == PODS.kind:
            document = slim_pod(document)
        self._inbox.append((kind, event, document))

    def drain(self) -> None:
        """Take in what has come since the last pass."""
        while self._inbox:
            kind, event, document = self._inbox.popleft()
            gone = event == "DELETED"
            if kind == GROUPS.kind:
                self.put_group(document)
            elif kind == JOBS.kind:
                (self.drop_job if gone else self.put_job)(document)
            elif kind == PODS.kind:
                (self.drop_pod if gone else self.put_pod)(document)
            elif not gone:
                # Only those that a user wants ended come; that one leaves the watch says nothing of it.
                self.put_trial(document)

    def put_group(self, document: Mapping[str, Any]) -> bool:
        """A group's document; False where a newer one is known."""
        version = version_of(document)
        self.deleting = self.deleting or "deletionTimestamp" in document["metadata"]
        if version <= self.version:
            return False
        self.version = version
        group = parse_group(document)
        if self.records.group.problems and group.generation == self.records.group.generation:
            # What the API server itself found wrong with the template is not in the document.
            group = replace(group, spec=self.records.group.spec, problems=self.records.group.problems)
        if group.status != self.records.group.status:
            # Another process is at work, or a write of ours whose reply was lost: what it did to the trials before
            # that came in no watch, and is read.
            self.hydrated = False
        self.records.put_group(group)
        return True

    def put_trial(self, document: Mapping[str, Any]) -> bool:
        """A Trial's document; False where a newer one is known or it is not this group's."""
        if not self.owns(document) or document["metadata"]["uid"] in self._gone:
            return False
        trial, version = parse_trial(document), version_of(document)
        if version <= self.trial_versions.get(trial.number, -1):
            return False
        self.records.put_trial(trial)
        if trial.number in self.records.trials:
            self.trial_versions[trial.number] = version
        else:
            self.trial_versions.pop(trial.number, None)
        return True

    def owns(self, document: Mapping[str, Any]) -> bool:
        """Whether a Trial is this group's own."""
        return owner_uid(document) == self.records.group.uid

    def put_job(self, document: Mapping[str, Any]) -> bool:
        """A Job's document; False where a newer one is known, or it is gone already."""
        key = attempt_key(document)
        if key is None or document["metadata"]["uid"] in self._gone:
            return False
        known = self.jobs.get(key)
        if known is not None and version_of(document) <= version_of(known):
            return False
        self.jobs[key] = slim_job(document)
        self._observe(key)
        return True

    def drop_job(self, document: Mapping[str, Any]) -> bool:
        """A Job that was deleted, or that was recorded and so left the watch."""
        key = attempt_key(document)
        uid = document["metadata"]["uid"]
        self._remember_gone(uid)
        if key is None or key not in self.jobs or self.jobs[key]["metadata"]["uid"] != uid:
            return False
        for known in (self.jobs, self._output, self._progress, self._refused):
            known.pop(key, None)
        self._observe(key)
        return True

    def put_pod(self, document: Mapping[str, Any]) -> bool:
        """A pod's document; False where a newer one is known."""
        key, uid = attempt_key(document), document["metadata"]["uid"]
        if key is None or uid in self._gone:
            return False
        pods = self._pods.setdefault(key, {})
        if uid in pods and version_of(document) <= version_of(pods[uid]):
            return False
        pods[uid] = slim_pod(document)
        self._refused.pop(key, None)
        self._observe(key)
        return True

    def drop_pod(self, document: Mapping[str, Any]) -> bool:
        """A pod that was deleted."""
        key, uid = attempt_key(document), document["metadata"]["uid"]
        self._remember_gone(uid)
        if key is None or uid not in self._pods.get(key, {}):
            return False
        del self._pods[key][uid]
        if not self._pods[key]:
            del self._pods[key]
        self._observe(key)
        return True

    def keep_jobs(self, uids: Set[str], version: int) -> None:
        """Let go of Jobs that a list, taken at this resourceVersion, does not have."""
        for job in list(self.jobs.values()):
            if job["metadata"]["uid"] not in uids and version_of(job) <= version:
                self.drop_job(job)

    def keep_pods(self, uids: Set[str], version: int) -> None:
        """Let go of pods that a list, taken at this resourceVersion, does not have."""
        for pod in [pod for pods in self._pods.values() for pod in pods.values()]:
            if pod["metadata"]["uid"] not in uids and version_of(pod) <= version:
                self.drop_pod(pod)

    def put_output(self, key: AttemptKey, summary: Summary, tail: str) -> None:
        """What an attempt printed; of no use once its Job is gone."""
        if key in self.jobs:
            self._output[key] = (summary, tail)
            self._observe(key)

    def put_progress(self, key: AttemptKey, summary: Summary) -> None:
        """What an attempt that runs has printed so far."""
        if key in self.jobs:
            self._progress[key] = summary
            self._observe(key)

    def put_refusal(self, key: AttemptKey, waiting: Waiting) -> None:
        """Why no pod could be made for a released Job."""
        self._refused[key] = waiting
        self._observe(key)

    def _remember_gone(self, uid: str) -> None:
        """Uids never come back; a late event of one must not. The last few thousands are enough."""
        self._gone[uid] = None
        while len(self._gone) > 4096:
            del self._gone[next(iter(self._gone))]

    def forget(self) -> None:
        """Let go of a finished group's records: they are read again should it ever be reopened."""
        self.records = Records(self.records.group, make=make_searcher_apart)
        self.trial_versions.clear()
        self.hydrated = False

    # --- what goes out ----------------------------------------------------------------------------------------

    def observed(self, now: float) -> Observed:
        """Everything a decision needs."""
        return self.records.observed(self._attempts, now)

    def pod_to_read(self, key: AttemptKey) -> str | None:
        """Name of the pod whose log belongs to an attempt."""
        return pod_to_read(list(self._pods.get(key, {}).values()))

    def termination_message(self, key: AttemptKey) -> str:
        """What the attempt's container left as its last word."""
        return termination_message(list(self._pods.get(key, {}).values()), self._container)

    @property
    def attempts(self) -> Mapping[AttemptKey, Attempt]:
        """Attempts as last seen."""
        return self._attempts

    def without_pods(self) -> list[AttemptKey]:
        """Attempts that were released and have no pod, nor a reason why not."""
        return [
            key
            for key, attempt in self._attempts.items()
            if attempt.phase is Phase.WAITING and key not in self._pods and key not in self._refused
        ]

    def pods_astray_since(self, now: float) -> float | None:
        """Since when pods have been seen alive whose Job is over or gone, the first of those that are; None: there are
        none. It should not last."""
        strays = (
            key
            for key, attempt in self._attempts.items()
            if attempt.phase is not Phase.ENDED and _is_over(self.jobs.get(key))
        )
        self._astray = {key: self._astray.get(key, now) for key in strays}
        return min(self._astray.values(), default=None)

    @property
    def _container(self) -> str | None:
        spec = self.records.group.spec
        return spec.metrics.container if spec is not None else None

    def _observe(self, key: AttemptKey) -> None:
        job = self.jobs.get(key)
        if job is None:
            # Pods that outlive their Job (deleted by hand, in the background) still hold its slot.
            self._observe_orphans(key)
            return
        spec = self.records.group.spec
        metric = spec.matrix.metric.name if spec is not None and spec.matrix.metric is not None else None
        attempt = observe_attempt(job, list(self._pods.get(key, {}).values()), self._container, metric)
        if attempt is None:
            return
        if key in self._output:
            metrics, tail = self._output[key]
            attempt = replace(attempt, metrics=metrics, log_tail=tail)
        elif key in self._progress and attempt.phase is Phase.RUNNING:
            attempt = replace(attempt, metrics=self._progress[key])
        if attempt.waiting is None and attempt.phase is Phase.WAITING and key in self._refused:
            attempt = replace(attempt, waiting=self._refused[key])
        self._attempts[key] = attempt

    def _observe_orphans(self, key: AttemptKey) -> None:
        alive = [
            pod
            for pod in self._pods.get(key, {}).values()
            if pod["status"].get("phase") not in ("Succeeded", "Failed")
        ]
        if not alive:
            self._attempts.pop(key, None)
            return
        self._attempts[key] = Attempt(
            number=key[0],
            attempt=key[1],
            uid=owner_uid(alive[0]),
            phase=Phase.RUNNING,
            created=0.0,
            stopping=True,
            node=alive[0]["spec"]["nodeName"],
        )


def _is_over(job: Object | None) -> bool:
    return job is None or any(known.get("status") == "True" for known in job["status"]["conditions"])
