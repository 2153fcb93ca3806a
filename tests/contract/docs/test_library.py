"""The page about the library does what it says, with nothing else of the program."""

from __future__ import annotations

import subprocess
import sys

from .pages import ROOT, blocks


def test_its_programs_run_one_after_the_other() -> None:
    programs = [block.text for block in blocks(ROOT / "docs" / "library.md") if block.language == "python"]
    assert len(programs) == 5
    strangers = "import sys; print(sorted({'kopf', 'kubernetes', 'yaml'} & set(sys.modules)))"
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join([*programs, strangers])],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout.splitlines()
    loss, origin, trials, known, first, second, *halving, others = said
    assert float(loss.split()[0]) < 0.2
    assert "'acquisition'" in origin
    assert trials == "40 trials"
    assert known == "20 taken over; {}"
    assert first.split()[0] == "given"
    assert second.split()[0] == "model"
    steps = [line.split(maxsplit=3) for line in halving]
    assert sum(step[3] == "new" for step in steps) == 30
    promoted = [step for step in steps if step[3] != "new"]
    assert len(promoted) >= 8
    assert all("epochs=" in step[3] for step in promoted)
    assert {step[1] for step in steps} == {"1", "3", "9"}
    assert others == "[]"
