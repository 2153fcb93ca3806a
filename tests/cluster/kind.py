"""A kind cluster of the tests' own, for machines where Docker answers."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cluster import binaries
from cluster.choose import GivenCluster
from cluster.docker import docker_answers
from cluster.errors import ClusterError, NotAvailable

# One name for all runs: what a crashed one left is found by it, and deleted before a new one is made.
_NAME = "leadline-test"
_CONFIG = Path(__file__).parents[2] / "kind-config.yaml"


def is_wanted() -> bool:
    """Whether to make a kind cluster: where Docker answers, unless LEADLINE_TEST_KIND says 1 or 0."""
    said = os.environ.get("LEADLINE_TEST_KIND")
    return said == "1" or (said != "0" and docker_answers())


@contextlib.contextmanager
def kind_cluster(report: binaries.Report = binaries.print_report) -> Iterator[GivenCluster]:
    """Make a kind cluster, and delete it at the end."""
    if not docker_answers():
        raise NotAvailable(
            "Docker does not answer, and kind needs it", ["start Docker", "unset LEADLINE_TEST_KIND"]
        )
    kind = binaries.find("kind", report)
    with tempfile.TemporaryDirectory(prefix="leadline-kind-") as folder:
        kubeconfig = Path(folder) / "kubeconfig"
        place = ("--name", _NAME, "--kubeconfig", str(kubeconfig))
        _run(kind, "delete", "cluster", *place)
        try:
            report(f"making the kind cluster {_NAME} …")
            _run(kind, "create", "cluster", *place, "--config", str(_CONFIG), "--wait", "3m")
            with contextlib.closing(GivenCluster(kubeconfig, f"kind-{_NAME}")) as cluster:
                yield cluster
        finally:
            _run(kind, "delete", "cluster", *place)


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ClusterError(f"{' '.join(map(str, command))} failed:\n{done.stderr.strip()}")
