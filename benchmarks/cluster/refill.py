"""How long a slot stays empty: from the moment a Job is seen to be over to the release of the next one."""

from __future__ import annotations

import http.client
import json
import threading
import time
from types import TracebackType
from urllib.parse import urlsplit

from cluster.client import Api
from leadline.api import names


class Refill:
    """Watches the Jobs of one group with a clock of its own while its context lasts."""

    def __init__(self, api: Api, group: str, concurrency: int) -> None:
        self._api, self._group, self._concurrency = api, group, concurrency
        self._over: dict[str, float] = {}
        self._released: dict[str, float] = {}
        self._stopping = False

    def __enter__(self) -> Refill:
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        self._thread.join(10)

    def latencies(self) -> list[float]:
        """Seconds from the kth end to the release that filled its slot: the kth after the first full set of slots.

        Ends and releases are paired in order; a release seen before its end (two events of one moment) counts as 0.
        """
        ends, releases = sorted(self._over.values()), sorted(self._released.values())
        return [
            max(0.0, release - end) for end, release in zip(ends, releases[self._concurrency :], strict=False)
        ]

    def _follow(self) -> None:
        address = urlsplit(self._api.url)
        connection = http.client.HTTPSConnection(
            str(address.hostname), address.port, context=self._api._context, timeout=1
        )
        query = f"?watch=true&timeoutSeconds=1800&labelSelector={names.LABEL_GROUP}%3D{self._group}"
        connection.request(
            "GET", "/apis/batch/v1/namespaces/default/jobs" + query, headers=self._api._headers
        )
        response = connection.getresponse()
        pending = b""
        while not self._stopping:
            try:
                chunk = response.read1(1 << 16)
            except TimeoutError:
                continue
            now = time.monotonic()
            *lines, pending = (pending + chunk).split(b"\n")
            for line in filter(None, lines):
                self._see(json.loads(line)["object"], now)
        connection.close()

    def _see(self, job: dict[str, object], now: float) -> None:
        name = job["metadata"]["name"]  # type: ignore[index]
        if not job["spec"].get("suspend"):  # type: ignore[attr-defined]
            self._released.setdefault(name, now)
        conditions = job.get("status", {}).get("conditions") or ()  # type: ignore[attr-defined]
        if any(known["type"] == "Complete" and known["status"] == "True" for known in conditions):
            self._over.setdefault(name, now)
