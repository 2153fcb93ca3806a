"""The cluster's processes and the private folder of one run, and the removal of what a crashed run left.

A run's folder names the process that owns it and every process it started. A pid alone can by now belong to
a stranger, so each is noted with its start time and the machine's boot: only a process that matches all three
is ended.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cluster import cgroups
from cluster.errors import StartFailed, TimedOut
from cluster.waiting import wait_until

_PREFIX = "leadline-tests-"
_STOP_SECONDS = 10.0


def process_identity(pid: int) -> str | None:
    """Pid, start time and boot of a running process, in one line; None where there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and parentheses
    if state == "Z":
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{pid} {fields[18]} {boot}"  # proc(5): field 22 is the start time


def is_running(identity: str) -> bool:
    """Whether the very process that `identity` was taken from still runs."""
    return process_identity(int(identity.split(maxsplit=1)[0])) == identity


class RunFolder:
    """The private folder of one cluster: data, credentials, logs, and who runs it.

    Creating one first removes what dead runs of the same user left behind. Its path is short, since that of a
    socket in it may have 107 characters in all.
    """

    def __init__(self) -> None:
        reap_dead_runs()
        nameless = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}"))
        (nameless / "owner").write_text(process_identity(os.getpid()) or "")
        # Only a folder that already names its owner appears under a name that reaping looks for.
        self.path = nameless.rename(nameless.with_name(nameless.name.removeprefix(".")))

    @property
    def cgroup(self) -> str:
        """The name of the control group for what this run starts in one; removed with the folder."""
        return self.path.name

    def record(self, pid: int) -> None:
        """Note a process of this run, to be ended with it."""
        if identity := process_identity(pid):
            with (self.path / "processes").open("a") as file:
                file.write(f"{identity}\n")

    def new_file(self, suffix: str) -> Path:
        """The path of a new, empty file that only this user may read."""
        handle, path = tempfile.mkstemp(suffix=suffix, dir=self.path)
        os.close(handle)
        return Path(path)

    def remove(self) -> None:
        """Delete the folder with all that is in it, and the run's control group where one was made.

        Logs are kept where LEADLINE_TEST_LOGS names a folder for them.
        """
        if keep := os.environ.get("LEADLINE_TEST_LOGS"):
            logs = Path(keep) / self.path.name
            logs.mkdir(parents=True)
            for log in self.path.glob("*.log"):
                shutil.copy(log, logs)
        _remove(self.path)


def reap_dead_runs() -> None:
    """End the recorded processes of this user's runs whose owner is gone, and remove their folders."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):  # another run may be reaping the same folder
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            if is_running((folder / "owner").read_text()):
                continue
            for identity in _recorded(folder):
                if is_running(identity):
                    _kill_group(int(identity.split(maxsplit=1)[0]), signal.SIGKILL)
            _remove(folder)


def _recorded(folder: Path) -> list[str]:
    """The identities of the processes that a run has started."""
    try:
        return (folder / "processes").read_text().splitlines()
    except FileNotFoundError:
        return []


def _remove(folder: Path) -> None:
    cgroups.remove(folder.name)
    shutil.rmtree(folder, ignore_errors=True)


class Component:
    """One process of the cluster: started in a session of its own, logging to a file of the run's folder."""

    def __init__(
        self,
        run: RunFolder,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = run.path / f"{name}.log"
        self._run = run
        self._command = [str(part) for part in command]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, pass_fds: Sequence[int] = ()) -> None:
        """Start the process, or start it again after a stop."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**_without_proxies(os.environ), **(self._environment or {})},
                start_new_session=True,
                pass_fds=pass_fds,
            )
        self._run.record(self._process.pid)

    @property
    def pid(self) -> int:
        """The process id; the component must have been started."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def wait_ready(self, ready: Callable[[], object], timeout: float) -> None:
        """Wait until `ready` answers true; raise StartFailed, quoting the log, where it never does."""

        def ended_or_ready() -> bool:
            return not self.is_alive() or bool(ready())

        try:
            wait_until(ended_or_ready, f"{self.name} to become ready", timeout)
        except TimedOut as problem:
            raise StartFailed(f"{problem} {self.last_lines()}") from None
        if not self.is_alive():
            raise StartFailed(f"{self.name} ended while starting. {self.last_lines()}")

    def last_lines(self, count: int = 15) -> str:
        """The end of the log, as a paragraph for an error."""
        lines = self.log.read_text(errors="replace").splitlines()[-count:]
        return f"The last lines of {self.log.name}:\n" + "\n".join(lines)

    def stop(self, *, kill: bool = False) -> None:
        """End the process and its group: asked first and killed after ten seconds, or killed at once."""
        if self._process is None:
            return
        if not kill:
            _kill_group(self._process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        _kill_group(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None


def _without_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment less the proxies to the outside: all that a cluster talks to is in here."""
    return {key: value for key, value in environment.items() if not key.lower().endswith("_proxy")}


def _kill_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, number)
