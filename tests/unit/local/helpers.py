"""Starting the tests' own programs, and looking at processes without the code under test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import leadline

DRIVERS = Path(__file__).with_name("drivers.py")
SOURCES = Path(leadline.__file__).parents[1]


class Driver:
    """A running program of ``drivers.py``; killed at the end of its test at the latest."""

    def __init__(self, role: str, path: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
        self._process = subprocess.Popen(
            [sys.executable, str(DRIVERS), role, str(path)],
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        self.pid = self._process.pid

    @property
    def output(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout

    def says(self) -> str:
        """The next line it says."""
        line = self.output.readline().strip()
        assert line, "the driver ended without a word; its errors stand above"
        return line

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def driver(role: str, path: Path) -> Iterator[Driver]:
    started = Driver(role, path)
    try:
        yield started
    finally:
        started.kill()
        started.output.close()


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    if Path("/proc/self/stat").exists():
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
        except (FileNotFoundError, ProcessLookupError):
            return False
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")


def kill(pid: int) -> None:
    """kill -9."""
    os.kill(pid, signal.SIGKILL)


def open_descriptors() -> int:
    """How many descriptors this process has open, the one for looking included."""
    return len(list(Path("/dev/fd").iterdir()))
