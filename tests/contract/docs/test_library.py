"""The page about the library does what it says, with nothing else of the program."""

from __future__ import annotations

import subprocess
import sys

from .pages import ROOT, blocks


def test_its_programs_run_one_after_the_other() -> None:
    programs = [block.text for block in blocks(ROOT / "docs" / "library.md") if block.language == "python"]
    assert len(programs) == 2
    strangers = "import sys; print(sorted({'kopf', 'kubernetes', 'yaml'} & set(sys.modules)))"
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join([*programs, strangers])],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout.splitlines()
    loss, origin, trials, others = said
    assert float(loss.split()[0]) < 0.2
    assert "'acquisition'" in origin
    assert trials == "40 trials"
    assert others == "[]"
