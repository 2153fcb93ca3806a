"""Requests to a tuner over HTTP: tried three times, bounded, without redirects, and not to every address."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from leadline.search.tuner.answer import MOST_BYTES
from leadline.search.tuner.errors import TunerAnswerError, TunerFailedError
from leadline.tuners.http import denied, outside_this_pod, post
from unit.local.tuners import served


async def ask(url: str, timeout: float = 10, **options: Any) -> bytes:
    return await post(url, timeout, b'{"n": 1}', pause=0.01, **options)


async def test_an_answer_comes_back_as_it_is() -> None:
    with served(lambda request: {"suggestions": [request]}) as endpoint:
        assert await ask(endpoint.url) == b'{"suggestions": [{"n": 1}]}'


async def test_it_is_tried_three_times() -> None:
    with served(lambda request: (503, b"later")) as endpoint:
        with pytest.raises(TunerFailedError, match=r"status 503, not 200 \(3 tries\)"):
            await ask(endpoint.url)
        assert len(endpoint.requests) == 3


async def test_the_third_try_counts() -> None:
    answers: list[Any] = [(503, b""), (503, b""), {"done": True}]
    with served(lambda request: answers.pop(0)) as endpoint:
        assert await ask(endpoint.url) == b'{"done": true}'


async def test_a_redirect_is_not_followed() -> None:
    with served(lambda request: {"done": True}) as other:
        with served(lambda request: (302, b""), headers={"Location": other.url}) as endpoint:
            with pytest.raises(TunerAnswerError, match=r"it redirects \(status 302\), which is not followed"):
                await ask(endpoint.url)
            assert len(endpoint.requests) == 1
        assert other.requests == []


async def test_a_long_answer_is_not_read_to_its_end() -> None:
    with served(lambda request: (200, b"x" * (10 * MOST_BYTES))) as endpoint:
        with pytest.raises(TunerAnswerError, match="more than 1048576 bytes"):
            await ask(endpoint.url)


async def test_an_answer_that_never_ends_is_given_up() -> None:
    served: list[asyncio.Task[None]] = []

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served.append(task)
        try:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                writer.write(b" ")
                await asyncio.sleep(0.02)
        finally:
            writer.transport.abort()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TunerFailedError, match=r"no answer within 0.3 s, 3 times"):
            await ask(f"http://127.0.0.1:{port}/", timeout=0.3)
        for task in served:
            task.cancel()
        await asyncio.gather(*served, return_exceptions=True)


async def test_what_is_no_http_is_told_of() -> None:
    with pytest.raises(TunerFailedError, match=r"POST http://127.0.0.1:1/: .*\(3 tries\)"):
        await ask("http://127.0.0.1:1/")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0.0.0.0", "169.254.169.254", "[::ffff:127.0.0.1]"]
)  # fmt: skip
async def test_a_cluster_does_not_ask_itself_nor_its_node(host: str) -> None:
    with served(lambda request: {"done": True}) as endpoint:
        url = endpoint.url.replace("127.0.0.1", host)
        with pytest.raises(TunerFailedError, match=r"are not allowed from here|not a canonical IPv4 address"):
            await ask(url, allowed=outside_this_pod)
        assert endpoint.requests == []


@pytest.mark.parametrize("address", ["10.0.0.7", "192.168.1.1", "2001:db8::1", "93.184.216.34"])
def test_other_addresses_are_allowed(address: str) -> None:
    assert outside_this_pod(address)


async def test_where_it_is_switched_off_nothing_is_sent() -> None:
    with pytest.raises(TunerFailedError, match="switched off"):
        await denied("switched off here")("http://example.invalid/", 1, b"")
