from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.kube.rate import Backoff, RateLimiter, TokenBucket
from unit.kube.wire import Time


def make_limiter(time: Time, rate: float, burst: float) -> RateLimiter:
    return RateLimiter(rate, burst, clock=time.clock, sleep=time.sleep)


async def test_a_burst_passes_at_once_and_then_the_rate_holds(fake_time: Time) -> None:
    limiter = make_limiter(fake_time, 10, 5)
    for _ in range(25):
        await limiter.turn()
    assert fake_time.now == pytest.approx(1002)


async def test_a_rest_fills_the_bucket_up_to_the_burst_only(fake_time: Time) -> None:
    limiter = make_limiter(fake_time, 10, 5)
    for _ in range(5):
        await limiter.turn()
    fake_time.now += 1000
    for _ in range(6):
        await limiter.turn()
    assert fake_time.slept == [pytest.approx(0.1)]


async def test_a_turn_that_comes_too_late_is_refused_at_once_and_costs_nothing(fake_time: Time) -> None:
    limiter = make_limiter(fake_time, 1, 1)
    await limiter.turn()
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await limiter.turn(before=fake_time.now + 0.5)
    assert fake_time.slept == []
    await limiter.turn(before=fake_time.now + 1)
    assert fake_time.slept == [1]


async def test_who_stops_waiting_gives_the_turn_back() -> None:
    limiter = RateLimiter(1, 1, clock=lambda: 0.0)
    await limiter.turn()
    waiting = asyncio.create_task(limiter.turn())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    with pytest.raises(TimeoutError):
        await limiter.turn(before=0.9)
    next_turn = asyncio.create_task(limiter.turn(before=1.0))
    await asyncio.sleep(0)
    assert not next_turn.done()
    next_turn.cancel()
    await asyncio.gather(next_turn, return_exceptions=True)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.integers(1, 5), st.floats(0.5, 20))
def test_no_window_sees_more_than_its_share(gaps: list[float], burst: int, rate: float) -> None:
    bucket = TokenBucket(rate, burst, 0.0)
    now = 0.0
    used: list[float] = []
    for gap in gaps:
        now += gap
        used.append(now + bucket.take(now))
    for i, start in enumerate(used):
        for j in range(i, len(used)):
            assert j - i + 1 <= burst + (used[j] - start) * rate + 1e-6
    assert used == sorted(used)


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_bucket_that_would_stop_everything_is_refused(rate: float, burst: float) -> None:
    with pytest.raises(ValueError):
        TokenBucket(rate, burst, 0.0)


def test_pauses_double_up_to_the_longest_with_jitter_below() -> None:
    backoff = Backoff(first=1, longest=10)
    assert [backoff.pause(n, lambda: 1.0) for n in range(1, 7)] == [1, 2, 4, 8, 10, 10]
    assert backoff.pause(3, lambda: 0.0) == 2
    assert backoff.pause(10_000, lambda: 1.0) == 10
