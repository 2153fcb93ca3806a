"""A pytest plug-in for `-n 2`: the integration tests beside all the others.

Integration tests mostly wait, for a control plane that they may mistreat; the others compute. Nothing else is split:
the tests of one half run one after another, in their usual order, on clusters of their own.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling


class Halves(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out tests by half."""

    def _split_scope(self, nodeid: str) -> str:
        return "integration" if "tests/integration/" in nodeid else "others"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Halves:
    return Halves(config, log)
