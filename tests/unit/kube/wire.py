"""A server that answers as it is told and remembers what it was asked, and a clock that only moves when waited on."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """Gives each request the next of its answers, and the last one for ever."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._at_once = 0
        self._news = asyncio.Condition()
        self._answers: deque[Answer] = deque([reply(200, {})])
        self._runner = web.ServerRunner(web.Server(self._handle), shutdown_timeout=0.01)

    def answer(self, *answers: Answer) -> None:
        self._answers = deque(answers)

    async def start(self, port: int = 0) -> None:
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, "127.0.0.1", port)
        await self._site.start()

    async def stop(self) -> None:
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        return int(self._runner.addresses[0][1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def wait_for_requests(self, count: int) -> None:
        async with self._news:
            await self._news.wait_for(lambda: len(self.asked) >= count)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            body = await request.read()
            path = request.raw_path.partition("?")[0]
            self.asked.append(Asked(request.method, path, dict(request.query), dict(request.headers), body))
            async with self._news:
                self._news.notify_all()
            answer = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
            return await answer(request)
        finally:
            self._at_once -= 1


def reply(status: int, body: object = b"", **headers: str) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, body=data, headers=named)

    return answer


def status(code: int, reason: str, message: str = "no", **details: Any) -> Answer:
    return reply(
        code, {"kind": "Status", "apiVersion": "v1", "reason": reason, "message": message, "details": details}
    )


def lose() -> Answer:
    """Cut the connection after the request was read, and so, for all anyone knows, done."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return answer


def hang() -> Answer:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    return answer


def after(event: asyncio.Event, then: Answer) -> Answer:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        await event.wait()
        return await then(request)

    return answer


def stream(chunks: Iterable[bytes], *, then_lose: bool = False, then_hang: bool = False) -> Answer:
    """A body in chunks; it ends well, or is cut off, or stays open."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
        if then_hang:
            await asyncio.Event().wait()
        if then_lose:
            assert request.transport is not None
            request.transport.abort()
        return response

    return answer


class Time:
    """A clock that moves only when someone waits on it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)
