"""One attempt of a trial as a process of this machine: created held, recorded by the caller, then released.

The launch protocol's "create suspended, record, release" without a cluster: ``TrialProcess.start`` makes a process
that waits (``gate.py``); the caller stores its ``identity`` durably; ``release`` lets the command run. ``kill -9`` at
any moment leaves either nothing that ran, or something that is recorded and that ``system.end`` ends.

Output goes to a file without passing through this process. Knows nothing of groups, states and stores.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from leadline.api.names import ENV_PREFIX
from leadline.local import gate, system
from leadline.local.command import Command
from leadline.local.errors import CannotStartError
from leadline.local.system import Identity

TERMINATION_LOG = f"{ENV_PREFIX}TERMINATION_LOG"
"""Environment variable with the path of the file for the termination message."""
MAX_TERMINATION_MESSAGE = 4096
"""Bytes; the kubelet's limit, and like the kubelet we keep the end of a longer one."""
KILLED = 137
"""Exit code of a process that got SIGKILL, as container runtimes report it: 128 + 9."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where one attempt's output goes."""

    log: Path
    termination: Path

    @classmethod
    def of(cls, folder: Path, attempt: str) -> Self:
        """The files of the attempt with this name."""
        return cls(folder / f"{attempt}.log", folder / f"{attempt}.termination")

    def read_log(self, offset: int = 0, limit: int = 1 << 20) -> bytes:
        """At most ``limit`` bytes of the log from ``offset`` on; empty where there is no more, or no log, yet."""
        try:
            with self.log.open("rb") as file:
                file.seek(offset)
                return file.read(limit)
        except FileNotFoundError:
            return b""

    def termination_message(self) -> str:
        """What the trial left as its termination message; empty where it left none."""
        try:
            descriptor = os.open(self.termination, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return ""
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):  # a pipe would hold us up for ever
                return ""
            start = max(0, status.st_size - MAX_TERMINATION_MESSAGE)
            return os.pread(descriptor, MAX_TERMINATION_MESSAGE, start).decode(errors="replace")
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended.

    code: as a container reports it, 128 + n for signal n.
    reason: Stopped where ``terminate`` asked for it, Killed where somebody else sent SIGKILL.
    """

    code: int
    reason: Literal["Completed", "Error", "Killed", "Stopped"]
    message: str = ""


class TrialProcess:
    """A process that this one started and whose end it awaits. Belongs to the event loop that started it."""

    def __init__(
        self, process: asyncio.subprocess.Process, identity: Identity, files: Files, go: int
    ) -> None:
        self.identity = identity
        self.files = files
        self._process = process
        self._go: int | None = go
        self._terminated = False
        # Once and at once: later, the group's number may be another's.
        self._end = asyncio.create_task(self._watch())

    @classmethod
    async def start(cls, command: Command, files: Files) -> Self:
        """Create the process, held: nothing of the command runs before ``release``.

        Files of an earlier process under the same name are emptied. Raises CannotStartError.
        """
        mark = uuid.uuid4().hex
        environment = environment_of(command, files, mark)
        locale = f"LC_CTYPE={environment['LC_CTYPE']}" if "LC_CTYPE" in environment else "LC_CTYPE"
        waits, go = os.pipe()
        try:
            files.log.parent.mkdir(parents=True, exist_ok=True)
            files.termination.unlink(missing_ok=True)
            files.termination.touch()
            with files.log.open("wb") as log:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", "-S", gate.__file__, locale, *command.argv),
                    stdin=waits,
                    stdout=log,
                    stderr=log,
                    cwd=command.folder,
                    env=environment,
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:  # ValueError: a NUL character in an argument
            os.close(go)
            raise CannotStartError(f"{command.argv[0]} can't be started: {error}") from error
        except BaseException:
            os.close(go)
            raise
        finally:
            os.close(waits)
        token = system.TABLE.token(process.pid)
        if token is None:
            os.close(go)
            await process.wait()
            raise CannotStartError(f"{command.argv[0]} can't be started: its process ended at once")
        return cls(process, Identity(process.pid, token, mark), files, go)

    def release(self) -> None:
        """Let the command run. To be called once, after the identity is stored durably."""
        if self._go is None:
            raise RuntimeError("this process was released or discarded already")
        try:
            os.write(self._go, gate.GO)
        except BrokenPipeError:
            pass  # somebody ended it while it waited; wait() will say so
        finally:
            os.close(self._go)
            self._go = None

    async def discard(self) -> None:
        """Give up a process that was never released: nothing of the command runs. Returns when it is gone."""
        if self._go is not None:
            os.close(self._go)
            self._go = None
        await self.wait()

    async def wait(self) -> Exit:
        """Wait until the process has ended and nothing it started is left. Cancelling it ends nothing."""
        return await asyncio.shield(self._end)

    async def terminate(self, grace: float) -> Exit:
        """End the process and all it started: SIGTERM, after ``grace`` seconds SIGKILL. Returns when all are gone."""
        if self._process.returncode is None:
            self._terminated = True
            # False: it had ended by itself before the signal.
            self._terminated = await system.end(self.identity, grace)
        return await self.wait()

    async def _watch(self) -> Exit:
        """A container's end is the end of all its processes: what the command leaves behind is killed."""
        returned = await self._process.wait()
        await system.end(self.identity, grace=0, collected=True)
        code = returned if returned >= 0 else 128 - returned
        if self._terminated:
            return Exit(code, "Stopped")
        if code == 0:
            return Exit(code, "Completed")
        if code == KILLED:
            message = "killed by SIGKILL; if nobody sent it, the machine most likely ran out of memory"
            return Exit(code, "Killed", message)
        return Exit(
            code, "Error", f"ended by signal {-returned}" if returned < 0 else f"ended with exit code {code}"
        )


def environment_of(
    command: Command, files: Files, mark: str, machine: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """A trial's whole environment: this machine's, the container's over it, and what only Leadline can say.

    The interpreter's folder comes first in PATH, as in an activated virtual environment, so that a ``python`` inside a
    shell line is the same one. Output is unbuffered so that curves appear while the trial runs.
    """
    inherited = {name: value for name, value in machine.items() if not name.startswith(ENV_PREFIX)}
    interpreters = str(Path(command.python).parent)
    path = os.pathsep.join(filter(None, (interpreters, inherited.get("PATH", os.defpath))))
    return {
        **inherited,
        "PATH": path,
        "PYTHONUNBUFFERED": "1",
        **command.env,
        TERMINATION_LOG: str(files.termination),
        system.MARK: mark,
    }


def missing_program(command: Command, machine: Mapping[str, str] = os.environ) -> str:
    """Why the command can't run here, for a check before a search starts; empty where its program is found."""
    if not Path(command.folder).is_dir():
        return f"the folder {command.folder} does not exist"
    program = command.argv[0]
    if os.sep in program:
        found = shutil.which(Path(command.folder, program))
    else:
        path = environment_of(command, Files(Path(), Path()), "", machine)["PATH"]
        found = shutil.which(program, path=path)
    return "" if found else f"this machine has no program {program!r}"
