"""The other process as this one sees it: started when first asked, and again where it has ended."""

from __future__ import annotations

import atexit
import os
import selectors
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, Final

from leadline.modelling.frames import Question, Reply, read, write

ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Matrices here are small: more threads would only cost time and memory."""
ANSWER_LIMIT: Final = 300.0
"""Seconds for one answer. Ours take less than one; a searcher or a rule of the user's own may hang, and all other
searches wait behind it."""


class GoneError(Exception):
    """The process ended instead of answering. The text says how."""


class LateError(GoneError):
    """It did not answer in time, and was ended for it."""


class Process:
    """One process for all searches; questions are asked one at a time. limit: seconds for an answer."""

    def __init__(self, limit: float = ANSWER_LIMIT) -> None:
        self.limit = limit
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
                if not _is_readable(child.stdout, self.limit):
                    message = f"the process that models results gave no answer within {self.limit:g} s"
                    raise LateError(message)
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
        atexit.unregister(self._close_at_exit)
        atexit.register(self._close_at_exit)
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

    def _close_at_exit(self) -> None:
        """The same, but nobody waits for an answer any more."""
        child = self._child
        if child is not None and not self._lock.acquire(timeout=1.0):
            child.kill()
        elif child is not None:
            self._end(child)
            self._lock.release()


def _is_readable(stream: IO[bytes], seconds: float) -> bool:
    """Whether there is something to read, if only the end, within so many seconds."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return bool(selector.select(seconds))
