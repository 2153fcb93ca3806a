"""A test cluster to try things on: `python -m cluster [--node]` (with `tests` on the path), until Ctrl-C.

Without `--node` its nodes are fake (see `kwok/pod.yaml` for what their pods do); with it there is one real node.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys

from cluster.choose import Cluster
from cluster.controlplane import ControlPlane
from cluster.errors import ClusterError
from cluster.fakenodes import add_kwok_nodes
from cluster.realcluster import RealCluster


def main() -> int:
    """Start a cluster, say how to reach it, and stop it at Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m cluster", description="Start a test cluster until Ctrl-C."
    )
    parser.add_argument(
        "--node", action="store_true", help="one real node instead of four fake ones (needs root)"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with contextlib.ExitStack() as stack, contextlib.suppress(KeyboardInterrupt):
        try:
            cluster: Cluster
            if options.node:
                cluster = stack.enter_context(RealCluster())
            else:
                cluster = stack.enter_context(ControlPlane(scheduler=True, kwok=True))
                add_kwok_nodes(cluster.api(), 4, gpus=8)
        except ClusterError as problem:
            print(problem, file=sys.stderr)
            return 1
        print(f"export KUBECONFIG={cluster.kubeconfig()}", flush=True)
        signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
