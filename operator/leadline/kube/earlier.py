"""Reads the groups that another one's ``warmStart`` names, with their trials."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, Protocol

from leadline.api import names
from leadline.kube.errors import NotFound
from leadline.kube.resources import GROUPS, TRIALS
from leadline.reconcile.parse import parse_trial
from leadline.reconcile.warm import earlier_of
from leadline.search import Earlier


class Client(Protocol):
    """What is asked of the API server."""

    async def get(self, resource: Any, name: str, *, namespace: str = "") -> dict[str, Any]: ...

    def pages(
        self, resource: Any, *, namespace: str = "", label_selector: str = "", field_selector: str = ""
    ) -> AsyncIterator[Any]: ...


async def read_earlier(client: Client, namespace: str, wanted: Iterable[str]) -> tuple[Earlier, ...]:
    """Each group as it is now; KubeError where a request fails in a way that only time can heal."""
    return tuple([await _read(client, namespace, name) for name in wanted])


async def _read(client: Client, namespace: str, name: str) -> Earlier:
    try:
        group = await client.get(GROUPS, name, namespace=namespace)
    except NotFound:
        return earlier_of(name, None)
    selector = f"{names.LABEL_GROUP_UID}={group['metadata']['uid']}"
    pages = client.pages(TRIALS, namespace=namespace, label_selector=selector)
    return earlier_of(name, group, [parse_trial(item) async for page in pages for item in page.items])
