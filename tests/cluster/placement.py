"""Where a control plane runs, and how its API server is reached from this machine."""

from __future__ import annotations

import socket
from typing import Protocol


class Placement(Protocol):
    """Where the processes run, and the addresses of the API server there."""

    @property
    def enter(self) -> tuple[str, ...]:
        """What goes before every command line."""

    @property
    def bind(self) -> str:
        """The address that the server listens on."""

    @property
    def advertise(self) -> str:
        """The address that pods are told."""

    @property
    def host(self) -> str:
        """How clients on this machine name the server; its certificate must name it too."""

    def expose(self, listener: socket.socket) -> None:
        """Make the server reachable from this machine; `listener` is bound to its port, on loopback."""


class OnLoopback:
    """Plain processes of this machine, for a cluster without a real node."""

    enter = ()
    bind = "127.0.0.1"
    # The server insists that this be no loopback address; RFC 5737 reserves this one to lead nowhere.
    advertise = "192.0.2.1"
    host = "127.0.0.1"

    def expose(self, listener: socket.socket) -> None:
        """Do nothing: the server itself listens there."""


class ReservedPort:
    """A free TCP port of loopback that stays ours while nobody listens on it.

    A socket that is bound but does not listen: connections go to the API server, which shares the port
    (SO_REUSEPORT), and are refused while it is down; nobody else is given the port meanwhile.
    """

    def __init__(self) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.number: int = self.socket.getsockname()[1]

    def release(self) -> None:
        """Let others have the port again."""
        self.socket.close()
