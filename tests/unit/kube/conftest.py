from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from leadline.kube.client import Client
from leadline.kube.config import ConnectionInfo
from unit.kube.wire import Time, Wire

MakeClient = Callable[..., Awaitable[Client]]


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    server = Wire()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def fake_time() -> Time:
    return Time()


@pytest.fixture
async def make_client(wire: Wire, fake_time: Time) -> AsyncIterator[MakeClient]:
    async with AsyncExitStack() as stack:

        async def make(url: str = "", authorization: Any = None, **options: Any) -> Client:
            info = ConnectionInfo(server=url or wire.url, authorization=authorization)
            options = {"clock": fake_time.clock, "sleep": fake_time.sleep, "random": lambda: 0.0, **options}
            return await stack.enter_async_context(Client(info, **options))

        yield make


@pytest.fixture
async def client(make_client: MakeClient) -> Client:
    return await make_client()
