"""A whole cluster with one real node, kept apart from the machine it runs on. Needs root."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType

from cluster import binaries
from cluster.client import Api
from cluster.controlplane import ADMIN, ControlPlane, default_users
from cluster.errors import NotAvailable
from cluster.node import Node, find_programs, node_users
from cluster.privatehost import PrivateHost


class RealCluster:
    """A control plane and its node on a private host, started by entering it."""

    def __init__(self, report: binaries.Report = binaries.print_report) -> None:
        self._report = report
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> RealCluster:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """Base address of the API server."""
        return self.plane.url

    def api(self, *, token: str | None = None) -> Api:
        """A client of an administrator, or of the bearer of `token`."""
        return self.plane.api(ADMIN, token=token)

    def kubeconfig(self, *, token: str | None = None, namespace: str = "default") -> Path:
        """A kubeconfig file for an administrator, or for the bearer of `token`."""
        return self.plane.kubeconfig(ADMIN, token=token, namespace=namespace)

    def import_image(self, archive: Path) -> None:
        """Make the images of a Docker archive known to the node."""
        self.node.import_image(archive)

    def _start(self) -> None:
        try:
            programs = find_programs(self._report)
            self.host = self._stack.enter_context(PrivateHost())
            users = (*default_users(), *node_users())
            self.plane = self._stack.enter_context(
                ControlPlane(scheduler=True, users=users, placement=self.host, report=self._report)
            )
        except NotAvailable as problem:
            use_kind = "start Docker, for kind"
            give_one = "set LEADLINE_TEST_KUBECONFIG to the kubeconfig of a kind cluster"
            raise NotAvailable(problem.reason, [*problem.remedies, use_kind, give_one]) from None
        self.node = Node(self.plane, self.host, programs)
        self.node.start()
