"""The other process as this one sees it: started when first asked, and again where it has ended."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Final

from leadline.modelling.frames import Question, Reply, read, write

ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Matrices here are small: more threads would only cost time and memory."""


class GoneError(Exception):
    """The process ended instead of answering. The text says how."""


class Process:
    """One process for all searches; questions are asked one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._path: list[str] = []
        """Where the child looks for modules, and so for plug-ins: where this process did when it was started."""

    def ask(self, question: Question) -> Reply:
        """The reply to a question. Blocks; raises GoneError where the process ended in the meantime."""
        with self._lock:
            if self._child is not None and (self._child.poll() is not None or self._path != sys.path):
                self._end(self._child)
            child = self._child or self._start()
            assert child.stdin is not None
            assert child.stdout is not None
            try:
                write(child.stdin, question)
                reply: Reply = read(child.stdout)
            except (OSError, EOFError):
                raise GoneError(self._ended(child)) from None
            except BaseException:
                # Broken off in the middle of a message: what comes next would be read as something else.
                self._end(child)
                raise
            return reply

    def _start(self) -> subprocess.Popen[bytes]:
        self._path = list(sys.path)
        environment = {
            **os.environ,
            **dict.fromkeys(ONE_THREAD, "1"),
            "PYTHONPATH": os.pathsep.join(str(folder) for folder in self._path),
        }
        self._child = subprocess.Popen(
            [sys.executable, "-m", "leadline.modelling"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            # Ctrl-C in a terminal reaches its whole group.
            process_group=0,
        )
        return self._child

    def _ended(self, child: subprocess.Popen[bytes]) -> str:
        self._end(child)
        code = child.returncode
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return (
            f"the process that models results ended {how}{'; it may need more memory' if code == -9 else ''}"
        )

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        self._child = None
        if child.stdin is not None:
            with suppress(OSError):
                child.stdin.close()
        try:
            child.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdout is not None:
            child.stdout.close()

    def close(self) -> None:
        """End the process; the next question starts another."""
        with self._lock:
            if self._child is not None:
                self._end(self._child)
