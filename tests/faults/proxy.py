"""A reverse proxy before the API server that fails on purpose: at the nth request that matches, in a chosen way.

What it can do to a request: answer with a status of its own, let it through but lose the reply, or call a function
before or after the server did it (to kill the sender). Watches stream through untouched.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import aiohttp
import yaml
from aiohttp import web

Matcher = Callable[[str, str, bytes], bool]
"""Takes method, path and body of a request."""


@dataclass
class Fault:
    """One fault: the ``nth`` request from now on that matches, and ``times - 1`` after it."""

    matches: Matcher
    nth: int = 1
    times: int = 1
    status: int | None = None
    retry_after: int | None = None
    lose_reply: bool = False
    before: Callable[[], object] | None = None
    after: Callable[[], object] | None = None
    seen: int = 0
    hit: threading.Event = field(default_factory=threading.Event)

    def takes(self, method: str, path: str, body: bytes) -> bool:
        """Whether it strikes this request."""
        if not self.matches(method, path, body):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


class FaultProxy:
    """The proxy, in a thread of its own. ``kubeconfig`` names a server and a token; ``own_kubeconfig`` the proxy."""

    def __init__(self, kubeconfig: Path, folder: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster = config["clusters"][0]["cluster"]
        self._server: str = cluster["server"]
        self._tls = ssl.create_default_context()
        if "certificate-authority-data" in cluster:
            self._tls.load_verify_locations(
                cadata=base64.b64decode(cluster["certificate-authority-data"]).decode()
            )
        else:
            self._tls.load_verify_locations(cafile=kubeconfig.parent / cluster["certificate-authority"])
        self._config, self._folder = config, folder
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self.writes: list[tuple[str, str]] = []
        self.port = 0

    def __enter__(self) -> FaultProxy:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fault proxy", daemon=True)
        self._thread.start()
        if not self._ready.wait(30):
            raise RuntimeError("the fault proxy did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    def add(self, fault: Fault) -> Fault:
        """Let a fault strike from now on."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._faults.clear()

    @property
    def own_kubeconfig(self) -> Path:
        """A kubeconfig that leads through the proxy, as the same user."""
        config = json.loads(json.dumps(self._config))
        config["clusters"][0]["cluster"] = {"server": f"http://127.0.0.1:{self.port}"}
        path = self._folder / "proxy.kubeconfig"
        path.write_text(yaml.safe_dump(config))
        return path

    # --- the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        connector = aiohttp.TCPConnector(ssl=self._tls, limit=0)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as self._session:
            app = web.Application(client_max_size=64 * 1024 * 1024)
            app.router.add_route("*", "/{path:.*}", self._handle)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.port = runner.addresses[0][1]
            self._ready.set()
            await self._stop.wait()
            await runner.cleanup()

    def _struck(self, method: str, path: str, body: bytes) -> Fault | None:
        with self._lock:
            return next((fault for fault in self._faults if fault.takes(method, path, body)), None)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        fault = self._struck(request.method, request.path_qs, body)
        if request.method != "GET":
            self.writes.append((request.method, request.path))
        if fault is not None and fault.before is not None:
            fault.before()
            fault.hit.set()
            return _cut(request)
        if fault is not None and fault.status is not None:
            fault.hit.set()
            return _refusal(fault.status, fault.retry_after)
        headers = {key: value for key, value in request.headers.items() if key.lower() not in _HOP_BY_HOP}
        async with self._session.request(
            request.method,
            self._server + request.path_qs,
            data=body or None,
            headers=headers,
            timeout=_NO_TIMEOUT,
        ) as answer:
            if fault is not None:
                await answer.read()
                if fault.after is not None:
                    fault.after()
                fault.hit.set()
                return _cut(request)
            return await _pass_on(request, answer)


_HOP_BY_HOP = frozenset({"host", "connection", "transfer-encoding", "content-length", "keep-alive"})
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None)


async def _pass_on(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    headers = {key: value for key, value in answer.headers.items() if key.lower() not in _HOP_BY_HOP}
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    try:
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
    except (ConnectionError, aiohttp.ClientError):
        pass  # The one or the other side is gone, killed perhaps by a fault.
    return response


def _cut(request: web.Request) -> web.Response:
    """Close the connection without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)


def _refusal(status: int, retry_after: int | None) -> web.Response:
    reasons = {409: "Conflict", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable"}
    document = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": reasons.get(status, "Unknown"),
        "message": "refused on purpose",
        "code": status,
    }
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return web.json_response(document, status=status, headers=headers)


# --- what may be matched ------------------------------------------------------------------------------------------


def writes(method: str, ending: str, containing: str = "") -> Matcher:
    """Requests of a method whose path (without its query) ends so, or holds a part."""

    def matches(asked: str, path: str, body: bytes) -> bool:
        bare = path.split("?", maxsplit=1)[0]
        query = path.partition("?")[2]
        return asked == method and "dryRun" not in query and bare.endswith(ending) and containing in bare

    return matches


CLAIM = writes("PUT", "/status", "/optimizationgroups/")
CREATE_TRIAL = writes("POST", "/trials")
CREATE_JOB = writes("POST", "/jobs")
RELEASE_JOB = writes("PATCH", "", "/jobs/")
WRITE_TRIAL = writes("PUT", "/status", "/trials/")
DELETE_JOB = writes("DELETE", "", "/jobs/")

EVERY_WRITE = {
    "claim": CLAIM,
    "create-trial": CREATE_TRIAL,
    "create-job": CREATE_JOB,
    "release-job": RELEASE_JOB,
    "write-trial": WRITE_TRIAL,
    "delete-job": DELETE_JOB,
}
"""Every kind of write that a search takes."""
