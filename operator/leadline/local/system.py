"""The processes of this machine: who is who after a restart, who belongs to a trial, and how to end them all.

A process number alone proves nothing, since numbers come back. A trial's process is known by number *and* start, and
its children by their process group and by a mark in the environment that they inherit. Knows nothing of trials.

Linux answers from /proc, exactly: the start counts clock ticks since boot, so it is read with the boot's id and no
change of the clock moves it (psutil's ``create_time`` is derived from the clock, hence no psutil). Elsewhere,
as on macOS, ``ps`` answers, to the second.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, Self

MARK = "LEADLINE_PROCESS"
"""Environment variable that every process of a trial carries; its value is the identity's mark."""

_POLL_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Pauses between looks at processes that are being ended; the last one repeats."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A process for all time: its number, when it started, and the mark that its children inherit."""

    pid: int
    token: str
    mark: str

    def to_dict(self) -> dict[str, Any]:
        """For the record that outlives this process."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The inverse of ``to_dict``."""
        return cls(pid=data["pid"], token=data["token"], mark=data["mark"])


@dataclass(frozen=True, slots=True)
class Row:
    """One process in the machine's table. ended: a zombie, which holds its number but runs nothing."""

    pid: int
    group: int
    ended: bool
    marked: bool


class ProcessTable(Protocol):
    """What has to be asked of the operating system."""

    def token(self, pid: int) -> str | None:
        """When the process started, in a form that is only good to compare; None where there is none."""

    def rows(self, mark: str) -> Iterator[Row]:
        """Every process but this one; ``marked`` says whether its environment holds ``MARK=mark``."""


class LinuxTable:
    """Reads /proc (proc(5))."""

    def token(self, pid: int) -> str | None:
        fields = self._fields(pid)
        return f"{self._boot()}/{fields[19]}" if fields else None

    def rows(self, mark: str) -> Iterator[Row]:
        wanted = f"{MARK}={mark}".encode()
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            pid = int(entry.name)
            fields = self._fields(pid)
            if fields:
                ended = fields[0] in "ZX"
                marked = not ended and wanted in self._environment(pid)
                yield Row(pid, int(fields[2]), ended, marked)

    @staticmethod
    def _fields(pid: int) -> list[str]:
        """Fields of /proc/PID/stat from the third on: state, parent, group, …, start (22nd); empty if gone."""
        try:
            text = Path(f"/proc/{pid}/stat").read_bytes().decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return []
        return text.rpartition(")")[2].split()  # the second field, the name, may hold spaces and parentheses

    @staticmethod
    def _environment(pid: int) -> list[bytes]:
        try:
            return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:  # gone, or another user's
            return []

    @staticmethod
    def _boot() -> str:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class PsTable:
    """Asks ps(1), with the options that BSD, macOS and Linux share."""

    def token(self, pid: int) -> str | None:
        return self._ps("-o", "lstart=", "-p", str(pid)).strip() or None

    def rows(self, mark: str) -> Iterator[Row]:
        # "e" appends the environment to the command, "ww" lifts the limit on the width.
        for line in self._ps("axeww", "-o", "pid=,pgid=,stat=,command=").splitlines():
            pid, group, state, command = [*line.split(None, 3), ""][:4]
            if int(pid) != os.getpid():
                yield Row(int(pid), int(group), state.startswith("Z"), f"{MARK}={mark}" in command.split())

    @staticmethod
    def _ps(*arguments: str) -> str:
        environment = {**os.environ, "LC_ALL": "C"}  # or the start would change with the user's language
        return subprocess.run(
            ["ps", *arguments], env=environment, capture_output=True, text=True, errors="replace", check=False
        ).stdout


TABLE: ProcessTable = LinuxTable() if Path("/proc/self/stat").exists() else PsTable()
"""This machine's."""


def is_same_process(pid: int, token: str, table: ProcessTable = TABLE) -> bool:
    """Whether the process with this number and start is still in the table, if only as a zombie."""
    return table.token(pid) == token


def members(identity: Identity, *, collected: bool = False, table: ProcessTable = TABLE) -> list[int]:
    """Living processes of a trial: the marked ones, and its process group where that is surely its own.

    That is sure while the leader holds its number, and where the caller has just ``collected`` the leader's exit: no
    process gets the number of a group that still has members. Not found: what left the group *and* lost its mark.
    """
    led = collected or is_same_process(identity.pid, identity.token, table)
    return [
        row.pid
        for row in table.rows(identity.mark)
        if not row.ended and (row.marked or (led and row.group == identity.pid))
    ]


async def end(
    identity: Identity, grace: float, *, collected: bool = False, table: ProcessTable = TABLE
) -> bool:
    """End every process of a trial: SIGTERM, after ``grace`` seconds SIGKILL; returns when none is left.

    False where there was none. The trial need not be a child of this process, and its numbers may belong to others
    by now. Cancelled, it leaves what has not ended yet as it is.
    """
    found = members(identity, collected=collected, table=table)
    if not found:
        return False
    deadline = time.monotonic() + grace
    refused = _signal(found, signal.SIGTERM) if grace > 0 else set()
    pauses = iter(_POLL_SECONDS)
    while set(found) - refused:
        if time.monotonic() >= deadline:
            # In each round: members may have forked between the look and the signal.
            refused = _signal(found, signal.SIGKILL)
        await asyncio.sleep(next(pauses, _POLL_SECONDS[-1]))
        found = members(identity, collected=collected, table=table)
    return True


def _signal(pids: list[int], number: signal.Signals) -> set[int]:
    """Those that we may not signal, since they became another user's: nobody but that user can end them."""
    refused = set()
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
        except PermissionError:
            refused.add(pid)
    return refused
