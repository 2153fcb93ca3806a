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

_SILENCE = 2.0
"""Seconds without an event after which a new watch is begun: nobody waits longer than this for our end."""


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
        """Watch until the end. The server ends the watch of whoever falls behind: a new one begins with all Jobs."""
        while not self._stopping:
            self._watch()

    def _watch(self) -> None:
        address = urlsplit(self._api.url)
        connection = http.client.HTTPSConnection(
            str(address.hostname), address.port, context=self._api._context, timeout=_SILENCE
        )
        query = f"?watch=true&timeoutSeconds=1800&labelSelector={names.LABEL_GROUP}%3D{self._group}"
        path = "/apis/batch/v1/namespaces/default/jobs" + query
        try:
            connection.request("GET", path, headers=self._api._headers)
            # Line by line: the end of the stream, or a silence in it, ends the loop.
            for line in connection.getresponse():
                self._see(json.loads(line)["object"], time.monotonic())
                if self._stopping:
                    break
        except TimeoutError:
            pass
        finally:
            connection.close()

    def _see(self, job: dict[str, object], now: float) -> None:
        name = job["metadata"]["name"]  # type: ignore[index]
        if not job["spec"].get("suspend"):  # type: ignore[attr-defined]
            self._released.setdefault(name, now)
        conditions = job.get("status", {}).get("conditions") or ()  # type: ignore[attr-defined]
        if any(known["type"] == "Complete" and known["status"] == "True" for known in conditions):
            self._over.setdefault(name, now)
