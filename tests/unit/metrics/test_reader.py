from __future__ import annotations

import json
import random
import re
import time
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadline.metrics import MAX_NAMES, MAX_TAIL, LogReader, Summary
from leadline.metrics.forms import Forms

from .logs import read, series

# Pieces of which logs are made, the awkward ones more often than in life.
WORDS = rb"acc loss val_acc step epoch = : , 0.5 .5 3 -1e3 nan % 1e400 0,5 12:00:00 2024-01-01T12:00:00 { } ' / -- ."
SPECIAL = [
    b"\n",
    b"\r",
    b"\r\n",
    b" ",
    b": ",
    b", ",
    b"   ",
    b"\x1b[32m",
    b"\x1b",
    b'"',
    b"\x00",
    b"\xff\xfe",
    "é".encode(),
]
pieces = st.sampled_from([*WORDS.split(), *SPECIAL, b'{"acc": 0.25, "step": 3}', b"x" * 9_000])
logs = st.lists(pieces | st.binary(max_size=5), max_size=30).map(b"".join)


@given(logs, st.lists(st.integers(0, 40), max_size=20), st.sampled_from(["acc", "epoch", None]))
def test_any_chunking_of_the_same_bytes_gives_the_same_summary_and_tail(
    log: bytes, sizes: list[int], objective: str | None
) -> None:
    whole = LogReader(objective=objective)
    whole.feed(log)
    whole.close()
    pieces = LogReader(objective=objective)
    position = 0
    for size in sizes:
        pieces.feed(log[position : position + size])
        position += size
    pieces.feed(log[position:])
    pieces.close()

    assert pieces.summary == whole.summary
    assert pieces.tail == whole.tail


@given(st.lists(st.sampled_from([b"x", b"\r", b"\n", b" ", b"acc=1 "]), max_size=12), st.integers(1, 70_000))
def test_chunking_does_not_matter_for_endless_lines(pieces: list[bytes], size: int) -> None:
    log = b"".join(piece * 9_000 for piece in pieces)
    whole = LogReader(objective="acc")
    whole.feed(log)
    whole.close()
    cut = LogReader(objective="acc")
    for start in range(0, len(log), size if size > 100 else 1_000):
        cut.feed(log[start : start + (size if size > 100 else 1_000)])
    cut.close()

    assert cut.summary == whole.summary


@given(st.binary(max_size=300) | logs)
@example(b"{" * 17_000)
@example(b'{"acc": ' + b"[" * 16_000 + b"}")
@example(b'{"acc": 1' + b"0" * 16_000 + b"}")
def test_no_bytes_raise_and_every_summary_is_json(log: bytes) -> None:
    summary = read(log)

    data = json.dumps(summary.to_dict(), allow_nan=False)
    assert Summary.from_dict(json.loads(data)) == summary


@given(logs)
def test_looking_only_at_candidate_lines_misses_nothing(log: bytes) -> None:
    block = log.replace(b"\r", b"").replace(b"\x1b", b"")
    forms = Forms("acc")
    thorough = []
    for line in block.split(b"\n"):
        found = forms._read_json(line) or forms._read_pairs(b"\n" + line, 1, len(line) + 1)
        if found != (None, []):
            thorough.append(found)

    quick = [found for found in Forms("acc").read(block) if found != (None, [])]

    assert repr(quick) == repr(thorough)  # NaN is not equal to itself


def test_all_pairs_of_a_line_count() -> None:
    summary = read("epoch=3 loss=0.2 acc=0.9 (lr: 1e-3) [t=5] 'q': 7, \"r\"=8; x=1,y=2|z=3")

    assert {name: found.last for name, found in summary.metrics.items()} == {
        "loss": 0.2, "acc": 0.9, "lr": 0.001, "t": 5, "q": 7, "r": 8, "x": 1, "y": 2, "z": 3,
    }  # fmt: skip


def test_names_are_never_numbers_times_or_ends_of_words() -> None:
    log = "12:00:00 2024-01-01T12:30:15Z 10.0.0.1:80 http://host:80/ 3=4 é=5 a.b-c/d@e:6 -x=7 ..y=8 caller=main.go:9"

    assert set(read(log).metrics) == {"a.b-c/d@e"}


def test_the_objective_may_have_any_name() -> None:
    assert series("val acc=0.5\nTOTAL val acc: 0.6", "val acc").last == 0.6
    assert series("µ-F1 (macro)=0.5", "µ-F1 (macro)").last == 0.5
    assert series("f(x)[0] = 0.5", "f(x)[0]").last == 0.5
    assert series("a\\b=0.5", "a\\b").last == 0.5
    assert series("x" * 200 + "=0.5", "x" * 200).last == 0.5
    assert series("accuracy=0.5", "acc").count == 0


def test_a_kind_of_step_can_be_the_objective() -> None:
    found = series("step=1 epoch=7\nstep=2 epoch=9\n", "epoch")

    assert (found.last, found.count) == (9, 2)
    assert found.curve == ((1, 7.0), (2, 9.0))


def test_the_first_metrics_and_always_the_objective_are_kept() -> None:
    log = "".join(f"m{i}=1\n" for i in range(1000)) + "acc=0.5\n" + "{" + '"n":1,' * 9 + '"acc": 0.75}'

    summary = read(log)

    assert len(summary.metrics) == MAX_NAMES
    assert summary.metrics["acc"].last == 0.75
    assert "m0" in summary.metrics
    assert summary.reports_dropped == 1000 - (MAX_NAMES - 1) + 1
    assert len(read(log, objective=None).metrics) == MAX_NAMES
    assert len(read("acc=1\n" + log).metrics) == MAX_NAMES


def test_unusual_json_names_are_left_out() -> None:
    log = json.dumps({"": 1, "x" * 129: 2, "tab\t": 3, "\u202ertl": 4, "fine name": 5, "acc": 6})

    assert set(read(log).metrics) == {"fine name", "acc"}


def test_a_line_is_read_up_to_its_limit_and_no_number_is_halved() -> None:
    beyond = read("acc=0.5 " + "x" * 16_384 + " acc=0.75\n")
    halved = read("x" * 16_370 + " acc=0.123456789\n")
    whole = read("x" * 16_370 + " acc=0.12345678\n" + "loss=1")
    wordless = read("acc=" + "1" * 20_000 + "\nloss=1")

    assert beyond.metrics["acc"].last == 0.5
    assert (set(halved.metrics), halved.lines_cut) == (set(), 1)
    assert (set(whole.metrics), whole.lines_cut) == ({"loss"}, 1)
    assert (set(wordless.metrics), wordless.lines_cut) == ({"loss"}, 1)
    assert read("x" * 16_376 + " acc=0.5").metrics["acc"].last == 0.5


def test_a_progress_bar_without_line_end_costs_nothing_and_its_last_state_counts() -> None:
    reader = LogReader(objective="loss")
    for step in range(20_000):
        reader.feed(
            b"\r %3d%%|####  | %d/20000 [00:01<00:08, 10.2it/s, loss=%.4f]"
            % (step // 200, step, 1 / (step + 1))
        )
    before = reader.summary
    reader.close()

    assert before.metrics == {}
    assert reader.summary.metrics["loss"].last == 0.0001


def test_the_summary_can_be_read_while_the_log_grows() -> None:
    reader = LogReader(objective="acc")
    seen = []
    for value in (0.1, 0.2, 0.3):
        reader.feed(b"acc=%.1f\n" % value)
        seen.append((reader.summary.metrics["acc"].last, reader.summary.metrics["acc"].count))

    assert seen == [(0.1, 1), (0.2, 2), (0.3, 3)]


def endless(line: bytes, size: int) -> list[bytes]:
    return [(line * (65_536 // len(line) + 1))[:65_536]] * (size // 65_536)


FLOODS = {
    "no line end": (b"x", 100),
    "no line end, many names": (b"a=1 b=2 ", 100),
    "overwritten for ever": (b"\r 50%|###  | loss=0.5", 16),
    "ordinary lines": (
        b"2024-01-01 12:00:00,123 INFO some.module: Processing a batch of the file /data/x.bin\n",
        100,
    ),
    "empty lines": (b"\n", 32),
    "separators": (b"=:" * 40 + b"\n", 4),
    "measurements": (b"step=3 loss=0.25 acc=0.5\n", 1),
    "JSON": (b'{"loss": 0.25, "acc": 0.5}\n', 1),
    "noise": (random.Random(7).randbytes(65_536), 8),
}


@pytest.mark.parametrize(("line", "mebibytes"), FLOODS.values(), ids=FLOODS.keys())
def test_memory_stays_the_same_whatever_is_fed(line: bytes, mebibytes: int) -> None:
    chunks = endless(line, mebibytes * 2**20)
    reader = LogReader(objective="loss")
    reader.feed(chunks[0])
    tracemalloc.start()
    try:
        for chunk in chunks:
            reader.feed(chunk)
        reader.close()
        _ = reader.summary, reader.tail
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 2 * 2**20


def test_new_names_and_new_values_for_ever_take_no_memory() -> None:
    reader = LogReader(objective="loss")
    tracemalloc.start()
    try:
        for number in range(20_000):
            reader.feed(b"name%d=%d step=%d loss=%d\n" % (number, number, number, number))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 2 * 2**20
    assert len(reader.summary.metrics["loss"].curve) <= 200


@pytest.mark.parametrize(
    ("line", "least"),
    [
        (b"2024-01-01 12:00:00,123 INFO some.module: Processing a batch of the file /data/x.bin\n", 10),
        (b"100/100 [======] - 1s 5ms/step - loss: 0.25 - accuracy: 0.91 - val_loss: 0.35\n", 1),
        (b"x", 100),
    ],
    ids=["ordinary lines", "measurements", "no line end"],
)
def test_reading_is_fast_enough_for_a_log_of_100_megabytes(line: bytes, least: int) -> None:
    chunks = endless(line, 4 * 2**20)
    reader = LogReader(objective="loss")
    started = time.process_time()
    for chunk in chunks:
        reader.feed(chunk)
    reader.close()

    assert 4 / (time.process_time() - started) > least  # a tenth of what an idle core of 2024 does, in MB/s


def test_the_tail_is_the_end_of_the_log_in_whole_lines() -> None:
    lines = [f"line {number} of the log" for number in range(1000)]
    reader = LogReader()
    reader.feed("\n".join(lines).encode())
    reader.close()

    tail = reader.tail.split("\n")

    assert tail == lines[-len(tail) :]
    assert MAX_TAIL - 25 < len(reader.tail) <= MAX_TAIL


@pytest.mark.parametrize(
    ("log", "tail"),
    [
        (b"", ""),
        (b"one\n\n", "one"),
        (b"\n\none", "\n\none"),
        (b"a\tb\n", "a\tb"),
        (b"10%\r20%\r\ndone\r\n", "20%\ndone"),
        (b"\x1b[31mred\x1b[0m \x1b]0;title\x07x", "red x"),
        (b"bell\x07 nul\x00 c1\xc2\x9b del\x7f", "bell\\x07 nul\\x00 c1\\x9b del\\x7f"),
        ("rtl\u202e zero\u200b nbsp\u00a0 é 漢".encode(), "rtl\\u202e zero\\u200b nbsp\\xa0 é 漢"),
        (b"bad\xff\xfe", "bad��"),
    ],
)
def test_the_tail_is_safe_to_show(log: bytes, tail: str) -> None:
    reader = LogReader()
    reader.feed(log)

    assert reader.tail == tail


@given(st.binary(max_size=3000) | logs)
def test_the_tail_is_always_short_and_printable(log: bytes) -> None:
    reader = LogReader()
    reader.feed(log * 3)

    assert len(reader.tail.encode()) <= MAX_TAIL
    assert re.fullmatch(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*", reader.tail)


def test_a_line_of_which_the_beginning_is_gone_is_not_in_the_tail() -> None:
    reader = LogReader()
    reader.feed(b"lost" + b"\x1b[31m" * 1_000 + b"half a line\nwhole line\n")

    assert reader.tail == "whole line"


def test_one_endless_line_still_has_a_tail() -> None:
    reader = LogReader()
    for _ in range(100):
        reader.feed("é".encode() * 1000)

    assert reader.tail == "é" * (MAX_TAIL // 2)
