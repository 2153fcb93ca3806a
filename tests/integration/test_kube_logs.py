"""Logs through a real API server, which asks a kubelet that the test plays.

What a real kubelet prints is taken from its source (cri-client `logs.go`): a timestamp of fixed width before
each line, and every line left out that is older than `sinceTime`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from cluster.client import Api
from cluster.controlplane import ControlPlane
from leadline.kube import errors
from leadline.kube.client import Client
from leadline.kube.config import login
from leadline.kube.logs import LogLimits, read_log
from leadline.kube.rate import Backoff

QUICK = LogLimits(backoff=Backoff(first=0.05, longest=0.2), grace=1)


class Kubelet:
    """Serves the log of one container, and breaks its streams as told."""

    def __init__(self) -> None:
        self.lines: list[str] = []  # each with its timestamp
        self.asked: list[dict[str, str]] = []
        self.break_after: list[int] = []  # bytes after which each stream to come is cut off
        self.ended = asyncio.Event()
        self.grew = asyncio.Condition()

    async def print(self, *lines: str) -> None:
        async with self.grew:
            self.lines += lines
            self.grew.notify_all()

    async def end(self) -> None:
        async with self.grew:
            self.ended.set()
            self.grew.notify_all()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        self.asked.append(query)
        limit = self.break_after.pop(0) if self.break_after else None
        since = query.get("sinceTime", "")[:19]
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        sent = 0
        while True:
            wanted = "".join(f"{line}\n" for line in self.lines if line[:19] >= since).encode()
            await response.write(wanted[sent:limit])
            sent = len(wanted)
            if limit is not None and sent >= limit:
                assert request.transport is not None
                request.transport.abort()
                return response
            if "follow" not in query or self.ended.is_set():
                return response
            async with self.grew:
                await self.grew.wait()


@pytest.fixture
async def kubelet(control_plane: ControlPlane) -> AsyncIterator[tuple[Kubelet, int]]:
    """A kubelet on loopback, with the API server's own certificate, and its port."""
    kubelet = Kubelet()
    app = web.Application()
    app.router.add_get("/containerLogs/{namespace}/{pod}/{container}", kubelet.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificates = control_plane.folder / "certificates"
    tls.load_cert_chain(certificates / "apiserver.crt", certificates / "apiserver.key")
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    yield kubelet, runner.addresses[0][1]
    await runner.cleanup()


@pytest.fixture
def pod(api: Api, namespace: str, kubelet: tuple[Kubelet, int]) -> str:
    """The name of a pod on a node whose kubelet the test plays."""
    node = f"node-{namespace}"
    api.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}})
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet[1]}},
    }
    api.patch("v1", "Node", node, {"status": status}, subresource="status")
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "one"},
        "spec": {"nodeName": node, "containers": [{"name": "train", "image": "x"}]},
    }
    return str(api.create(manifest, namespace)["metadata"]["name"])


@pytest.fixture
async def client(control_plane: ControlPlane) -> AsyncIterator[Client]:
    async with Client(login(kubeconfig=str(control_plane.kubeconfig()))) as client:
        yield client


def stamped(number: int) -> str:
    """Three lines a second, so that a second is never a clean cut."""
    return (
        f"2026-01-01T00:{number // 180:02}:{number // 3 % 60:02}.{number % 3 * 300_000_000:09}Z loss={number}"
    )


def printed(count: int) -> bytes:
    return b"".join(b"loss=%d\n" % number for number in range(count))


async def test_a_broken_log_is_read_whole_and_once(
    client: Client, namespace: str, pod: str, kubelet: tuple[Kubelet, int]
) -> None:
    played, _ = kubelet
    await played.print(*map(stamped, range(2000)))
    played.break_after = [1000, 333, 50_000, 1]
    taken = bytearray()
    result = await read_log(client, pod, taken.extend, namespace=namespace, container="train", limits=QUICK)
    assert (bytes(taken), result.missing) == (printed(2000), "")
    assert all(query["timestamps"] == "true" for query in played.asked)
    assert played.asked[1]["sinceTime"] == "2026-01-01T00:00:08Z"  # 1,000 bytes are 24 lines and a bit


async def test_a_followed_log_comes_as_it_is_printed_and_over_breaks(
    client: Client, namespace: str, pod: str, kubelet: tuple[Kubelet, int]
) -> None:
    played, _ = kubelet
    played.break_after = [120, 200]
    taken = bytearray()
    ended = asyncio.Event()
    reading = asyncio.create_task(
        read_log(client, pod, taken.extend, namespace=namespace, container="train", ended=ended, limits=QUICK)
    )
    async with asyncio.timeout(30):
        for number in range(30):
            await played.print(stamped(number))
            while not taken.endswith(b"loss=%d\n" % number):  # noqa: ASYNC110  nothing tells of a byte's arrival
                await asyncio.sleep(0.01)
        await played.end()
        ended.set()
        result = await reading
    assert (bytes(taken), result.missing) == (printed(30), "")


async def test_a_hundred_megabytes_pass_through_without_being_kept(
    client: Client, namespace: str, pod: str, kubelet: tuple[Kubelet, int]
) -> None:
    played, _ = kubelet
    line = "2026-01-01T00:00:00.000000001Z " + "x" * 100_000
    await played.print(*[line] * 1000)
    size = longest = 0

    def feed(data: bytes) -> None:
        nonlocal size, longest
        size += len(data)
        longest = max(longest, len(data))

    result = await read_log(client, pod, feed, namespace=namespace, container="train", limits=QUICK)
    assert (size, result.missing) == (1000 * 100_001, "")
    assert longest < 1_000_000


async def test_a_limit_ends_the_reading_of_an_endless_log(
    client: Client, namespace: str, pod: str, kubelet: tuple[Kubelet, int]
) -> None:
    played, _ = kubelet
    await played.print(*map(stamped, range(10_000)))
    taken = bytearray()
    result = await read_log(
        client, pod, taken.extend, namespace=namespace, ended=asyncio.Event(), limits=LogLimits(size=5000)
    )
    assert taken == printed(10_000)[:5000]
    assert "first 5,000 bytes" in result.missing


async def test_a_pod_that_is_not_there_and_one_without_a_node(
    client: Client, api: Api, namespace: str
) -> None:
    read: Any = await read_log(client, "never-was", bytes, namespace=namespace, limits=QUICK)
    assert read.missing == "the pod is gone"
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "waits"},
        "spec": {"nodeSelector": {"no": "where"}, "containers": [{"name": "train", "image": "x"}]},
    }
    api.create(manifest, namespace)
    read = await read_log(client, "waits", bytes, namespace=namespace, limits=LogLimits(tries=1))
    assert read.size == 0
    with pytest.raises(errors.BadRequest):
        async with client.log("waits", namespace=namespace, container="other"):
            pass
