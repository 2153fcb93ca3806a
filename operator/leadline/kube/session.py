"""Opens an HTTP session with a login: TLS, the Authorization header kept fresh, and each request sent once.

Used by `client`, and fit for kopf's own session, so that both share one login. Knows no Kubernetes objects.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Final

import aiohttp

import leadline
from leadline.kube.config import Authorization, ConnectionInfo
from leadline.kube.errors import ConfigError
from leadline.kube.rate import Clock

TOKEN_AGE: Final = 60.0
"""Seconds for which a token is used before its file or plug-in is asked again; client-go's period too."""
IDLE_CONNECTION: Final = 60.0
"""Seconds for which an idle connection is kept; the API server's own limit is 90 s or more."""


class ConnectionLost(aiohttp.ClientConnectionError):
    """The connection broke after the request was, or may have been, sent."""


def open_session(
    info: ConnectionInfo, *, connections: int, compress: bool = False, clock: Clock = time.monotonic
) -> aiohttp.ClientSession:
    """A session for `info.server`; the caller closes it. Needs a running event loop.

    connections: at most so many at once; 0 for any number.
    compress: ask for gzip, which within a cluster costs more than it saves.
    Raises ConfigError for certificates that can't be read.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=connections, ssl=_tls(info), keepalive_timeout=IDLE_CONNECTION, ttl_dns_cache=30
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={
            "Accept": "application/json, */*",
            "Accept-Encoding": "gzip" if compress else "identity",
            "User-Agent": f"leadline/{leadline.__version__}",
        },
        middlewares=(_Sender(info, clock),),
        proxy=info.proxy,
    )


class _Sender:
    """Around each request of a session: adds what the login asks for, and sends again only after a 401."""

    def __init__(self, info: ConnectionInfo, clock: Clock) -> None:
        self._server_name = info.server_name
        self._token = _Token(info.authorization, clock) if info.authorization else None

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        if self._server_name:
            request.server_hostname = self._server_name
        if self._token is None:
            return await _send_once(request, handler)
        value = await self._token.current()
        _authorise(request, value)
        response = await _send_once(request, handler)
        if response.status != 401:
            return response
        # A 401 comes before anything is done, so that even a write may be sent again.
        renewed = await self._token.renewed(value)
        if renewed == value:
            return response
        response.release()
        _authorise(request, renewed)
        return await _send_once(request, handler)


def _authorise(request: aiohttp.ClientRequest, value: str) -> None:
    request.headers.pop("Authorization", None)
    if value:
        request.headers["Authorization"] = value


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Hide a lost connection from aiohttp, which would send a PUT or DELETE again by itself.

    The second would meet the first one's result, and a Conflict or NotFound that is our own doing.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as problem:
        raise ConnectionLost(str(problem) or type(problem).__name__) from problem


class _Token:
    """The Authorization header: asked for in a thread, by one request at a time, remembered for a while."""

    def __init__(self, source: Authorization, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._value = ""
        self._since = float("-inf")
        self._lock = asyncio.Lock()

    async def current(self) -> str:
        """The value to send now."""
        if self._clock() - self._since < TOKEN_AGE:
            return self._value
        async with self._lock:
            if self._clock() - self._since >= TOKEN_AGE:
                await self._ask(False)
        return self._value

    async def renewed(self, refused: str) -> str:
        """The value to send after the server refused one."""
        async with self._lock:
            if self._value == refused:  # else another request has renewed it meanwhile
                await self._ask(True)
        return self._value

    async def _ask(self, refresh: bool) -> None:
        value = await asyncio.to_thread(self._source, refresh)
        self._value = value or ""
        self._since = self._clock()


def _tls(info: ConnectionInfo) -> ssl.SSLContext | bool:
    if not info.server.startswith("https:"):
        return True
    try:
        context = ssl.create_default_context(cafile=info.ca_file)
        if info.cert_file:
            context.load_cert_chain(info.cert_file, info.key_file)
    except (OSError, ssl.SSLError) as problem:
        raise ConfigError(f"a certificate for {info.server} cannot be used: {problem}") from None
    if info.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
