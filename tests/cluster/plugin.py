"""The fixtures through which tests get a cluster. Wired in by `pytest_plugins` of the outermost conftest.

`control_plane` is our own, with fake nodes, and may be mistreated. `api_server` is any API server at all: a
given cluster's, our own, or a bare one from KUBEBUILDER_ASSETS. `cluster`, `api` and `namespace` belong
together; a folder of tests that wants another cluster than `control_plane` overrides `cluster` in its conftest.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator

import pytest

from cluster import kind
from cluster.choose import Cluster, NodeCluster, given_cluster
from cluster.client import Api
from cluster.controlplane import ControlPlane
from cluster.errors import ApiError, NotAvailable
from cluster.fakenodes import add_kwok_nodes
from cluster.realcluster import RealCluster

# The first one reports tests whose cluster can't be had, the second one splits the suite where it runs in two halves.
pytest_plugins = ["cluster.notrun", "cluster.halves"]


@pytest.fixture(scope="session")
def announce(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Prints a line to the terminal at once, past pytest's capturing: a first build takes minutes."""
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")

    def write(line: str) -> None:
        with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
            if reporter:
                reporter.ensure_newline()
                reporter.write_line(line)

    return write


@pytest.fixture(scope="session")
def control_plane(announce: Callable[[str], None]) -> Iterator[ControlPlane]:
    """A control plane of our own with controllers, scheduler and four fake nodes of eight GPUs each."""
    with ControlPlane(scheduler=True, kwok=True, report=announce) as plane:
        add_kwok_nodes(plane.api(), 4, gpus=8)
        yield plane


@pytest.fixture(scope="session")
def api_server(request: pytest.FixtureRequest, announce: Callable[[str], None]) -> Iterator[Cluster]:
    """Any API server: for tests of schemas, policies and permissions, which need no pod to run."""
    with contextlib.ExitStack() as stack:
        yield _any_api_server(request, announce, stack)


def _any_api_server(
    request: pytest.FixtureRequest, announce: Callable[[str], None], stack: contextlib.ExitStack
) -> Cluster:
    if given := given_cluster():
        return stack.enter_context(contextlib.closing(given))
    with contextlib.suppress(NotAvailable):
        plane: ControlPlane = request.getfixturevalue("control_plane")
        return plane
    try:
        return stack.enter_context(ControlPlane(controllers=False, report=announce))
    except NotAvailable as problem:
        give_one = "set LEADLINE_TEST_KUBECONFIG to the kubeconfig of a test cluster, such as kind's"
        raise NotAvailable(problem.reason, [*problem.remedies, give_one]) from None


@pytest.fixture(scope="session")
def real_cluster(announce: Callable[[str], None]) -> Iterator[NodeCluster]:
    """A cluster that runs containers: a given one, kind's where Docker answers, or our own with one real node."""
    with contextlib.ExitStack() as stack:
        if given := given_cluster():
            yield stack.enter_context(contextlib.closing(given))
        elif kind.is_wanted():
            yield stack.enter_context(kind.kind_cluster(announce))
        else:
            yield stack.enter_context(RealCluster(announce))


@pytest.fixture(scope="session")
def cluster(control_plane: ControlPlane) -> Cluster:
    """The cluster of `api` and `namespace`."""
    return control_plane


@pytest.fixture
def api(cluster: Cluster) -> Api:
    """A client with every right on `cluster`.

    For one test only, as must be all that depends on `cluster`: pytest keeps one value of a fixture for its
    scope, be its dependencies overridden or not.
    """
    return cluster.api()


@pytest.fixture
def namespace(api: Api) -> Iterator[str]:
    """The name of a new namespace, ready for pods; deleted afterwards, without waiting until it is gone."""
    name = f"test-{secrets.token_hex(4)}"
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    _ensure_default_account(api, name)
    yield name
    api.delete("v1", "Namespace", name)


def _ensure_default_account(api: Api, namespace: str) -> None:
    """Make the service account that pods need, not waiting for the controller that would, if there is one."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    try:
        api.create(account, namespace)
    except ApiError as problem:
        if problem.reason != "AlreadyExists":
            raise
