"""A folder for searches of this machine, and a process that has one of them open."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run in an empty folder, and no cluster is known."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    return tmp_path


@pytest.fixture
def held() -> Iterator[Callable[[Path], None]]:
    """Another process opens a file as ``leadline run`` does, until the test ends."""
    code = "import sys; from leadline.local.store import Store; Store.open(sys.argv[1]); print(flush=True); input()"
    with ExitStack() as stack:

        def hold(path: Path) -> None:
            command = [sys.executable, "-c", code, str(path)]
            process = stack.enter_context(
                subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            process.stdout.readline()

        yield hold
