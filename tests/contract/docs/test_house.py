"""The verbs' own machinery: which Python is taken, what `make` says, what CI runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from .pages import ROOT

GOOD = "#!/bin/sh\nexit 0\n"
"""Answers every question about its version with yes."""
OLD = "#!/bin/sh\nexit 1\n"
"""An old Python; or a shim of pyenv for a version that is not chosen, which fails as well."""


def _programs(folder: Path, **programs: str) -> Path:
    for name, script in programs.items():
        path = folder / name.replace("_", ".")
        path.write_text(script)
        path.chmod(0o755)
    return folder


def _find_python(path: Path | str, *wanted: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "find-python.sh"), *wanted],
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_python_that_is_on_the_path_and_does_not_run_is_passed_over(tmp_path: Path) -> None:
    folder = _programs(tmp_path, python3_13=OLD, python3_12=GOOD, python3=GOOD)
    assert _find_python(folder).stdout == f"{folder}/python3.12\n"


def test_an_unversioned_python_will_do(tmp_path: Path) -> None:
    folder = _programs(tmp_path, python3=GOOD)
    assert _find_python(folder).stdout == f"{folder}/python3\n"


def test_the_python_that_is_asked_for_is_taken(tmp_path: Path) -> None:
    folder = _programs(tmp_path, python3_13=GOOD, python3_11=GOOD)
    assert _find_python(folder, "python3.11").stdout == f"{folder}/python3.11\n"


def test_without_a_good_python_the_message_says_what_to_do(tmp_path: Path) -> None:
    outcome = _find_python(_programs(tmp_path, python3=OLD))
    assert outcome.returncode == 1
    assert "No Python 3.11 or newer" in outcome.stderr
    assert "make install PYTHON=" in outcome.stderr


def test_an_old_python_that_is_asked_for_is_refused_by_its_name(tmp_path: Path) -> None:
    outcome = _find_python(_programs(tmp_path, python3_9=OLD, python3_13=GOOD), "python3.9")
    assert outcome.returncode == 1
    assert "PYTHON=python3.9 is no Python 3.11 or newer" in outcome.stderr


def test_the_question_that_is_asked_tells_old_from_new() -> None:
    question = re.search(r"-c '(.+?)'", (ROOT / "tools" / "find-python.sh").read_text())
    assert question
    assert subprocess.run([sys.executable, "-c", question[1]], check=False).returncode == 0
    pretended = question[1].replace("import sys;", "import sys; sys.version_info = (3, 10, 13);")
    assert subprocess.run([sys.executable, "-c", pretended], check=False).returncode == 1


def test_make_alone_lists_the_verbs() -> None:
    outcome = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0
    for verb in ("install", "run", "test", "lint", "verify"):
        assert re.search(rf"^  {verb} +\S", outcome.stdout, re.MULTILINE)


def test_ci_runs_the_verbs_and_accepts_nothing_but_success() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text()
    assert "set -euo pipefail" in text
    assert "make lint" in text
    assert "make test" in text
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
