"""One real node for a control plane: containerd, runc, kubelet and kube-proxy on a private host.

Pods run as anywhere, with logs, memory limits, service accounts and the API server at its service address.
Images are imported from archives; nothing is pulled, since a private host has no way out.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from cluster import binaries, cgroups, node_config
from cluster.controlplane import ControlPlane
from cluster.credentials import User
from cluster.errors import ClusterError
from cluster.images import write_image
from cluster.packages import require_programs, require_root
from cluster.privatehost import ADDRESS, PrivateHost

NAME = "node"

_NODE_USER = f"system:node:{NAME}"
_PROXY_USER = "system:kube-proxy"
_PROGRAMS_OF_PACKAGES = ("containerd", "ctr", "runc", "iptables", "conntrack", "ip", "unshare", "nsenter")
_START_SECONDS = 120.0


def node_users() -> tuple[User, ...]:
    """The users that a control plane must know for a node to join it."""
    return (User(_NODE_USER, ("system:nodes",)), User(_PROXY_USER))


def find_programs(report: binaries.Report) -> dict[str, Path]:
    """The node's own programs, by name; raises NotAvailable where one of its programs can't be had."""
    require_root()
    require_programs(_PROGRAMS_OF_PACKAGES)
    return binaries.find_all(["kubelet", "kube-proxy", "pause"], report)


class Node:
    """The node called `node` of a control plane, on the private host where that control plane runs.

    It ends with its host.
    """

    def __init__(self, plane: ControlPlane, host: PrivateHost, programs: dict[str, Path]) -> None:
        self._plane = plane
        self._host = host
        self._programs = programs
        self._folder = host.run.path / "node"
        self._socket = host.run.path / "containerd.sock"

    def start(self) -> None:
        """Start the node and wait until the control plane calls it ready."""
        self._folder.mkdir()
        cgroups.create(self._host.run.cgroup)
        self._start_containerd()
        self._import_pause_image()
        self._start_proxy()
        self._start_kubelet()

    def import_image(self, archive: Path) -> None:
        """Make known the images of an archive, as `docker save` or `buildah push docker-archive:` write it."""
        done = self._ctr("images", "import", str(archive))
        if done.returncode != 0:
            raise ClusterError(f"containerd did not import {archive}: {done.stderr.strip()}")

    def _start_containerd(self) -> None:
        networks = self._folder / "networks"
        networks.mkdir()
        (networks / "10-pods.conflist").write_text(json.dumps(node_config.network(self._folder)))
        config = self._folder / "containerd.toml"
        # In memory, since unpacking and removing an image's thousands of files can take a disk half a minute.
        root = self._host.memory / "containerd"
        config.write_text(node_config.containerd(root, self._socket, networks))
        containerd = self._host.start("containerd", "containerd", "--config", config)
        containerd.wait_ready(lambda: self._ctr("version").returncode == 0, _START_SECONDS)

    def _import_pause_image(self) -> None:
        archive = self._folder / "pause.tar"
        files = {"pause": self._programs["pause"]}
        write_image(archive, node_config.PAUSE_IMAGE, files, command=["/pause"])
        self.import_image(archive)

    def _start_proxy(self) -> None:
        config = self._folder / "proxy.json"
        config.write_text(json.dumps(node_config.proxy(self._plane.kubeconfig(_PROXY_USER))))
        self._host.start(
            "kube-proxy", self._programs["kube-proxy"], f"--config={config}", f"--hostname-override={NAME}"
        )

    def _start_kubelet(self) -> None:
        config = self._folder / "kubelet.json"
        config.write_text(json.dumps(node_config.kubelet(self._folder, self._socket, self._host.run.cgroup)))
        kubelet = self._host.start(
            "kubelet",
            self._programs["kubelet"],
            f"--config={config}",
            f"--kubeconfig={self._plane.kubeconfig(_NODE_USER)}",
            f"--hostname-override={NAME}",
            f"--node-ip={ADDRESS}",
            f"--root-dir={self._folder / 'kubelet'}",
            f"--cert-dir={self._folder / 'certificates'}",
        )
        kubelet.wait_ready(self._is_ready, _START_SECONDS)

    def _is_ready(self) -> bool:
        node = self._plane.api().find("v1", "Node", NAME)
        conditions = node["status"].get("conditions", []) if node else []
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    def _ctr(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*self._host.enter, "ctr", f"--address={self._socket}", "--namespace=k8s.io", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)
