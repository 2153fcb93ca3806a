"""The tutorial's laptop part does what it says: its files are saved, its commands are run, in its order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from .pages import ROOT, blocks

PAGE = ROOT / "docs" / "tutorial.md"


def test_every_command_of_the_laptop_part_runs(tmp_path: Path) -> None:
    text = PAGE.read_text()
    begin, end = (
        text.count("\n", 0, text.index(f"\n## {title}")) for title in ("On a laptop", "On a cluster")
    )
    lines = text.splitlines()
    said = ""
    for block in blocks(PAGE):
        before = " ".join(lines[max(0, block.line - 4) : block.line - 1])
        saved = re.search(r"Save this as `([\w.]+)`:\s*$", before)
        if not begin < block.line < end:
            continue
        if saved:
            (tmp_path / saved[1]).write_text(block.text)
        elif block.language == "sh":
            said += _run(block.text, tmp_path)
        elif block.language == "text":
            _compare(block.text, said)
    assert "16/16" in said


def _run(script: str, folder: Path) -> str:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    outcome = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert outcome.returncode == 0, f"{script}\n{outcome.stdout}\n{outcome.stderr}"
    return outcome.stdout + outcome.stderr


def _compare(shown: str, said: str) -> None:
    """What the page shows was said: words and values, in whatever order trials ended and however long they took."""
    for line in shown.splitlines():
        words = [
            word for word in line.split() if word != "…" and not re.fullmatch(r"\[\d+/\d+\]|[\d.]+s", word)
        ]
        if words:
            pattern = r"\s+(?:in\s+)?(?:[\d.]+m?s\s+)?".join(map(re.escape, words))
            assert re.search(pattern, said), f"the tutorial shows a line that is not said: {line}"
