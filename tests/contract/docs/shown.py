"""Whether what a page shows was really printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

_TIME = re.compile(r"[\d.]+m?s:?")
_CHANGING = re.compile(rf"…|\[\d+/\d+\]|{_TIME.pattern}")
"""What differs from run to run: how far the search was, and how long things took."""


def run(script: str, folder: Path, timeout: float = 120) -> str:
    """What a shell script printed in ``folder``, with our commands on its path; fails where it fails."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    outcome = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert outcome.returncode == 0, f"{script}\n{outcome.stdout}\n{outcome.stderr}"
    return outcome.stdout + outcome.stderr


def assert_said(shown: str, said: str) -> None:
    """Every line that is shown was said: its words and values, in whatever order and however long it took."""
    lines = {_lasting(line) for line in said.splitlines()}
    missing = [line for line in shown.splitlines() if _lasting(line) not in lines | {""}]
    assert missing == [], f"shown, and not said: {missing}; said was:\n{said}"


def _lasting(line: str) -> str:
    return " ".join(word for word in line.split() if not _CHANGING.fullmatch(word))
