"""What can go wrong on this machine, as one tree; every text is for a person.

StoreError
├── StoreUnusableError   the file can't be used: missing, not ours, too new, disk full
├── StoreInUseError      another process runs a search in it
├── AlreadyExistsError   an object was to be created and is there
├── NotFoundError        an object was to be changed and is not there
└── ConflictError        an object was changed by somebody else since it was read
CannotStartError         a trial's command can't be started
"""

from __future__ import annotations

from pathlib import Path


class StoreError(Exception):
    """Something about the SQLite file or an object in it."""


class StoreUnusableError(StoreError):
    """The file can't be used; the text says why and what to do."""


class StoreInUseError(StoreError):
    """Another process runs a search in this file. ``pid`` is None where it isn't known."""

    def __init__(self, path: Path, pid: int | None) -> None:
        holder = f"process {pid}" if pid else "another process"
        remedy = "wait until it is done, stop it, or name another file"
        super().__init__(f"{path} is in use: {holder} runs a search in it; {remedy}")
        self.pid = pid


class AlreadyExistsError(StoreError):
    """An object was to be created and is there."""


class NotFoundError(StoreError):
    """An object was to be changed and is not there."""


class ConflictError(StoreError):
    """An object was changed by somebody else since it was read: read it again and decide again."""


class CannotStartError(Exception):
    """A trial's command can't be started on this machine: nothing of it has run."""
