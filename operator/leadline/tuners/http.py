"""POST to a tuner: three tries, each within its time; a bounded answer; no redirect; and not every address.

The URL is the user's, and the request is sent from where Leadline runs: in a cluster that is the operator's pod. What
keeps that from being misused is written down in docs/security.md.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

import leadline
from leadline.search.tuner.answer import MOST_BYTES
from leadline.search.tuner.errors import TunerAnswerError, TunerError, TunerFailedError

TRIES: Final = 3
PAUSE: Final = 1.0
"""Seconds before the second try, and twice as many before the third."""
_CHUNK: Final = 65_536

Allowed = Callable[[str], bool]
"""Whether requests may go to an address, given as text."""


def anywhere(address: str) -> bool:
    """On a laptop: whoever writes the file runs the command."""
    return True


def outside_this_pod(address: str) -> bool:
    """In a cluster: not the operator's own ports, and not what answers to a node for its identity (169.254.169.254)."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(known, "ipv4_mapped", None)
    known = mapped if mapped is not None else known
    return not (known.is_loopback or known.is_link_local or known.is_unspecified or known.is_multicast)


async def post(
    url: str, timeout: float, request: bytes, allowed: Allowed = anywhere, pause: float = PAUSE
) -> bytes:
    """The answer to a request. Raises TunerError after the third try, or at once where no try can help."""
    host = urlsplit(url).hostname or ""
    if _is_address(host) and not allowed(host):
        raise _not_allowed(host)
    for tried in range(1, TRIES + 1):
        try:
            return await _try(url, timeout, request, allowed)
        except TunerAnswerError:
            raise
        except TunerError:
            if tried == TRIES:
                raise
        except TimeoutError:
            if tried == TRIES:
                raise TunerFailedError(f"POST {url}: no answer within {timeout:g} s, {TRIES} times") from None
        except _NotAllowedError as error:
            raise _not_allowed(error.address) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if tried == TRIES:
                text = str(error) or type(error).__name__
                raise TunerFailedError(f"POST {url}: {text} ({TRIES} tries)") from None
        await asyncio.sleep(pause * tried)
    raise AssertionError("unreachable")


async def post_outside(url: str, timeout: float, request: bytes) -> bytes:
    """``post`` for an operator: not to itself, nor to its node."""
    return await post(url, timeout, request, outside_this_pod)


async def _try(url: str, timeout: float, request: bytes, allowed: Allowed) -> bytes:
    connector = aiohttp.TCPConnector(resolver=_Resolver(allowed), use_dns_cache=False, force_close=True)
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        # Not compressed: a small answer could unpack to a large one.
        "Accept-Encoding": "identity",
        "User-Agent": f"leadline/{leadline.__version__}",
    }
    async with (
        aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        ) as session,
        session.post(
            url,
            data=request,
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=timeout),
        ) as response,
    ):
        if 300 <= response.status < 400:
            raise TunerAnswerError(
                f"POST {url}: it redirects (status {response.status}), which is not followed; write the last URL"
            )
        if response.status != 200:
            raise TunerFailedError(f"POST {url}: status {response.status}, not 200 ({TRIES} tries)")
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > MOST_BYTES:
                raise TunerAnswerError(f"POST {url}: the answer has more than {MOST_BYTES} bytes")
        return bytes(body)


class _NotAllowedError(Exception):
    """A name that leads to an address where requests may not go."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def _not_allowed(address: str) -> TunerFailedError:
    return TunerFailedError(
        f"requests to {address} are not allowed from here (loopback and link-local addresses)"
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


class _Resolver(AbstractResolver):
    """Looks up names, and connects to what was found and looked at: a second look-up could find something else."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name; refused if one of them is not allowed."""
        found: list[ResolveResult] = await self._inner.resolve(host, port, family)
        for known in found:
            if not self._allowed(known["host"]):
                raise _NotAllowedError(known["host"])
        return found

    async def close(self) -> None:
        """Nothing is kept."""
        await self._inner.close()


def denied(reason: str) -> Callable[[str, float, bytes], Coroutine[Any, Any, bytes]]:
    """A ``post`` for where tuners may not be asked by HTTP at all."""

    async def refuse(url: str, timeout: float, request: bytes) -> bytes:
        raise TunerFailedError(reason)

    return refuse
