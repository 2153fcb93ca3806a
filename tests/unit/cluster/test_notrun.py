"""Tests that can't be run on a machine are told apart from those that pass, fail, or are skipped on purpose."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[2]

HEAD = """
import pytest
from cluster.errors import NotAvailable

@pytest.fixture(scope="session")
def cluster():
    raise NotAvailable("Go is not installed", ["install Go"])
"""


def run_pytest(folder: Path, body: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the given tests in a pytest of their own with the plug-in."""
    (folder / "test_sample.py").write_text(HEAD + body)
    command = [sys.executable, "-m", "pytest", "-p", "cluster.notrun", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *options, "test_sample.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TESTS), "PYTEST_ADDOPTS": "-p no:asyncio"},
        capture_output=True,
        text=True,
    )


def test_a_test_without_its_cluster_is_named_with_reason_and_remedy_and_the_exit_status_is_3(
    tmp_path: Path,
) -> None:
    run = run_pytest(
        tmp_path, "def test_needs(cluster): pass\ndef test_also(cluster): pass\ndef test_free(): pass\n"
    )

    assert run.returncode == 3
    assert "2 not run: Go is not installed\n  to run: install Go\n" in run.stdout
    assert "    test_sample.py::test_needs\n    test_sample.py::test_also\n" in run.stdout
    assert "1 passed, 2 not run" in run.stdout
    assert run.stdout.splitlines()[-1] == "1 passed, 0 failed, 2 skipped"


def test_a_failure_decides_the_exit_status(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, "def test_needs(cluster): pass\ndef test_wrong(): assert False\n")

    assert run.returncode == 1
    assert run.stdout.splitlines()[-1] == "0 passed, 1 failed, 1 skipped"


def test_a_purposeful_skip_is_no_test_that_was_not_run(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, "def test_other(): pytest.skip('Windows only')\ndef test_free(): pass\n")

    assert run.returncode == 0
    assert "not run" not in run.stdout
    assert run.stdout.splitlines()[-1] == "1 passed, 0 failed, 1 skipped"


def test_what_a_test_finds_missing_in_its_own_body_counts_too(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, "def test_late(): raise NotAvailable('no root')\n")

    assert run.returncode == 3
    assert "1 not run: no root\n" in run.stdout


def test_what_workers_could_not_run_counts_as_well(tmp_path: Path) -> None:
    run = run_pytest(
        tmp_path, "def test_needs(cluster): pass\ndef test_free(): pass\n", "-n", "2", "-p", "cluster.halves"
    )

    assert run.returncode == 3
    assert (
        "1 not run: Go is not installed\n  to run: install Go\n    test_sample.py::test_needs\n" in run.stdout
    )
    assert run.stdout.splitlines()[-1] == "1 passed, 0 failed, 1 skipped"
