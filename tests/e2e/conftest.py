"""End-to-end tests run on a cluster whose nodes run containers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.choose import NodeCluster
from e2e.desk import Desk


@pytest.fixture(scope="session")
def cluster(real_cluster: NodeCluster) -> NodeCluster:
    """The cluster of `api` and `namespace`."""
    return real_cluster


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A folder to run searches in; nothing of them runs afterwards."""
    desk = Desk(tmp_path)
    yield desk
    desk.clean()
