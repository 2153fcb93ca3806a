"""One runner per file: a lock that the operating system drops when its process dies, however it dies.

Knows nothing of what the file is for. POSIX record locks, because a forked child does not inherit them: a
worker process left behind by ``kill -9`` can't keep the next runner out. Their trap is that closing *any*
descriptor of the file drops the lock, so a lock file is opened nowhere but here, and once in a process.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

_held: set[tuple[int, int]] = set()
"""(device, inode) of the lock files that this process holds; the system would let it lock one twice."""


class LockHeldError(Exception):
    """Another process holds the lock. ``pid`` is None in the moment before that process wrote its number."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"held by process {pid}" if pid else "held by another process")
        self.pid = pid


class RunnerLock:
    """A held lock. It lasts until ``release`` or the end of the process."""

    def __init__(self, descriptor: int, key: tuple[int, int]) -> None:
        self._descriptor = descriptor
        self._key = key

    @classmethod
    def acquire(cls, path: Path) -> Self:
        """Take the lock at once, or raise LockHeldError naming who holds it. The file itself stays."""
        if path.exists() and _key(path.stat()) in _held:
            raise LockHeldError(os.getpid())
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 32, 0).strip()
            os.close(descriptor)
            if isinstance(error, BlockingIOError | PermissionError):  # EAGAIN or EACCES, by system
                raise LockHeldError(int(holder) if holder.isdigit() else None) from error
            raise
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        key = _key(os.fstat(descriptor))
        _held.add(key)
        return cls(descriptor, key)

    def release(self) -> None:
        """Let the next one in. Repeating it does nothing."""
        if self._key in _held:
            _held.discard(self._key)
            os.close(self._descriptor)


def _key(status: os.stat_result) -> tuple[int, int]:
    return (status.st_dev, status.st_ino)
