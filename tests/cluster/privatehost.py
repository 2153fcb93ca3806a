"""A host of its own for a cluster with a real node: network, mounts and processes apart from the machine's.

One holder process lives in new network, mount and process namespaces. What runs there sees the machine's files,
but its writes below /var/lib, /var/log and /run stay in the run's folder. When the holder ends, the kernel ends
every process in there, and with them go all mounts, bridges and packet filter rules. Needs root.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from types import TracebackType

from cluster.privatehost_init import MEMORY_FOLDER
from cluster.processes import Component, RunFolder

# On the private loopback, for the API server and the node: any address that is not loopback's own will do.
ADDRESS = "10.99.0.1"

_START_SECONDS = 60.0
_TESTS = Path(__file__).parents[1]


class PrivateHost:
    """A `Placement` for a control plane, and the host of its node."""

    bind = "0.0.0.0"
    advertise = ADDRESS
    host = "localhost"  # which a server bound to all addresses puts in its certificate

    def __init__(self) -> None:
        self.run = RunFolder()
        self._started: list[Component] = []
        ready = self.run.path / "ready"
        unshare = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        init = (sys.executable, "-m", "cluster.privatehost_init", str(self.run.path), ADDRESS, str(ready))
        self._holder = self._component("holder", *unshare, *init)
        try:
            self._holder.start()
            self._holder.wait_ready(ready.exists, _START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> PrivateHost:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def memory(self) -> Path:
        """A folder that is kept in memory, and gone with the host at once. Only this host sees what is in it."""
        return self.run.path / MEMORY_FOLDER

    @property
    def enter(self) -> tuple[str, ...]:
        """What goes before a command line to run it on this host."""
        namespaces = f"/proc/{self._holder.pid}/ns"
        # The holder itself stays in the machine's process namespace; its child is the first of the new one.
        return (*self._enter_network, f"--mount={namespaces}/mnt", f"--pid={namespaces}/pid_for_children")

    def expose(self, listener: socket.socket) -> None:
        """Forward connections that the machine makes to `listener` to the same port of this host."""
        listener.listen(128)
        port = listener.getsockname()[1]
        forward = (sys.executable, "-m", "cluster.forward", str(listener.fileno()), ADDRESS, str(port))
        forwarder = self._component("forwarder", *self._enter_network, *forward)
        forwarder.start(pass_fds=[listener.fileno()])
        self._started.append(forwarder)

    def start(self, name: str, *command: str | Path) -> Component:
        """Start a process on this host."""
        component = self._component(name, *self.enter, *command)
        component.start()
        self._started.append(component)
        return component

    def stop(self) -> None:
        """End everything that runs on this host, and remove its folder."""
        for component in reversed(self._started):
            component.stop(kill=True)
        # Asked, not killed: the holder ends only after every process in its namespaces has.
        self._holder.stop()
        self.run.remove()

    @property
    def _enter_network(self) -> tuple[str, ...]:
        return ("nsenter", f"--net=/proc/{self._holder.pid}/ns/net")

    def _component(self, name: str, *command: str | Path) -> Component:
        return Component(self.run, name, command, environment={"PYTHONPATH": str(_TESTS)})
