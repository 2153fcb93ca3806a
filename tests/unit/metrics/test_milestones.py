"""What is kept of the objective when a trial comes up to a milestone."""

from __future__ import annotations

import pytest

from leadline.metrics import LogReader, Milestones, Summary, combine, objective_at, parse_termination_message


def read(text: str, unit: str = "epochs", amounts: tuple[int, ...] = (1, 3, 9)) -> LogReader:
    reader = LogReader((), "loss", Milestones(amounts, unit))
    reader.feed(text.encode())
    return reader


def lines(pattern: str, count: int, first: int = 1) -> str:
    return "".join(pattern.format(i=i, v=10 - i) + "\n" for i in range(first, first + count))


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        (lines("loss={v}", 9), [(1, 9), (3, 7), (9, 1)]),
        (lines("epoch={i} loss={v}", 9), [(1, 9), (3, 7), (9, 1)]),
        (lines('{{"step": {i}, "loss": {v}}}', 4), [(1, 9), (3, 7)]),
        (lines("epoch={i} step=500 loss={v}", 3), [(1, 9), (3, 7)]),
        (lines("epoch={i} loss={v}", 5, first=0), [(1, 9), (3, 7)]),
        ("epoch=5 loss=1\n", [(1, 1), (3, 1)]),
        ("epoch=1 loss=nan\nepoch=3 loss=2\n", [(1, None), (3, 2)]),
        ("epoch=1 acc=0.5\nloss=4\n", [(1, 4)]),
        ("epoch=1 acc=0.5\n", []),
        ("epoch=3 loss=5\nepoch=2 loss=1\n", [(1, 5), (3, 5)]),
        ("loss=8\nepoch=1 loss=7\nloss=6\nepoch=3 loss=5\n", [(1, 8), (3, 5)]),
    ],
)
def test_a_mark_is_what_was_reported_at_the_milestone(
    text: str, marks: list[tuple[int, float | None]]
) -> None:
    assert list(objective_at(read(text).summary, "loss", "minimize")) == marks


def test_the_unit_chooses_among_several_clocks() -> None:
    text = "".join(f"epoch={i // 2} step={i} loss={i}\n" for i in range(8))
    assert objective_at(read(text, "epochs", (1, 3)).summary, "loss", "minimize") == ((1, 2), (3, 6))
    assert objective_at(read(text, "Step", (1, 3)).summary, "loss", "minimize") == ((1, 1), (3, 3))
    assert objective_at(read(text, "minutes", (1, 3)).summary, "loss", "minimize") == ((1, 1), (3, 3))


@pytest.mark.parametrize(
    "text",
    [lines("loss={v}", 9), lines("epoch={i} loss={v}", 9), lines("step=100 epoch=7 loss={v}", 9)],
)
def test_without_a_unit_reports_are_counted_whatever_their_steps(text: str) -> None:
    reader = LogReader((), "loss", Milestones((2, 5), None))
    reader.feed((text + "accuracy=0.5\n" * 9).encode())

    assert objective_at(reader.summary, "loss", "minimize") == ((2, 8), (5, 5))


def test_the_best_and_the_mean_are_those_up_to_the_milestone() -> None:
    summary = read("loss=4\nloss=1\nloss=7\n").summary
    assert objective_at(summary, "loss", "minimize", "best") == ((1, 4), (3, 1))
    assert objective_at(summary, "loss", "maximize", "best") == ((1, 4), (3, 7))
    assert objective_at(summary, "loss", "minimize", "mean") == ((1, 4), (3, 4))


def test_how_many_were_reached_is_known_at_any_time() -> None:
    reader = read("")
    reached = []
    for i in range(1, 10):
        reader.feed(f"loss={i}\n".encode())
        reached.append(reader.reached)
    assert reached == [1, 1, 2, 2, 2, 2, 2, 2, 3]
    assert LogReader((), "loss").reached == 0


def test_marks_survive_json_and_the_last_word_of_the_trial() -> None:
    summary = read("loss=4\nloss=1\nloss=7\n").summary
    assert Summary.from_dict(summary.to_dict()) == summary
    both = combine(summary, parse_termination_message('{"loss": 0.5}'))
    assert both.metrics["loss"].last == 0.5
    assert objective_at(both, "loss", "minimize") == ((1, 4), (3, 7))
