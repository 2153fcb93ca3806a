"""Configuration of the real node's programs: what differs from the defaults, and why."""

from __future__ import annotations

from pathlib import Path

from cluster.client import Json
from cluster.privatehost import ADDRESS

PAUSE_IMAGE = "leadline.test/pause:1"

_POD_RANGE = "10.88.0.0/16"
_CNI_PLUGINS = "/usr/lib/cni"  # where Debian's containernetworking-plugins puts them

_CONTAINERD = """\
version = 2
root = "{root}"
state = "/run/containerd"

[grpc]
address = "{socket}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
# Root in a container or virtual machine may lack CAP_SYS_RESOURCE, without which runc can't lower the score:
# "can't get final child's PID from pipe".
restrict_oom_score_adj = true
# A profile would stay loaded in the machine's kernel.
disable_apparmor = true

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugins}"
conf_dir = "{networks}"
"""


def containerd(root: Path, socket: Path, networks: Path) -> str:
    """The configuration of containerd, with images and containers below `root`."""
    return _CONTAINERD.format(
        root=root, socket=socket, networks=networks, pause=PAUSE_IMAGE, plugins=_CNI_PLUGINS
    )


def network(folder: Path) -> Json:
    """The CNI configuration: one bridge, addresses handed out from files below `folder`."""
    addresses = {
        "type": "host-local",
        "ranges": [[{"subnet": _POD_RANGE}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": str(folder / "addresses"),
    }
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipam": addresses}
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge]}


def kubelet(folder: Path, socket: Path, control_group: str) -> Json:
    """The configuration of the kubelet."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{socket}",
        # Nobody else is on the private host's network; only the API server and pods reach the kubelet.
        "address": ADDRESS,
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        # Pods live in one control group of the run, which can be found and removed.
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{control_group}",
        "enforceNodeAllocatable": [],
        "failCgroupV1": False,
        "oomScoreAdj": 0,
        # A machine short of disk must neither evict pods nor collect images that nobody can pull again.
        "evictionHard": {"memory.available": "0%", "nodefs.available": "0%", "imagefs.available": "0%"},
        "imageGCHighThresholdPercent": 100,
        "localStorageCapacityIsolation": False,
        "failSwapOn": False,
        # There is no name service, and nothing outside to resolve.
        "resolvConf": "",
        "makeIPTablesUtilChains": False,
        "serializeImagePulls": False,
        "volumePluginDir": str(folder / "volume-plugins"),
    }


def proxy(kubeconfig: Path) -> Json:
    """The configuration of kube-proxy."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "clusterCIDR": _POD_RANGE,
        "bindAddress": ADDRESS,
        "oomScoreAdj": 0,
        # These limits are the whole machine's, not ours to set.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }
