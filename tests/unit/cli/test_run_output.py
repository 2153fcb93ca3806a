"""What commands print: nothing in it can command a terminal, and programs read back what was meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.api.yaml_loader import load
from leadline.cli.output import (
    Table,
    cell,
    json_text,
    print_names,
    print_table,
    span,
    table_lines,
    visible,
    visible_lines,
    yaml_text,
)

NASTY = "a\x1b[2J\x9b31m\u202eb\r\n\tc\x00"
TEXT = st.text() | st.sampled_from(
    ["1e-5", "y", "no", "12:30", "017", "0x1F", "", "~", "null", "<<", "- a", "a: b", NASTY]
)
# Beyond, kubectl itself reads whole numbers that are not the ones written: leadline/api/yaml_scalars.py.
EXACT = st.floats(-(2.0**53), 2.0**53)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | EXACT | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.text())
def test_a_visible_text_is_one_line_that_commands_nothing(text: str) -> None:
    assert visible(text).isprintable()


def test_a_visible_text_shows_what_was_there() -> None:
    assert visible("größe 3 µm") == "größe 3 µm"
    assert visible(NASTY) == r"a\x1b[2J\x9b31m\u202eb\r\n\tc\x00"
    assert visible_lines("a\nb\x07\n") == ["a", r"b\x07"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""), (0.1 + 0.2, "0.3"), (1e-7, "1e-07"), (12345678.9, "1.23457e+07"), (7, "7"), (True, "true"),
        ("rbf", "rbf"), ([1, 2], "[1,2]"), ({"a": None}, '{"a":null}'), ("\x1b", r"\x1b"),
    ],
)  # fmt: skip
def test_a_cell_is_short_and_exact_enough_for_a_table(value: Any, shown: str) -> None:
    assert cell(value) == shown


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0s"), (0.9, "0s"), (45, "45s"), (119, "119s"), (120, "2m"), (200, "3m20s"), (600, "10m"),
        (3 * 3600, "3h"), (5 * 3600 + 720, "5h12m"), (30 * 3600, "30h"), (12 * 86400, "12d"),
    ],
)  # fmt: skip
def test_a_stretch_of_time_reads_as_kubectls(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_table_is_aligned_by_what_is_seen() -> None:
    table = Table(("NAME", "VALUE", "STATE"))
    table.add("日本", 0.5, "Failed")
    table.add("a", None, "Succeeded")
    assert table_lines(table) == ["NAME   VALUE   STATE", "日本   0.5     Failed", "a              Succeeded"]


def test_elsewhere_than_on_a_terminal_a_table_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(("NAME", "STATE"))
    table.add("x" * 300, "Failed")
    print_table(table)
    assert capsys.readouterr().out.splitlines()[1] == f"{'x' * 300}   Failed"


@given(VALUES)
def test_json_is_read_back_and_commands_nothing(value: Any) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert text.replace("\n", "").isprintable()


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError):
        json_text({"a": float("nan")})


@given(st.dictionaries(st.from_regex(r"[a-zA-Z_]{1,8}", fullmatch=True), VALUES, min_size=1))
def test_yaml_is_read_back_as_kubectl_reads_it_and_commands_nothing(value: Any) -> None:
    text = yaml_text(value)
    (document,) = load(text)
    assert document.value == value
    assert document.problems == ()
    assert text.replace("\n", "").isprintable()


def test_names_are_kubectls(capsys: pytest.CaptureFixture[str]) -> None:
    print_names("optimizationgroup", ["a", "b"])
    assert capsys.readouterr().out == "optimizationgroup.leadline.dev/a\noptimizationgroup.leadline.dev/b\n"
