"""The first process of a private host (see `privatehost`): sets it up, then reaps orphans until SIGTERM.

Run as `python -m cluster.privatehost_init FOLDER ADDRESS READY_FILE` inside new network, mount and process
namespaces; READY_FILE is made once the host is ready.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

# Where containerd, CNI plug-ins, the kubelet and iptables keep state by default.
_PRIVATE_FOLDERS = (Path("/var/lib"), Path("/var/log"), Path("/run"))

# Below the run's folder: a file system in memory, seen on the private host alone.
MEMORY_FOLDER = "memory"

# What the kubelet sets for the whole machine where it differs. A file that already reads as it wants keeps it
# from doing so (k8s.io/component-helpers/node/util/sysctl).
_SHIELDED_SETTINGS = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}


def main(folder: Path, address: str, ready: Path) -> None:
    """Set up the host and serve as its init process."""
    memory = folder / MEMORY_FOLDER
    memory.mkdir()
    _run("mount", "-t", "tmpfs", "-o", "mode=0700", "tmpfs", str(memory))
    for path in _PRIVATE_FOLDERS:
        _overlay(path, folder / "writes" / path.name)
    for name, value in _SHIELDED_SETTINGS.items():
        _shield(Path("/proc/sys") / name, value, folder / "settings")
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "address", "add", f"{address}/32", "dev", "lo")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    awaited = {signal.SIGCHLD, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    ready.touch()
    while signal.sigwait(awaited) != signal.SIGTERM:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass


def _overlay(path: Path, writes: Path) -> None:
    """Let writes below `path` go to a folder of the run, for this mount namespace alone."""
    upper, work = writes / "upper", writes / "work"
    upper.mkdir(parents=True)
    work.mkdir()
    options = f"lowerdir={path},upperdir={upper},workdir={work}"
    _run("mount", "-t", "overlay", "-o", options, "overlay", str(path))


def _shield(setting: Path, value: str, folder: Path) -> None:
    """Cover a kernel setting with a file of ours, for this mount namespace alone."""
    cover = folder / setting.name
    cover.parent.mkdir(exist_ok=True)
    cover.write_text(f"{value}\n")
    _run("mount", "--bind", str(cover), str(setting))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
