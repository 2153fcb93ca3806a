"""The Debian packages of `packages.txt`: whether their programs are there, and how to install them.

`python -m cluster.packages` (with `tests` on the path, as root) says what is missing and installs it, where the
end-to-end tests will run on a node of their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from cluster import kind
from cluster.choose import given_cluster_path
from cluster.errors import NotAvailable

_LIST = Path(__file__).with_name("packages.txt")


def listed_packages() -> list[str]:
    """The packages of `packages.txt`."""
    lines = (line.partition("#")[0].strip() for line in _LIST.read_text().splitlines())
    return [line for line in lines if line]


def missing_packages() -> list[str]:
    """The listed packages that are not installed; needs dpkg."""
    query = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *listed_packages()],
        capture_output=True,
        text=True,
        check=False,  # it fails where it does not know one of them, and lists the others
    )
    installed = {line.split()[0] for line in query.stdout.splitlines() if line.endswith(" installed")}
    return [package for package in listed_packages() if package not in installed]


def require_root() -> None:
    """Raise NotAvailable where the tests do not run as root."""
    if os.getuid() != 0:
        raise NotAvailable("not root", ["run the tests as root on a Debian-like machine"])


def require_programs(names: Iterable[str]) -> None:
    """Raise NotAvailable where one of these programs is not on the path."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        packages = " ".join(listed_packages())
        raise NotAvailable(
            f"{', '.join(missing)} not installed",
            [f"as root on a Debian-like machine: apt-get install {packages}"],
        )


def install() -> int:
    """Install what is missing and say so; returns an exit status."""
    if given_cluster_path() is not None:
        print("end-to-end tests: on the cluster of LEADLINE_TEST_KUBECONFIG")
        return 0
    if kind.is_wanted():
        print("end-to-end tests: on a kind cluster (LEADLINE_TEST_KIND=0: on a node of their own)")
        return 0
    print("end-to-end tests: on a node of their own, with the Debian packages of tests/cluster/packages.txt")
    if shutil.which("apt-get") is None:
        print("not a Debian-like machine: install what packages.txt names by hand", file=sys.stderr)
        return 3
    missing = missing_packages()
    if not missing:
        return 0
    print(f"installing Debian packages for the tests' real node: {' '.join(missing)}", flush=True)
    if os.getuid() != 0:
        print(
            f"not root: run `apt-get install --no-install-recommends {' '.join(missing)}` as root",
            file=sys.stderr,
        )
        return 3
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "--no-install-recommends", *missing],
    ):
        if subprocess.run(command, env=quiet, check=False).returncode != 0:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(install())
