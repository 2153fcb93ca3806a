from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.metrics import MAX_CURVE, Series, Summary, combine
from leadline.metrics.series import Clock, SeriesBuilder

from .logs import read, series

values = st.floats(width=32) | st.sampled_from([math.nan, math.inf, -math.inf, 1.7e308, -1.7e308, 0.0])
clocks = st.none() | st.tuples(
    st.sampled_from([("step",), ("epoch",), ("epoch", "step")]), st.integers(0, 5), st.integers(0, 3)
).map(lambda drawn: (drawn[0], drawn[1:][: len(drawn[0])]))
measurements = st.lists(st.tuples(values, clocks), max_size=30)


def expected(history: list[tuple[float, Clock | None]]) -> Series:
    """The rules of docs/metrics.md on the whole history at once."""
    kinds = next((clock[0] for _, clock in history if clock), None)
    kept: list[tuple[float, tuple[int | float, ...] | None, bool]] = []  # value, key, late
    newest: tuple[int | float, ...] | None = None
    for value, clock in history:
        key = clock[1] if clock and clock[0] == kinds else None
        if key is not None and newest is not None and key < newest:
            kept.append((value, key, True))
            continue
        in_order = [index for index, (_, _, late) in enumerate(kept) if not late]
        if key is not None and key == newest and in_order and kept[in_order[-1]][1] == key:
            kept.append((value, key, False))
            del kept[in_order[-1]]  # the last write wins
        else:
            kept.append((value, key, False))
        newest = key if key is not None else newest
    in_order_values = [value for value, _, late in kept if not late]
    finite = [value for value, _, _ in kept if math.isfinite(value)]
    return Series(
        last=next((value for value in reversed(in_order_values) if math.isfinite(value)), None),
        min=min(finite, default=None),
        max=max(finite, default=None),
        mean=float(sum(map(Fraction, finite)) / len(finite)) if finite else None,
        count=len(finite),
        ignored=len(kept) - len(finite),
        last_finite=not in_order_values or math.isfinite(in_order_values[-1]),
    )


@given(measurements)
def test_a_summary_is_what_the_rules_say_of_the_whole_history(
    history: list[tuple[float, Clock | None]],
) -> None:
    builder = SeriesBuilder()
    for value, clock in history:
        builder.add(value, clock)

    found, wanted = builder.series(), expected(history)

    if found.mean is None or wanted.mean is None:
        assert found.mean is wanted.mean
    else:
        assert found.mean == pytest.approx(
            wanted.mean, rel=1e-12, abs=1e-12 * max(abs(found.min or 0), found.max or 0)
        )
    assert (found.last, found.min, found.max, found.count) == (
        wanted.last,
        wanted.min,
        wanted.max,
        wanted.count,
    )
    assert (found.ignored, found.last_finite) == (wanted.ignored, wanted.last_finite)


def test_the_mean_is_exact_enough_and_never_overflows() -> None:
    assert series("acc=0.1\n" * 1000).mean == pytest.approx(0.1, rel=1e-13)
    assert series("acc=1.7e308\nacc=1.7e308\nacc=-1.7e308\n").mean == pytest.approx(1.7e308 / 3)
    assert series("".join(f"acc={n}\n" for n in range(1, 1001))).mean == pytest.approx(500.5, rel=1e-12)


@pytest.mark.parametrize("count", [1, 2, 199, 200, 201, 399, 400, 1_000, 12_345])
def test_a_curve_is_thinned_evenly_and_keeps_its_ends(count: int) -> None:
    curve = series("".join(f"step={n} acc={n / 2}\n" for n in range(count))).curve

    assert min(count, MAX_CURVE // 2) <= len(curve) <= MAX_CURVE
    assert curve[0] == (0, 0.0)
    assert curve[-1] == (count - 1, (count - 1) / 2)
    steps = [step or 0 for step, _ in curve[:-1]]
    gaps = {after - before for before, after in pairwise(steps)}
    assert len(gaps) <= 1


def test_a_curve_is_in_the_order_of_steps_or_of_arrival() -> None:
    assert series("step=2 acc=2\nstep=1 acc=1\nstep=3 acc=3\n").curve == ((1, 1.0), (2, 2.0), (3, 3.0))
    assert series("acc=2\nacc=1\n").curve == ((None, 2.0), (None, 1.0))
    assert series("step=2 acc=2\nacc=5\nstep=3 acc=3\n").curve == ((2, 2.0), (None, 5.0), (3, 3.0))
    assert series("epoch=0.5 acc=1\nepoch=1.0 acc=2\n").curve == ((0.5, 1.0), (1, 2.0))


def test_a_curve_holds_finite_values_of_the_objective_only() -> None:
    summary = read("acc=nan loss=1\nacc=0.5 loss=2\nacc=inf loss=3\n")

    assert summary.metrics["acc"].curve == ((None, 0.5),)
    assert summary.metrics["loss"].curve == ()


def test_very_large_steps_are_still_json() -> None:
    summary = read(f"step={'9' * 300} acc=1\nstep={'9' * 400} acc=2\nstep=-3 acc=3\n")

    json.dumps(summary.to_dict(), allow_nan=False)
    assert summary.metrics["acc"].last == 2.0


def built(history: list[tuple[float, Clock | None]], unreadable: int, with_curve: bool) -> Series:
    builder = SeriesBuilder(with_curve)
    for value, clock in history:
        builder.add(value, clock)
    return builder.series(unreadable)


summaries = st.none() | st.dictionaries(
    st.sampled_from("abc"),
    st.builds(built, measurements, st.integers(0, 2), st.booleans()),
    max_size=3,
).map(lambda drawn: Summary(drawn, lines_cut=len(drawn)))


@given(summaries, summaries, summaries)
def test_combining_is_associative_idempotent_and_has_nothing_as_neutral(
    a: Summary | None, b: Summary | None, c: Summary | None
) -> None:
    assert combine(combine(a, b), c) == combine(a, combine(b, c))
    assert combine(combine(a, b), b) == combine(a, b)
    assert combine(a, None) == combine(None, a) == combine(a, a) == (a or Summary())


@given(summaries, summaries)
def test_the_termination_message_wins_where_it_has_a_number(a: Summary | None, b: Summary | None) -> None:
    together = combine(a, b).metrics
    log, message = (a or Summary()).metrics, (b or Summary()).metrics

    assert set(together) == set(log) | set(message)
    for name, found in together.items():
        winner = message[name] if name in message and (message[name].reported or name not in log) else None
        if winner is not None:
            assert (found.last, found.count, found.last_finite) == (
                winner.last,
                winner.count,
                winner.last_finite,
            )
        elif name in log and log[name].reported:
            assert found == log[name]


def test_the_logs_curve_is_kept_beside_the_final_value() -> None:
    log = read("step=1 acc=0.1\nstep=2 acc=0.2\nloss=3\n")
    message = read('{"acc": 0.93}', objective=None)

    together = combine(log, message).metrics

    assert (together["acc"].last, together["acc"].max, together["acc"].count) == (0.93, 0.93, 1)
    assert together["acc"].curve == ((1, 0.1), (2, 0.2))
    assert together["loss"].last == 3.0


def test_a_termination_message_without_a_number_leaves_the_log_its_word() -> None:
    log = read("acc=0.5\n")
    unreadable = read("acc=high\n")
    not_finite = read("acc=nan\n")

    assert combine(log, unreadable).metrics["acc"] == log.metrics["acc"]
    assert combine(log, not_finite).metrics["acc"].last_finite is False
    assert combine(unreadable, unreadable).metrics["acc"].ignored == 1


@given(summaries)
def test_a_summary_survives_json(summary: Summary | None) -> None:
    if summary is not None:
        assert Summary.from_dict(json.loads(json.dumps(summary.to_dict(), allow_nan=False))) == summary
