"""The tables of docs/metrics.md, row by row: the page can't say what the code doesn't do."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.metrics import Summary, objective, parse_termination_message

from .logs import read

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"
SYMBOLS = str.maketrans({"⏎": "\n", "␍": "\r", "␛": "\x1b"})


def rows() -> list[tuple[str, str, int, int]]:
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0].startswith("`"):
            found.append((cells[0].strip("`"), cells[1], int(cells[2]), int(cells[3])))
    return found


ROWS = rows()


def test_the_page_has_its_tables() -> None:
    assert len(ROWS) >= 45


@pytest.mark.parametrize(("printed", "last", "count", "ignored"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_page_is_what_happens(printed: str, last: str, count: int, ignored: int) -> None:
    summary = read(printed.translate(SYMBOLS))

    found = objective(summary, "acc", "maximize")
    if last.startswith("Metric"):
        assert (found.value, found.reason) == (None, last)
        assert found.message
    else:
        assert (found.value, found.reason) == (float(last), "")
    series = summary.metrics.get("acc")
    assert (series.count if series else 0) == count
    assert (series.ignored if series else 0) == ignored


@pytest.mark.parametrize(
    "log", ["acc=" + "9" * 1_000_000, "acc=0." + "1" * 1_000_000, "acc=1e" + "9" * 1_000_000]
)
def test_a_number_of_a_million_digits_is_no_value(log: str) -> None:
    assert objective(read(log), "acc", "maximize").reason == "MetricMissing"
    assert objective(read("acc=0.5\n" + log + "\nacc=0.7\n"), "acc", "maximize").value == 0.7


def test_a_number_too_large_for_a_double_is_not_finite() -> None:
    digits = "9" * 10_000

    assert objective(read(f"acc={digits}"), "acc", "maximize").reason == "MetricNotFinite"
    assert objective(read(f'{{"acc": {digits}}}'), "acc", "maximize").reason == "MetricNotFinite"
    assert objective(read(f'{{"acc": {"9" * 400}}}'), "acc", "maximize").reason == "MetricNotFinite"


def test_what_comes_after_the_end_of_the_log_does_not_count() -> None:
    from leadline.metrics import LogReader

    reader = LogReader(objective="acc")
    reader.feed(b"acc=0.5\n")
    reader.close()
    reader.feed(b"acc=0.9\n")
    reader.close()

    assert reader.summary.metrics["acc"].last == 0.5


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ('{"acc": 0.93}', {"acc": 0.93}),
        ('{\n  "acc": "0.93",\n  "loss": 1\n}\n', {"acc": 0.93, "loss": 1.0}),
        ("acc=0.93\nloss: 0.1", {"acc": 0.93, "loss": 0.1}),
        ("{'acc': 0.93}", {"acc": 0.93}),
        ('{"acc": null, "note": "none", "nested": {"a": 1}}', {}),
        ("0.93", {}),
        ("[1, 2]", {}),
        ('"acc=0.93"', {}),
        ("", {}),
        ("Error: out of memory", {}),
        ("[" * 5000, {}),
    ],
)
def test_a_termination_message_is_json_or_lines(text: str, metrics: dict[str, float]) -> None:
    summary = parse_termination_message(text)

    assert {name: series.last for name, series in summary.metrics.items()} == metrics


@pytest.mark.parametrize(
    "message", ["acc=0.5" + " " * 1_100, "x" * 1_100 + " acc=0.5", '{"a": "' + "x" * 1_100 + '", "acc": 0.5']
)
def test_a_line_that_kubernetes_may_have_cut_is_not_read(message: str) -> None:
    assert parse_termination_message(message).metrics == {}
    assert parse_termination_message(f"cut=1\n{message}\nloss=1\ncut=1").metrics["loss"].last == 1
    assert "cut" not in parse_termination_message(f"cut=1\n{message}\nloss=1\ncut=1").metrics


def test_a_termination_message_is_read_up_to_what_kubernetes_keeps() -> None:
    assert parse_termination_message("acc=0.5\n" + "x" * 4090 + "\nloss=1\n").metrics.keys() == {"loss"}
    assert parse_termination_message("\ud800 acc=0.5").metrics["acc"].last == 0.5


def test_without_a_summary_the_metric_is_missing() -> None:
    found = objective(Summary(), "acc", "maximize")

    assert found.reason == "MetricMissing"
    assert '"acc=0.93"' in found.message
