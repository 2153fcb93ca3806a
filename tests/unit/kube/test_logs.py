"""A log in pieces, broken anywhere, becomes what the container printed: each byte once."""

from __future__ import annotations

import asyncio
import itertools
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.kube import errors
from leadline.kube.logs import LogLimits, read_log
from leadline.kube.stamps import StampedLines
from unit.kube.wire import Time


def stamp(nanoseconds: int) -> bytes:
    """As the kubelet writes it: fixed width, here from 2026-01-01 on."""
    seconds, fraction = divmod(nanoseconds, 10**9)
    minutes, seconds = divmod(seconds, 60)
    return f"2026-01-01T00:{minutes:02}:{seconds:02}.{fraction:09}Z ".encode()


def stamped(lines: list[tuple[int, bytes]]) -> bytes:
    return b"".join(stamp(at) + text for at, text in lines)


def plain(lines: list[tuple[int, bytes]]) -> bytes:
    return b"".join(text for _, text in lines)


def since(lines: list[tuple[int, bytes]], moment: str) -> list[tuple[int, bytes]]:
    """What the kubelet leaves out: every line before that whole second."""
    return [line for line in lines if stamp(line[0])[:19].decode() >= moment[:19]] if moment else lines


def in_chunks(data: bytes, sizes: Iterator[int]) -> Iterator[bytes]:
    position = 0
    while position < len(data):
        size = next(sizes)
        yield data[position : position + size]
        position += size


# --- the timestamps ---

LINES = [(1, b"a=1\n"), (2, b"\n"), (2, b"2026-01-01T00:00:00Z b=2\n"), (10**9, b"c\r\n"), (3 * 10**9, b"d")]

TEXTS = st.binary(max_size=12).map(lambda data: data.replace(b"\n", b"")) | st.sampled_from(
    [b"", b"same", b"2026-01-01T00:00:00.000000001Z ", b"x" * 200]
)


CHUNKS = st.lists(st.integers(1, 40) | st.integers(100, 500), min_size=1, max_size=5)


@st.composite
def logs(draw: st.DrawFn) -> list[tuple[int, bytes]]:
    """Lines in order of time, with many at one moment, the last perhaps unfinished."""
    gaps = draw(st.lists(st.sampled_from([0, 0, 1, 10**8, 2 * 10**9]), max_size=25))
    times = list(itertools.accumulate(gaps))
    lines = [(at, draw(TEXTS) + b"\n") for at in times]
    is_unfinished: bool = draw(st.booleans())
    if lines and is_unfinished:
        lines[-1] = (lines[-1][0], lines[-1][1].rstrip(b"\n"))
    return lines


@given(logs(), CHUNKS)
def test_timestamps_come_off_wherever_the_chunks_are_cut(
    lines: list[tuple[int, bytes]], sizes: list[int]
) -> None:
    reader = StampedLines()
    reader.restart()
    taken = b"".join(reader.take(chunk) for chunk in in_chunks(stamped(lines), itertools.cycle(sizes)))
    assert taken == plain(lines)


@given(logs(), st.data())
def test_a_log_broken_anywhere_again_and_again_comes_out_once(
    lines: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    reader = StampedLines()
    taken = b""
    breaks: list[int] = data.draw(st.lists(st.integers(0, len(stamped(lines))), max_size=6))
    sizes = itertools.cycle(data.draw(CHUNKS))
    for end in [*breaks, None]:
        reader.restart()
        for chunk in in_chunks(stamped(since(lines, reader.since))[:end], sizes):
            taken += reader.take(chunk)
    assert taken == plain(lines)


def test_a_line_is_handed_over_as_it_comes_and_goes_on_after_a_break() -> None:
    reader = StampedLines()
    reader.restart()
    assert reader.take(stamp(5) + b"loss=0.") == b"loss=0."
    reader.restart()
    assert reader.take(stamp(5) + b"loss=0.25\n") == b"25\n"


def test_a_line_broken_many_times_comes_out_once() -> None:
    reader = StampedLines()
    line = stamp(5) + b"0123456789\n"
    taken = b""
    for end in (40, 42, 41, 45):
        reader.restart()
        taken += reader.take(line[:end])
    reader.restart()
    assert taken + reader.take(line) == b"0123456789\n"


def test_a_line_whose_rest_was_rotated_away_is_ended() -> None:
    reader = StampedLines()
    reader.restart()
    assert reader.take(stamp(5) + b"loss=0.") == b"loss=0."
    reader.restart()
    assert reader.take(stamp(6) + b"acc=1\n") == b"\nacc=1\n"


def test_the_next_stream_is_asked_for_from_the_last_whole_second_in_utc() -> None:
    reader = StampedLines()
    assert reader.since == ""
    reader.take(b"2026-03-01T02:03:04.999999999+02:00 x\n")
    assert reader.since == "2026-03-01T00:03:04Z"


def test_timestamps_are_compared_as_times_and_not_as_texts() -> None:
    reader = StampedLines()
    reader.restart()
    reader.take(b"2026-03-01T02:03:04.5+02:00 a\n")
    reader.restart()
    again = b"2026-03-01T00:03:04.500000000Z a\n2026-03-01T00:03:04.500000001Z b\n"
    assert reader.take(again) == b"b\n"


def test_words_of_the_kubelet_without_a_timestamp_pass() -> None:
    reader = StampedLines()
    text = b"unable to retrieve container logs for containerd://5f2\n"
    assert reader.take(stamp(1) + b"a\n" + text + stamp(2) + b"b\n") == b"a\n" + text + b"b\n"


def test_a_gigabyte_without_a_newline_passes_through_a_few_bytes_of_memory() -> None:
    reader = StampedLines()
    reader.restart()
    reader.take(stamp(1))
    chunk = b"x" * 65536
    tracemalloc.start()
    try:
        assert sum(len(reader.take(chunk)) for _ in range(1024)) == 1024 * 65536
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


# --- the streams ---


class Container:
    """A container's log and the streams of it, each of which may break as told."""

    def __init__(self, lines: list[tuple[int, bytes]]) -> None:
        self.lines = lines
        self.asked: list[dict[str, Any]] = []
        self.streams: list[Callable[[bytes], AsyncIterator[bytes]]] = []
        self.stamps = True
        self.opened = asyncio.Event()

    @asynccontextmanager
    async def log(self, pod: str, **asked: Any) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked.append({"pod": pod, **asked})
        self.opened.set()
        await asyncio.sleep(0)
        lines = since(self.lines, asked["since"])
        data = stamped(lines) if self.stamps else plain(lines)
        yield (self.streams.pop(0) if self.streams else whole)(data)


async def whole(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 7):
        yield data[start : start + 7]


def broken(after: int, problem: Exception) -> Callable[[bytes], AsyncIterator[bytes]]:
    async def chunks(data: bytes) -> AsyncIterator[bytes]:
        yield data[:after]
        raise problem

    return chunks


def silent_after(size: int) -> Callable[[bytes], AsyncIterator[bytes]]:
    async def chunks(data: bytes) -> AsyncIterator[bytes]:
        yield data[:size]
        await asyncio.Event().wait()

    return chunks


async def read(printed: Container, time: Time, **options: Any) -> tuple[bytes, Any]:
    taken: list[bytes] = []
    options = {"feed": taken.append, "sleep": time.sleep, "random": lambda: 0.0, **options}
    result = await read_log(printed, "pod", namespace="there", **options)
    return b"".join(taken), result


async def test_an_ended_containers_log_is_read_once_and_whole(fake_time: Time) -> None:
    container = Container(LINES)
    data, result = await read(container, fake_time, container="train")
    assert data == plain(LINES)
    assert (result.size, result.missing) == (len(data), "")
    for asked in container.asked:
        assert (asked["container"], asked["follow"], asked["timestamps"]) == ("train", False, True)
    assert [asked["since"] for asked in container.asked] == ["", "2026-01-01T00:00:03Z"]


async def test_a_stream_that_ends_too_early_without_a_word_is_gone_on_with(fake_time: Time) -> None:
    """So the API server ends it when its own connection to the kubelet breaks."""

    def short(size: int) -> Callable[[bytes], AsyncIterator[bytes]]:
        async def chunks(data: bytes) -> AsyncIterator[bytes]:
            yield data[:size]

        return chunks

    container = Container(LINES)
    container.streams = [short(size) for size in (40, 70, 150, 100, 0, 1, 60, 120)]
    data, result = await read(container, fake_time)
    assert (data, result.missing) == (plain(LINES), "")
    assert not container.streams


async def test_a_log_rotated_after_it_was_read_is_not_called_whole(fake_time: Time) -> None:
    container = Container(LINES)

    async def rotated(data: bytes) -> AsyncIterator[bytes]:
        yield data
        container.lines = []

    container.streams = [rotated]
    data, result = await read(container, fake_time)
    assert data == plain(LINES)
    assert "no longer there" in result.missing


async def test_a_container_that_printed_nothing_is_asked_for_once(fake_time: Time) -> None:
    container = Container([])
    data, result = await read(container, fake_time)
    assert (data, result.missing, len(container.asked)) == (b"", "", 1)


async def test_a_break_is_gone_over_without_a_lost_or_doubled_byte(fake_time: Time) -> None:
    container = Container(LINES)
    container.streams = [broken(size, errors.NoReply("lost")) for size in (40, 5, 77, 110)]
    data, result = await read(container, fake_time)
    assert (data, result.missing) == (plain(LINES), "")
    assert len(container.asked) == 6


async def test_a_running_containers_log_is_followed_to_its_end(fake_time: Time) -> None:
    ended = asyncio.Event()
    container = Container(LINES[:2])

    async def rotated(data: bytes) -> AsyncIterator[bytes]:
        yield data
        container.lines = LINES  # printed after this stream ended

    async def last(data: bytes) -> AsyncIterator[bytes]:
        yield data
        ended.set()

    container.streams = [rotated, last]
    data, result = await read(container, fake_time, ended=ended)
    assert (data, result.missing) == (plain(LINES), "")
    assert [asked["follow"] for asked in container.asked] == [True, True, False]


async def test_a_container_that_has_not_started_is_waited_for(fake_time: Time) -> None:
    ended = asyncio.Event()
    container = Container(LINES)
    waiting = errors.BadRequest(400, "BadRequest", "waiting to start: ContainerCreating")

    async def end(data: bytes) -> AsyncIterator[bytes]:
        ended.set()
        yield data

    container.streams = [broken(0, waiting)] * 3 + [end]
    data, _ = await read(container, fake_time, ended=ended)
    assert data == plain(LINES)
    assert fake_time.slept[:3] == [0.25, 0.5, 1.0]


async def test_an_ended_container_that_never_started_is_not_waited_for(fake_time: Time) -> None:
    container = Container([])
    container.streams = [broken(0, errors.BadRequest(400, "BadRequest", "waiting to start"))]
    _, result = await read(container, fake_time)
    assert "waiting to start" in result.missing
    assert len(container.asked) == 1


async def test_a_dead_stream_is_cut_when_its_container_has_ended(fake_time: Time) -> None:
    ended = asyncio.Event()
    container = Container(LINES)
    container.streams = [silent_after(20)]
    reading = asyncio.create_task(read(container, fake_time, ended=ended, limits=LogLimits(grace=0.01)))
    await container.opened.wait()
    ended.set()
    data, result = await reading
    assert (data, result.missing) == (plain(LINES), "")
    assert [asked["follow"] for asked in container.asked] == [True, False, False]


async def test_the_pause_before_the_next_stream_ends_with_the_container(fake_time: Time) -> None:
    ended = asyncio.Event()
    container = Container(LINES)
    container.streams = [broken(0, errors.ServerError(500, "", "no kubelet"))]

    async def sleep(seconds: float) -> None:
        ended.set()
        await asyncio.Event().wait()

    data, _ = await read(container, fake_time, ended=ended, sleep=sleep)
    assert data == plain(LINES)


async def test_what_keeps_failing_after_the_end_is_given_up_with_its_reason(fake_time: Time) -> None:
    container = Container(LINES)
    container.streams = [broken(40, errors.NoReply("lost"))] + [
        broken(0, errors.ServerError(500, "", "no kubelet"))
    ] * 9
    data, result = await read(container, fake_time, limits=LogLimits(tries=4))
    assert plain(LINES).startswith(data)
    assert "no kubelet" in result.missing
    assert len(container.asked) == 4


async def test_a_pod_that_is_gone_ends_the_reading(fake_time: Time) -> None:
    container = Container(LINES)
    container.streams = [broken(0, errors.NotFound(404, "NotFound", "no pod"))]
    _, result = await read(container, fake_time, ended=asyncio.Event())
    assert result.missing == "the pod is gone"


async def test_what_no_waiting_cures_is_raised(fake_time: Time) -> None:
    container = Container(LINES)
    container.streams = [broken(0, errors.Forbidden(403, "Forbidden", "no right to pods/log"))]
    with pytest.raises(errors.Forbidden):
        await read(container, fake_time)


async def test_no_more_than_the_limit_is_handed_over(fake_time: Time) -> None:
    container = Container([(number, b"0123456789\n") for number in range(1000)])
    data, result = await read(container, fake_time, limits=LogLimits(size=2500))
    assert (len(data), result.size) == (2500, 2500)
    assert "first 2,500 bytes" in result.missing


async def test_an_error_of_the_taker_goes_through(fake_time: Time) -> None:
    def feed(data: bytes) -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await read(Container(LINES), fake_time, feed=feed)


async def test_a_server_without_timestamps_is_not_read_twice(fake_time: Time) -> None:
    container = Container(LINES)
    container.stamps = False
    container.streams = [broken(40, errors.NoReply("lost"))]
    _, result = await read(container, fake_time)
    assert "no timestamps" in result.missing
    assert len(container.asked) == 1
