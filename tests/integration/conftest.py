"""What integration tests share: our CRDs and policy on the control plane, and an operator of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from cluster.controlplane import ControlPlane
from faults.proxy import FaultProxy
from integration.served import install
from operator_process import OperatorProcess


@pytest.fixture(scope="session")
def definitions(control_plane: ControlPlane) -> None:
    """Our CRDs and policy, in force."""
    install(control_plane.api())


@pytest.fixture
def proxy(control_plane: ControlPlane, definitions: None, tmp_path: Path) -> Iterator[FaultProxy]:
    """A faulty way to the API server."""
    with FaultProxy(control_plane.kubeconfig(), tmp_path) as running:
        yield running


@pytest.fixture
def start_operator(
    control_plane: ControlPlane, definitions: None, namespace: str
) -> Iterator[Callable[..., OperatorProcess]]:
    """Starts operators for the test's namespace; all end with the test."""
    with ExitStack() as stack:

        def start(
            kubeconfig: Path | None = None,
            *flags: str,
            elect: bool = False,
            environment: Mapping[str, str] | None = None,
        ) -> OperatorProcess:
            known = [f"--namespaces={namespace}", f"--lease-namespace={namespace}", *flags]
            if not elect:
                known.append("--no-leader-election")
            return stack.enter_context(
                OperatorProcess(kubeconfig or control_plane.kubeconfig(), *known, environment=environment)
            )

        yield start


@pytest.fixture
def operator(start_operator: Callable[..., OperatorProcess]) -> OperatorProcess:
    """An operator for the test's namespace."""
    return start_operator()
