"""End-to-end tests run on a cluster whose nodes run containers."""

from __future__ import annotations

import pytest

from cluster.choose import NodeCluster


@pytest.fixture(scope="session")
def cluster(real_cluster: NodeCluster) -> NodeCluster:
    """The cluster of `api` and `namespace`."""
    return real_cluster
