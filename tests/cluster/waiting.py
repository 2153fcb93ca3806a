"""Waiting for something outside this process to come true, and saying what was waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from cluster.errors import TimedOut

T = TypeVar("T")

# Generous, since a busy machine is slow and a waiting test costs nothing when the condition comes true early.
DEFAULT_TIMEOUT = 60.0


def wait_until(
    probe: Callable[[], T | None],
    what: str,
    timeout: float = DEFAULT_TIMEOUT,
    explain: Callable[[], str] = lambda: "",
    longest: float = 0.5,
) -> T:
    """The first true answer of `probe`, asked again at intervals that grow from 20 ms to `longest` seconds.

    Raises TimedOut after `timeout` seconds, naming `what` was waited for and whatever `explain` adds.
    """
    deadline = time.monotonic() + timeout
    interval = 0.02
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise TimedOut(f"{what}: not within {timeout:g} s. {explain()}".strip())
        time.sleep(interval)
        interval = min(interval * 1.5, longest)
