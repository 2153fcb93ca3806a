"""The operator as a process of its own, run from the source tree against a kubeconfig.

    with OperatorProcess(cluster.kubeconfig(), "--no-leader-election") as operator:
        ...
        operator.kill()  # -9, at any moment
        operator.start()
        assert operator.total("leadline_api_calls_total", code="403") == 0

It ends with its context, and where the tests themselves are killed, at the start of the next run (see
`cluster.processes`). Its log is kept where LEADLINE_TEST_LOGS names a folder for that.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from prometheus_client.parser import text_string_to_metric_families

from cluster.errors import StartFailed, TimedOut
from cluster.processes import RunFolder
from cluster.waiting import wait_until

SOURCE = Path(__file__).parents[1] / "operator"

_READY_SECONDS = 60.0
# Longer than anything that the operator does at its end, the Events that still wait to be written included.
_TERMINATE_SECONDS = 60.0


class OperatorProcess:
    """One operator, started by entering it; `flags` are its own (see ``--help``), `environment` is added to ours.

    Several run side by side: each has a free port. Those of one Lease take turns, unless told not to by
    ``--no-leader-election``; a killed leader's Lease runs out after 15 s.
    """

    def __init__(self, kubeconfig: Path, *flags: str, environment: Mapping[str, str] | None = None) -> None:
        self._kubeconfig = kubeconfig
        self._flags = flags
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> OperatorProcess:
        self._run = RunFolder()
        self.log = self._run.path / "operator.log"
        try:
            self.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if problem is not None:
            # pytest shows it below the failure.
            print(self.last_lines(50), file=sys.stderr)
        self._end()

    def start(self, *, wait: bool = True) -> None:
        """Start the process, or start it again after its end, and wait until it leads or stands by."""
        if self.is_alive():
            raise RuntimeError("the operator runs already")
        self.port = _free_port()
        command = [sys.executable, "-m", "leadline.controller.main", f"--kubeconfig={self._kubeconfig}"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, f"--port={self.port}", "--log-format=text", *self._flags],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**_without_proxies(), "PYTHONPATH": str(SOURCE), **self._environment},
                start_new_session=True,
            )
        self._run.record(self._process.pid)
        if wait:
            self.wait_ready()

    def wait_ready(self, timeout: float = _READY_SECONDS) -> None:
        """Wait until /readyz says so; raise StartFailed, quoting the log, where the process ends before."""

        def ended_or_ready() -> bool:
            return not self.is_alive() or self.get("/readyz")[0] == 200

        try:
            wait_until(ended_or_ready, "the operator to become ready", timeout)
        except TimedOut as problem:
            raise StartFailed(f"{problem} {self.last_lines()}") from None
        if not self.is_alive():
            raise StartFailed(f"the operator ended while starting. {self.last_lines()}")

    @property
    def pid(self) -> int:
        """The process id; the operator must have been started."""
        if self._process is None:
            raise RuntimeError("the operator was not started")
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it as a crash would, in the middle of whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Stop its clock, as a machine that swaps or sleeps does; `thaw` lets it go on."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        os.kill(self.pid, signal.SIGCONT)

    def terminate(self, timeout: float = _TERMINATE_SECONDS) -> int:
        """Ask it to end, as the kubelet does, and return its exit status; TimedOut where it does not end."""
        assert self._process is not None
        self._process.terminate()
        return self.wait(timeout)

    def wait(self, timeout: float = _TERMINATE_SECONDS) -> int:
        """Wait until it ends by itself, and return its exit status."""
        assert self._process is not None
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimedOut(f"the operator has not ended within {timeout:g} s. {self.last_lines()}") from None

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of an answer of its HTTP server; status 0 where nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException) as problem:
            return 0, str(problem)
        finally:
            connection.close()

    def total(self, sample: str, **labels: str) -> float:
        """The sum of all samples of that name in /metrics whose labels include the given ones; 0 without any."""
        return sum(value for own, value in self.samples(sample) if labels.items() <= own.items())

    def samples(self, sample: str) -> list[tuple[dict[str, str], float]]:
        """Labels and value of each sample of that name in /metrics, such as ``leadline_api_calls_total``."""
        status, text = self.get("/metrics")
        if status != 200:
            raise RuntimeError(f"the operator does not answer: {text} {self.last_lines()}")
        families = text_string_to_metric_families(text)
        return [
            (known.labels, known.value)
            for family in families
            for known in family.samples
            if known.name == sample
        ]

    def last_lines(self, count: int = 20) -> str:
        """The end of the log, as a paragraph for an error."""
        lines = self.log.read_text(errors="replace").splitlines()[-count:]
        return "The last lines of the operator's log:\n" + "\n".join(lines)

    def _end(self) -> None:
        self.kill()  # nothing of it is needed any more
        self._run.remove()


def _free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _without_proxies() -> dict[str, str]:
    """The environment less the proxies to the outside, which the API server of a test is not."""
    return {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
