"""A Kubernetes control plane of plain processes: etcd, API server, controllers, scheduler, kwok.

Each control plane has its own data folder, socket and port, so that any number run side by side.
`with ControlPlane(...)` starts one and takes all of it away again.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from cluster import binaries
from cluster.client import Api
from cluster.credentials import User, write_kubeconfig, write_signing_key, write_token_file
from cluster.errors import ApiError
from cluster.placement import OnLoopback, Placement, ReservedPort
from cluster.processes import Component, RunFolder

# Ready in 5 s on a quiet machine; beside a build on two cores a start has taken ten times as long.
_START_SECONDS = 120.0

_ISSUER = "https://kubernetes.default.svc.cluster.local"
_SERVICE_RANGE = "10.96.0.0/16"

# Requests that a component may send per second. The default of 20 makes it a few Jobs a second in all.
_FAST_CLIENT = ("--kube-api-qps=1000", "--kube-api-burst=2000")

_KWOK_STAGES = Path(__file__).parent / "kwok"

ADMIN = "admin"
PLAIN_USER = "alice"
_CONTROLLER_MANAGER = "system:kube-controller-manager"
_SCHEDULER = "system:kube-scheduler"


def default_users() -> tuple[User, ...]:
    """An administrator, someone without any right, and the cluster's own components."""
    return (User(ADMIN, ("system:masters",)), User(PLAIN_USER), User(_CONTROLLER_MANAGER), User(_SCHEDULER))


class ControlPlane:
    """One control plane, started by `start()` or by entering it.

    `controllers` runs kube-controller-manager (without it nobody runs Jobs or makes service accounts);
    `scheduler` runs kube-scheduler; `kwok` plays the kubelet of fake nodes (see `fakenodes`).
    `users` are those known by a token, beside service accounts.
    """

    def __init__(
        self,
        *,
        controllers: bool = True,
        scheduler: bool = False,
        kwok: bool = False,
        users: Sequence[User] | None = None,
        placement: Placement | None = None,
        report: binaries.Report = binaries.print_report,
    ) -> None:
        self._controllers = controllers
        self._scheduler = scheduler
        self._kwok = kwok
        self._users = {user.name: user for user in users or default_users()}
        self._placement = placement or OnLoopback()
        self._report = report
        self._components: dict[str, Component] = {}

    def __enter__(self) -> ControlPlane:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until it is ready; on failure nothing is left running."""
        programs = binaries.find_all(self._program_names(), self._report)
        self._run = RunFolder()
        self._port = ReservedPort()
        try:
            self._placement.expose(self._port.socket)
            self._start(programs)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every process, the last started first, and remove the folder with all data."""
        for component in reversed(self._components.values()):
            component.stop(kill=True)  # nothing of it is needed any more
        self._components.clear()
        self._port.release()
        self._run.remove()

    @property
    def folder(self) -> Path:
        """The private folder of this run, removed at the end."""
        return self._run.path

    @property
    def url(self) -> str:
        """Base address of the API server, the same after a restart."""
        return f"https://{self._placement.host}:{self._port.number}"

    @property
    def ca_file(self) -> Path:
        """The certificates to trust the API server by."""
        return self.folder / "certificates" / "apiserver.crt"

    def api(self, user: str = ADMIN, *, token: str | None = None) -> Api:
        """A client for a static user, or for the bearer of `token`."""
        tls = ssl.create_default_context(cafile=self.ca_file)
        return Api(self.url, tls, token or self._token(user))

    def kubeconfig(self, user: str = ADMIN, *, token: str | None = None, namespace: str = "default") -> Path:
        """Write a kubeconfig for a static user, or for the bearer of `token`; a new file each time."""
        path = self._run.new_file(suffix=".kubeconfig")
        write_kubeconfig(
            path, url=self.url, ca_file=self.ca_file, token=token or self._token(user), namespace=namespace
        )
        return path

    def stop_apiserver(self) -> None:
        """Kill the API server, as a crash would; its address stays reserved and refuses connections."""
        self._components["kube-apiserver"].stop(kill=True)

    def start_apiserver(self) -> None:
        """Start a killed API server again, with the same address, certificates and data, and wait for it."""
        server = self._components["kube-apiserver"]
        server.start()
        server.wait_ready(self._answers_ready, _START_SECONDS)

    def restart_apiserver(self) -> None:
        """Kill the API server and start it again: clients lose connections and watches, data stays."""
        self.stop_apiserver()
        self.start_apiserver()

    def _program_names(self) -> list[str]:
        optional = {
            "kube-controller-manager": self._controllers,
            "kube-scheduler": self._scheduler,
            "kwok": self._kwok,
        }
        return ["etcd", "kube-apiserver", *(name for name, wanted in optional.items() if wanted)]

    def _start(self, programs: dict[str, Path]) -> None:
        write_token_file(self.folder / "tokens.csv", list(self._users.values()))
        write_signing_key(self.folder / "service-accounts.key")
        socket_file = self.folder / "etcd.sock"
        etcd = self._launch(programs["etcd"], "etcd", self._etcd_flags(socket_file))
        etcd.wait_ready(socket_file.exists, _START_SECONDS)
        server = self._launch(
            programs["kube-apiserver"], "kube-apiserver", self._apiserver_flags(socket_file)
        )
        server.wait_ready(self._answers_ready, _START_SECONDS)
        if self._controllers:
            flags = self._controller_manager_flags()
            manager = self._launch(programs["kube-controller-manager"], "kube-controller-manager", flags)
        if self._scheduler:
            self._launch(programs["kube-scheduler"], "kube-scheduler", self._scheduler_flags())
        if self._kwok:
            self._launch(programs["kwok"], "kwok", self._kwok_flags())
        if self._controllers:
            manager.wait_ready(self._controllers_work, _START_SECONDS)

    def _launch(self, program: Path, name: str, flags: Sequence[str]) -> Component:
        component = Component(self._run, name, [*self._placement.enter, program, *flags])
        self._components[name] = component
        component.start()
        return component

    def _token(self, user: str) -> str:
        if user not in self._users:
            raise LookupError(f"no user {user!r}; the token file knows {', '.join(self._users)}")
        return self._users[user].token

    def _answers_ready(self) -> bool:
        try:
            return self.ca_file.exists() and self.api().text("GET", "/readyz") == "ok"
        except (ApiError, OSError):
            return False

    def _controllers_work(self) -> bool:
        """Whether the first traces of the controllers are there that every pod needs."""
        api = self.api()
        return bool(
            api.find("v1", "ServiceAccount", "default", "default")
            and api.find("v1", "ConfigMap", "kube-root-ca.crt", "default")
        )

    def _etcd_flags(self, socket_file: Path) -> list[str]:
        # A Unix socket in a private folder: no port to collide on, so no API server on another's data.
        # The two addresses are required, but in a cluster of one nobody uses them.
        return [
            "--name=test",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls=unix://{socket_file}",
            f"--listen-peer-urls=unix://{socket_file.with_name('peer.sock')}",
            "--advertise-client-urls=http://localhost:2379",
            "--initial-advertise-peer-urls=http://localhost:2380",
            "--initial-cluster=test=http://localhost:2380",
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]

    def _apiserver_flags(self, etcd_socket: Path) -> list[str]:
        key = self.folder / "service-accounts.key"
        flags = [
            f"--etcd-servers=unix://{etcd_socket}",
            f"--bind-address={self._placement.bind}",
            f"--secure-port={self._port.number}",
            "--permit-port-sharing",  # with our own reservation of the port
            f"--advertise-address={self._placement.advertise}",
            f"--cert-dir={self.ca_file.parent}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            f"--service-account-issuer={_ISSUER}",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            f"--service-cluster-ip-range={_SERVICE_RANGE}",
            "--authorization-mode=Node,RBAC",
            "--kubelet-preferred-address-types=InternalIP",
            "--allow-privileged",
            "--shutdown-delay-duration=0s",
        ]
        # Every plug-in of a default installation stays on. Only, where no controller makes service accounts,
        # no pod may be asked for one.
        return flags if self._controllers else [*flags, "--disable-admission-plugins=ServiceAccount"]

    def _controller_manager_flags(self) -> list[str]:
        return [
            f"--kubeconfig={self.kubeconfig(_CONTROLLER_MANAGER)}",
            f"--root-ca-file={self.ca_file}",
            f"--service-account-private-key-file={self.folder / 'service-accounts.key'}",
            "--use-service-account-credentials",
            "--leader-elect=false",
            "--secure-port=0",
            "--concurrent-job-syncs=20",
            # A machine too busy to renew a node's lease in 40 s must not evict the pods of a test.
            "--node-monitor-grace-period=5m",
            *_FAST_CLIENT,
        ]

    def _scheduler_flags(self) -> list[str]:
        kubeconfig = self.kubeconfig(_SCHEDULER)
        return [
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            "--leader-elect=false",
            "--secure-port=0",
            *_FAST_CLIENT,
        ]

    def _kwok_flags(self) -> list[str]:
        stages = [f"--config={path}" for path in sorted(_KWOK_STAGES.glob("*.yaml"))]
        return [
            *stages,
            f"--kubeconfig={self.kubeconfig()}",
            "--manage-nodes-with-label-selector=type=kwok",
            "--node-lease-duration-seconds=40",
        ]
