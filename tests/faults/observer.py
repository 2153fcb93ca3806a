"""An independent witness: follows every revision of Jobs, pods and Trials, and judges the promises at each of them.

Reads by its own watch from the API server, never through the operator or its proxy, so that a promise broken for one
moment is seen as well as one broken at the end.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from cluster.client import Api
from leadline.api import names

Json = dict[str, Any]

_PATHS = {
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "Pod": "/api/v1/namespaces/{}/pods",
    "Trial": f"/apis/{names.API_VERSION}/namespaces/{{}}/{names.TRIAL_PLURAL}",
}


class Observer:
    """Watches one namespace while its context lasts; ``check`` raises what was seen to be broken."""

    def __init__(self, api: Api, namespace: str, concurrency: int) -> None:
        self._api, self._namespace, self._concurrency = api, namespace, concurrency
        self._lock = threading.Lock()
        self._started: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self._finals: dict[str, Json] = {}
        self._running: dict[str, Json] = {}
        self._stopping = False
        self._connections: list[http.client.HTTPConnection] = []
        self.most_at_once = 0
        self.broken: list[str] = []

    def __enter__(self) -> Observer:
        self._threads = [
            threading.Thread(target=self._follow, args=(kind,), name=f"observe {kind}", daemon=True)
            for kind in _PATHS
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        for thread in self._threads:
            thread.join(30)

    def check(self) -> None:
        """Fail with everything that was seen to be broken."""
        with self._lock:
            assert not self.broken, "\n".join(self.broken)

    @property
    def started(self) -> dict[tuple[str, str, str], set[str]]:
        """Uids of started Jobs by (group uid, trial, attempt)."""
        with self._lock:
            return {key: set(uids) for key, uids in self._started.items()}

    def _follow(self, kind: str) -> None:
        path = _PATHS[kind].format(self._namespace)
        for event in _watch(self._api, path, lambda: self._stopping):
            with self._lock:
                self._see(kind, event["type"], event["object"])

    def _see(self, kind: str, event: str, item: Json) -> None:
        if kind == "Trial":
            self._see_trial(event, item)
        elif kind == "Job":
            self._see_job(event, item)
        else:
            self._see_pod(event, item)

    def _see_job(self, event: str, job: Json) -> None:
        labels, uid = job["metadata"].get("labels", {}), job["metadata"]["uid"]
        if names.LABEL_ATTEMPT not in labels or job["spec"].get("suspend"):
            return
        key = (labels[names.LABEL_GROUP_UID], labels[names.LABEL_TRIAL], labels[names.LABEL_ATTEMPT])
        self._started[key].add(uid)
        if len(self._started[key]) > 1:
            self.broken.append(f"attempt {key} was started twice: {self._started[key]}")

    def _see_pod(self, event: str, pod: Json) -> None:
        """Pods are what holds GPUs: they are counted, not the Jobs that stand for them."""
        uid, phase = pod["metadata"]["uid"], pod.get("status", {}).get("phase")
        if names.LABEL_ATTEMPT not in pod["metadata"].get("labels", {}):
            return
        if event == "DELETED" or phase in ("Succeeded", "Failed"):
            self._running.pop(uid, None)
        else:
            self._running[uid] = pod
        self.most_at_once = max(self.most_at_once, len(self._running))
        if len(self._running) > self._concurrency:
            alive = sorted(known["metadata"]["name"] for known in self._running.values())
            self.broken.append(f"{len(alive)} pods at once, {self._concurrency} allowed: {alive}")

    def _see_trial(self, event: str, trial: Json) -> None:
        uid, status = trial["metadata"]["uid"], trial.get("status", {})
        if event == "DELETED":
            return
        if uid in self._finals and status != self._finals[uid]:
            self.broken.append(f"the result of {trial['metadata']['name']} was changed")
        if status.get("state") in names.FINAL_STATES:
            self._finals[uid] = status


def _watch(api: Api, path: str, stopped: Any) -> Iterator[Json]:
    """Events of a watch from its beginning; opened again, from where it was, when the server ends it."""
    version = "0"
    address = urlsplit(api.url)
    while not stopped():
        connection = http.client.HTTPSConnection(
            str(address.hostname), address.port, context=api._context, timeout=2
        )
        query = f"?watch=true&resourceVersion={version}&timeoutSeconds=60"
        try:
            connection.request("GET", path + query, headers=api._headers)
            response = connection.getresponse()
            if response.status != HTTPStatus.OK:
                # The server answers 429 while it fills its own cache, as for a kind that was never watched before.
                time.sleep(0.05)
                continue
            pending = b""
            while not stopped():
                try:
                    chunk = response.read1(65536)
                except TimeoutError:
                    continue
                if not chunk:
                    break
                *lines, pending = (pending + chunk).split(b"\n")
                for line in filter(None, lines):
                    event = json.loads(line)
                    version = event["object"]["metadata"]["resourceVersion"]
                    yield event
        except (OSError, http.client.HTTPException):
            continue
        finally:
            connection.close()
