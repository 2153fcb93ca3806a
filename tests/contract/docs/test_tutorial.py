"""What the README and the tutorial show of a laptop is what happens: their commands are run, their output compared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .pages import ROOT, blocks
from .shown import assert_said, run

TUTORIAL = ROOT / "docs" / "tutorial.md"


def test_every_command_of_the_laptop_part_runs_and_prints_what_is_shown(tmp_path: Path) -> None:
    text = TUTORIAL.read_text()
    begin, end = (
        text.count("\n", 0, text.index(f"\n## {title}")) for title in ("On a laptop", "On a cluster")
    )
    lines = text.splitlines()
    said = ""
    for block in (block for block in blocks(TUTORIAL) if begin < block.line < end):
        before = " ".join(lines[max(0, block.line - 4) : block.line - 1])
        saved = re.search(r"Save this as `([\w.]+)`:\s*$", before)
        if saved:
            (tmp_path / saved[1]).write_text(block.text)
        elif block.language == "sh":
            said += run(block.text, tmp_path)
        elif block.language == "text":
            assert_said(block.text, said)
    assert "16/16" in said


def test_make_run_ends_as_the_first_screen_shows(tmp_path: Path) -> None:
    assert re.search(
        r"^run:.*\n\t@\S+/leadline run examples/digits-svm.yaml$",
        (ROOT / "Makefile").read_text(),
        re.MULTILINE,
    )
    shown = blocks(ROOT / "README.md")[0].text
    said = run(f"leadline run '{ROOT / 'examples' / 'digits-svm.yaml'}'", tmp_path, timeout=300)
    # What a search that learns tries depends on which of four trials ends first.
    best = re.compile(r"^1 +digits-svm-\d+ +0\.98\d* .*s$", re.MULTILINE)
    assert best.search(shown)
    assert best.search(said)
    assert_said("\n".join(line for line in shown.splitlines() if not line[:1].isdigit()), said)


def test_a_line_that_was_not_said_is_noticed() -> None:
    said = "[1/2] a-0 succeeded  loss=0.5  in 0.4s  x=1"
    assert_said("[2/2] a-0 succeeded  loss=0.5  in 7.1s  x=1\n…\n", said)
    with pytest.raises(AssertionError, match=r"not said: .*loss=0\.6"):
        assert_said("[1/2] a-0 succeeded  loss=0.6  in 0.4s  x=1", said)
