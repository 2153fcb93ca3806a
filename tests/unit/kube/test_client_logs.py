"""A container's log through the client: chunks as they come, silence, cuts and refusals."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leadline.kube import errors
from leadline.kube.client import Client
from leadline.kube.resources import Resource
from leadline.kube.transport import ClientSettings
from unit.kube.conftest import MakeClient
from unit.kube.wire import Wire, reply, status, stream

CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap")
QUICK = ClientSettings(request_timeout=0.05)


async def read_log(client: Client, feed: Callable[[bytes], object], silence: float = 60) -> None:
    async with client.log("pod", namespace="there", silence=silence) as chunks:
        async for chunk in chunks:
            feed(chunk)


async def test_a_log_comes_in_chunks_and_is_asked_for_as_told(wire: Wire, client: Client) -> None:
    wire.answer(stream([b"a\n", b"b\n"]))
    stream_of_log = client.log(
        "pod",
        namespace="there",
        container="train",
        follow=True,
        timestamps=True,
        since="2026-01-01T00:00:00Z",
        tail_lines=5,
        limit_bytes=100,
    )
    async with stream_of_log as chunks:
        assert b"".join([chunk async for chunk in chunks]) == b"a\nb\n"
    assert wire.asked[0].path == "/api/v1/namespaces/there/pods/pod/log"
    assert wire.asked[0].query == {
        "container": "train",
        "follow": "true",
        "timestamps": "true",
        "sinceTime": "2026-01-01T00:00:00Z",
        "tailLines": "5",
        "limitBytes": "100",
    }


async def test_a_log_that_falls_silent_is_given_up(wire: Wire, client: Client) -> None:
    wire.answer(stream([b"a\n"], then_hang=True))
    found: list[bytes] = []
    with pytest.raises(errors.NoReply):
        await read_log(client, found.append, silence=0.2)
    assert found == [b"a\n"]


async def test_a_log_that_is_cut_off_is_no_whole_reply(wire: Wire, client: Client) -> None:
    wire.answer(stream([b"a\n"], then_lose=True))
    with pytest.raises(errors.NoReply):
        await read_log(client, bytes)


async def test_a_log_that_the_server_refuses_is_a_typed_error(wire: Wire, client: Client) -> None:
    wire.answer(status(400, "BadRequest", 'container "x" in pod "pod" is waiting to start'))
    with pytest.raises(errors.BadRequest, match="waiting to start"):
        await read_log(client, bytes)


async def test_an_error_of_the_reader_of_a_log_is_not_taken_for_the_connections(
    wire: Wire, client: Client
) -> None:
    def feed(chunk: bytes) -> None:
        raise BrokenPipeError

    wire.answer(stream([b"a\n"], then_hang=True))
    with pytest.raises(BrokenPipeError):
        await read_log(client, feed)


async def test_followed_logs_take_no_connection_from_requests(wire: Wire, make_client: MakeClient) -> None:
    wire.answer(*[stream([b"a\n"], then_hang=True)] * 3, reply(200, {"a": 1}))
    client = await make_client(settings=ClientSettings(connections=1))
    async with (
        client.log("a", namespace="there") as first,
        client.log("b", namespace="there") as second,
        client.log("c", namespace="there") as third,
    ):
        for chunks in (first, second, third):
            assert await anext(chunks) == b"a\n"
        assert await client.get(CONFIG_MAPS, "one", namespace="there") == {"a": 1}
