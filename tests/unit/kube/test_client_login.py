"""The client's login on the wire: tokens asked for, refused, asked for again, and told to nobody."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from aiohttp import web

from leadline.kube import errors
from leadline.kube.client import Client
from leadline.kube.config import ConnectionInfo
from leadline.kube.resources import Resource
from leadline.kube.transport import ClientSettings
from unit.kube.conftest import MakeClient
from unit.kube.wire import Time, Wire, reply, status

CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap")
QUICK = ClientSettings(request_timeout=0.05)


def config_map(**data: Any) -> dict[str, Any]:
    metadata = {"name": "one", "namespace": "there"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


async def test_a_refused_token_is_read_again_and_even_a_write_sent_again(
    wire: Wire, make_client: MakeClient
) -> None:
    asked_for: list[bool] = []

    def token(refresh: bool) -> str:
        asked_for.append(refresh)
        return f"Bearer {len(asked_for)}"

    wire.answer(reply(200, {}), status(401, "Unauthorized"), reply(201, {}))
    client = await make_client(authorization=token)
    await client.get(CONFIG_MAPS, "one", namespace="there")
    await client.create(CONFIG_MAPS, config_map(a="b"))
    assert [asked.headers["Authorization"] for asked in wire.asked] == ["Bearer 1", "Bearer 1", "Bearer 2"]
    assert wire.asked[2].json == config_map(a="b")
    assert asked_for == [False, True]


async def test_a_token_refused_again_is_unauthorized(wire: Wire, make_client: MakeClient) -> None:
    wire.answer(status(401, "Unauthorized"))
    client = await make_client(authorization=lambda refresh: "Bearer always-the-same")
    with pytest.raises(errors.Unauthorized):
        await client.get(CONFIG_MAPS, "one", namespace="there")
    assert len(wire.asked) == 1


async def test_a_token_is_asked_for_again_after_a_minute(
    wire: Wire, make_client: MakeClient, fake_time: Time
) -> None:
    tokens = iter(["Bearer 1", "Bearer 2"])
    client = await make_client(authorization=lambda refresh: next(tokens))
    for _ in range(4):
        await client.get(CONFIG_MAPS, "one", namespace="there")
        fake_time.now += 25
    assert [asked.headers["Authorization"] for asked in wire.asked] == ["Bearer 1"] * 3 + ["Bearer 2"]


async def test_a_proxy_is_asked_where_there_is_one(wire: Wire) -> None:
    wire.answer(reply(200, {"a": 1}))
    info = ConnectionInfo(server="http://api.example:6443", proxy=wire.url)
    async with Client(info) as client:
        assert await client.get(CONFIG_MAPS, "one", namespace="there") == {"a": 1}
    assert wire.asked[0].headers["Host"] == "api.example:6443"


async def test_many_requests_at_once_ask_for_the_token_once(wire: Wire, make_client: MakeClient) -> None:
    asked_for: list[bool] = []

    def token(refresh: bool) -> str:
        asked_for.append(refresh)
        return f"Bearer {len(asked_for)}"

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        is_old = request.headers["Authorization"] == "Bearer 1"
        return await (status(401, "Unauthorized") if is_old else reply(200, {}))(request)

    wire.answer(answer)
    client = await make_client(authorization=token)
    await asyncio.gather(*(client.get(CONFIG_MAPS, "one", namespace="there") for _ in range(30)))
    assert asked_for == [False, True]


async def test_a_login_that_fails_later_is_a_config_error(wire: Wire, make_client: MakeClient) -> None:
    def token(refresh: bool) -> str:
        raise errors.ConfigError("the plug-in is gone")

    client = await make_client(authorization=token)
    with pytest.raises(errors.ConfigError, match="plug-in is gone"):
        await client.create(CONFIG_MAPS, config_map())
    assert not wire.asked


async def test_a_token_is_in_no_message_and_no_log(
    wire: Wire, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = await make_client(authorization=lambda refresh: "Bearer sesame")
    wire.answer(reply(500, b"you sent Authorization: Bearer sesame"))
    with pytest.raises(errors.ServerError) as caught:
        await client.get(CONFIG_MAPS, "one", namespace="there", deadline=1)
    assert "sesame" not in str(caught.value) + caplog.text + repr(client.info)
