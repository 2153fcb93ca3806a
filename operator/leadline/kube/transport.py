"""Sends requests to the API server: limits, deadlines, retries, and every failure mapped once.

It knows which requests only read, not what any of them means. Reads are sent again until they are answered or
their deadline is over. A write is sent again only where it is surely not done (no connection, 429); where nobody
can tell, the caller gets OutcomeUnknown and reads.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random as _random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import aiohttp
from yarl import URL

from leadline.kube import errors
from leadline.kube.config import ConnectionInfo
from leadline.kube.rate import Backoff, Clock, Random, RateLimiter, Sleep
from leadline.kube.replies import BODY_LIMIT, clean, error_from_reply
from leadline.kube.session import open_session

logger = logging.getLogger(__name__)

T = TypeVar("T")

OnCall = Callable[[str, str, str, float], None]
"""Told of each request: verb, resource (with its subresource, as in roles), status or what went wrong instead
(``refused``, ``lost``, ``timeout``), and seconds. Never names, which would make endless metrics."""

_ERROR_BODY: Final = 64 * 1024
"""Bytes read of an answer other than success."""
_TRANSPORT_ERRORS: Final = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How hard the API server may be pressed, and how long we wait for it."""

    rate: float = 200.0
    """Requests per second over time. The server's own priority and fairness protects others from us; this
    protects a small control plane. client-go's 5 would let 500 trials take minutes to start."""
    burst: int = 400
    """Requests at once after a rest."""
    connections: int = 64
    """Requests in flight at once; more wait in line."""
    streams: int = 512
    """Logs followed at once, on connections of their own, so that they never hold up a request."""
    connect_timeout: float = 10.0
    """Seconds for name, TCP and TLS."""
    request_timeout: float = 30.0
    """Seconds for one request: half of the API server's own limit of 60."""
    deadline: float = 60.0
    """Seconds for one call with all its waiting and retries, unless the caller says otherwise."""
    reply_limit: int = 64 * 1024 * 1024
    """Bytes of one answer: a page of 500 objects is 1 MB as a rule, and this keeps the worst one out."""
    compress: bool = False
    """Ask for gzip: right over a slow line, wasteful within a cluster."""
    backoff: Backoff = field(default_factory=Backoff)
    """Pauses between retries."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it is told to people and metrics, and as it goes over the wire.

    verb, resource: as in roles, such as ``patch`` and ``trials/status``. subject: namespace and name.
    path: with its query, encoded. names_uid: a uid in the body is a precondition.
    """

    verb: str
    resource: str
    subject: str
    method: str
    path: str
    body: bytes | None = None
    content_type: str = ""
    names_uid: bool = False

    @property
    def is_read(self) -> bool:
        """Whether sending it twice changes nothing."""
        return self.method == "GET"

    def __str__(self) -> str:
        return f"{self.verb} {self.resource} {self.subject}".rstrip()


class Transport:
    """Requests to one cluster as one user, within one event loop. Opened and closed by the client."""

    def __init__(
        self,
        info: ConnectionInfo,
        *,
        settings: ClientSettings,
        limiter: RateLimiter | None = None,
        on_call: OnCall = lambda verb, resource, code, seconds: None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        random: Random = _random.random,
    ) -> None:
        self._info = info
        self._settings = settings
        self._limiter = limiter or RateLimiter(settings.rate, settings.burst, clock=clock, sleep=sleep)
        self._on_call = on_call
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._server = info.server.rstrip("/")
        self._slots = asyncio.Semaphore(settings.connections)
        self._stream_slots = asyncio.Semaphore(settings.streams)
        self._session: aiohttp.ClientSession | None = None
        self._streams: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Make the sessions; connections come with the first requests. Raises ConfigError."""
        settings = self._settings
        self._session = self._open(settings.connections)
        self._streams = self._open(settings.streams)

    def _open(self, connections: int) -> aiohttp.ClientSession:
        compress = self._settings.compress
        return open_session(self._info, connections=connections, compress=compress, clock=self._clock)

    async def close(self) -> None:
        """Close all connections."""
        for session in (self._session, self._streams):
            if session is not None:
                await session.close()

    async def send(self, call: Call, deadline: float | None, parse: Callable[[bytes], T]) -> T:
        """Send a call, again where that is safe, until its deadline (seconds from now).

        parse: raises ValueError for a body that is no answer, which then counts as none.
        """
        end = self._clock() + (self._settings.deadline if deadline is None else deadline)
        failures = 0
        while True:
            try:
                await self._acquire_slot(call, end)
                try:
                    return await self._attempt(call, end, parse)
                finally:
                    self._slots.release()
            except (errors.ApiError, errors.TransportError) as problem:
                failures += 1
                pause = self._pause(problem, failures)
                if pause is None or self._clock() + pause >= end:
                    raise
                logger.debug("%s; sent again in %.1f s", problem, pause)
            await self._sleep(pause)

    @contextlib.asynccontextmanager
    async def stream(self, call: Call, silence: float) -> AsyncIterator[AsyncIterator[bytes]]:
        """Send a read once, and hand over its body in chunks as they come, with no limit in time or size.

        silence: seconds without a byte after which the stream raises NoReply.
        """
        connect = self._settings.connect_timeout
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=silence)
        async with self._stream_slots:
            await self._limiter.turn()
            started = self._clock()
            code = ""
            try:
                response = await self._request(self._streams, call, timeout)
                code = str(response.status)
            except _TRANSPORT_ERRORS as problem:
                error, code = _mapped(call, problem)
                raise error from problem
            finally:
                self._on_call(call.verb, call.resource, code, self._clock() - started)
            try:
                if not 200 <= response.status < 300:  # 204: a pod that has no node yet
                    raise await self._refusal(call, response)
                yield _chunks(call, response)
            finally:
                response.close()

    async def _acquire_slot(self, call: Call, end: float) -> None:
        """Take one of the slots for requests in flight, and wait for the limiter's turn.

        Raises NotSent where either comes too late.
        """
        try:
            if self._slots.locked():
                async with asyncio.timeout(max(0.0, end - self._clock())):
                    await self._slots.acquire()
            else:
                await self._slots.acquire()
            try:
                await self._limiter.turn(before=end)
            except BaseException:
                self._slots.release()
                raise
        except TimeoutError:
            text = "no turn before the deadline: too many requests of ours"
            raise errors.NotSent(text, call=str(call)) from None

    def _pause(self, problem: errors.KubeError, failures: int) -> float | None:
        """Seconds until the call may be sent again; None where it may not."""
        surely_not_done = errors.NotSent | errors.TooManyRequests
        of_a_read = errors.NoReply | errors.ServerError  # for a write either would be OutcomeUnknown
        if not isinstance(problem, surely_not_done | of_a_read):
            return None
        pause = self._settings.backoff.pause(failures, self._random)
        asked = problem.retry_after if isinstance(problem, errors.ApiError) else None
        return max(pause, (asked or 0.0) * (1 + self._random() / 10))

    async def _attempt(self, call: Call, end: float, parse: Callable[[bytes], T]) -> T:
        """Send once, and report it."""
        settings = self._settings
        started = self._clock()
        left = max(0.001, min(settings.request_timeout, end - started))
        # A connection that never comes about must end first: only then is the request surely not sent.
        timeout = aiohttp.ClientTimeout(total=left, sock_connect=min(settings.connect_timeout, left / 2))
        code = "lost"
        response = None
        try:
            response = await self._request(self._session, call, timeout)
            code = str(response.status)
            if not 200 <= response.status < 300:
                raise await self._refusal(call, response)
            return self._parsed(call, await _read(response, settings.reply_limit), parse)
        except _TRANSPORT_ERRORS as problem:
            error, code = _mapped(call, problem)
            raise error from problem
        finally:
            if response is not None:
                response.close()  # harmless where all was read: the connection is then back in its pool
            self._on_call(call.verb, call.resource, code, self._clock() - started)

    async def _request(
        self, session: aiohttp.ClientSession | None, call: Call, timeout: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        if session is None:
            raise RuntimeError("the client is not open; use it with `async with`")
        return await session.request(
            call.method,
            URL(self._server + call.path, encoded=True),
            data=call.body,
            headers={"Content-Type": call.content_type} if call.content_type else None,
            timeout=timeout,
            allow_redirects=False,  # the API server sends none, and our token must not go elsewhere
        )

    def _parsed(self, call: Call, body: bytes, parse: Callable[[bytes], T]) -> T:
        if len(body) > self._settings.reply_limit:
            text = f"the answer is larger than {self._settings.reply_limit:,} bytes"
            raise errors.TooLarge(200, "", text, call=str(call)) if call.is_read else _lost(call, text)
        try:
            return parse(body)
        except ValueError:
            text = clean(body[:_ERROR_BODY].decode("utf-8", "replace"), BODY_LIMIT)
            raise _lost(call, f"the answer cannot be read: {text}") from None

    async def _refusal(self, call: Call, response: aiohttp.ClientResponse) -> errors.KubeError:
        """The error for an answer other than success."""
        problem = error_from_reply(
            response.status,
            await _read(response, _ERROR_BODY),
            response.headers.get("Retry-After"),
            call=str(call),
            preconditions=call.names_uid,
        )
        if isinstance(problem, errors.ServerError) and not call.is_read:
            text = f"{problem.status}: {problem.message}"
            return errors.OutcomeUnknown(text, call=str(call), status=problem.status)
        return problem


async def _chunks(call: Call, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.content.iter_any():
            yield chunk
    except _TRANSPORT_ERRORS as problem:
        raise _mapped(call, problem)[0] from problem


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body, or a little more than `limit` bytes of it."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            break
    return b"".join(chunks)


def _mapped(call: Call, problem: Exception) -> tuple[errors.KubeError, str]:
    """A transport's exception as ours, and its code for metrics."""
    if isinstance(problem, aiohttp.ClientConnectorCertificateError):
        text = f"the server's certificate is not trusted: {problem.certificate_error}"
        return errors.ConfigError(text, call=str(call)), "refused"
    if isinstance(problem, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return errors.NotSent(f"no connection: {clean(str(problem), BODY_LIMIT)}", call=str(call)), "refused"
    if isinstance(problem, TimeoutError):
        return _lost(call, "no answer in time"), "timeout"
    return _lost(call, clean(str(problem), BODY_LIMIT) or type(problem).__name__), "lost"


def _lost(call: Call, text: str) -> errors.TransportError:
    kind = errors.NoReply if call.is_read else errors.OutcomeUnknown
    return kind(text, call=str(call))
