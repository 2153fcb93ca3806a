"""How fast we may ask: a token bucket, a limiter that makes callers wait for it in order, and a backoff.

Times come in as arguments or through injected functions; nothing here knows what is being asked for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Clock = Callable[[], float]
"""Seconds on a clock that only goes forward."""
Sleep = Callable[[float], Awaitable[object]]
"""Waits for so many seconds."""
Random = Callable[[], float]
"""A number from 0 up to, not including, 1."""


class TokenBucket:
    """`burst` tokens at first, and `rate` more each second up to `burst` again.

    The same arithmetic as golang.org/x/time/rate, which client-go uses: a bucket may go into debt, and who
    takes a token it does not have yet waits until it would have.
    """

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError(f"a bucket needs a rate above 0 and room for one token, not {rate} and {burst}")
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = now

    def wait(self, now: float) -> float:
        """Seconds until a token taken now would be there; 0 if one is."""
        self._refill(now)
        return max(0.0, (1 - self._tokens) / self._rate)

    def take(self, now: float) -> float:
        """Take a token, and say how many seconds to wait before using it."""
        seconds = self.wait(now)
        self._tokens -= 1
        return seconds

    def give_back(self) -> None:
        """Return a token that was taken but not used."""
        self._tokens = min(self._burst, self._tokens + 1)

    def _refill(self, now: float) -> None:
        if now > self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now


class RateLimiter:
    """Lets `rate` callers through each second, `burst` at once at most, in the order in which they came."""

    def __init__(
        self, rate: float, burst: float, *, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._bucket = TokenBucket(rate, burst, clock())

    async def turn(self, before: float = float("inf")) -> None:
        """Wait for this caller's turn; raises TimeoutError at once where it would come after `before`.

        before: a moment on the limiter's clock.
        """
        now = self._clock()
        if now + self._bucket.wait(now) > before:
            raise TimeoutError
        seconds = self._bucket.take(now)
        if seconds <= 0:
            return
        try:
            await self._sleep(seconds)
        except BaseException:
            self._bucket.give_back()
            raise


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses that double, with jitter, so that many callers who failed together do not come back together.

    first, longest: seconds.
    """

    first: float = 0.1
    longest: float = 5.0

    def pause(self, failures: int, random: Random) -> float:
        """Seconds to wait after the n-th failure in a row: from half of what doubling gives to all of it."""
        doubled = self.first * 2.0 ** min(failures - 1, 50)
        return min(self.longest, doubled) * (0.5 + random() / 2)
