"""kopf's part: four watches, whose events are handed on at once and never handled here.

Only ``on.event``: every other handler of kopf writes annotations or finalizers to users' objects, and a finalizer
outlives its operator (kopf: docs/troubleshooting.rst). No index: quadratic at start-up with thousands of objects.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import kopf

from leadline.api import names
from leadline.controller.settings import Settings
from leadline.kube.config import ConnectionInfo
from leadline.kube.resources import GROUPS, JOBS, PODS, TRIALS, Resource
from leadline.kube.session import open_session

Feed = Callable[[Resource, str, Mapping[str, Any]], None]
"""Takes (kind of object, event, object); the event is DELETED, or any other word for "look at it"."""

TO_BE_STOPPED = ",".join(
    ["spec.stop=true", *(f"status.state!={state}" for state in sorted(names.FINAL_STATES))]
)
"""Of Trials only those come that a user wants ended. Everything else in them is written by ourselves, and what another
process wrote, or a user deleted, is found by the live read before anything is done about it."""

_IDENTITY: Any = "leadline"
"""What kopf calls itself among its peers, of which there are none: the Lease is ours."""

OF_A_TRIAL = names.LABEL_GROUP_UID
"""Jobs and pods without this label are nobody's business of ours."""


def watch(
    info: ConnectionInfo, settings: Settings, feed: Feed, stop: asyncio.Event, ready: asyncio.Event
) -> Any:
    """The coroutine that watches until ``stop`` is set; ``ready`` is set when the watches have begun."""
    registry = kopf.OperatorRegistry()

    for resource in (GROUPS, TRIALS, JOBS, PODS):
        _register(registry, resource, feed)

    @kopf.on.login(registry=registry)
    async def login(**_: Any) -> kopf.AiohttpSession:
        session = open_session(info, connections=0)
        return kopf.AiohttpSession(
            aiohttp_session=session, server=info.server, default_namespace=info.namespace
        )

    return kopf.operator(
        registry=registry,
        settings=_kopf_settings(settings),
        standalone=True,
        # Without one, kopf asks for the user's name, which a container's number need not have.
        identity=_IDENTITY,
        clusterwide=not settings.namespaces,
        namespaces=settings.namespaces,
        stop_flag=stop,
        ready_flag=ready,
    )


def _register(registry: kopf.OperatorRegistry, resource: Resource, feed: Feed) -> None:
    group = resource.group or ""

    @kopf.on.event(group, resource.version, resource.plural, registry=registry, id=resource.plural)
    async def on_event(event: kopf.RawEvent, **_: Any) -> None:
        # The document as it came: kopf's own view of it resolves a path at every look.
        feed(resource, event["type"] or "LISTED", event["object"])


class _NoDiffs(kopf.DiffBaseStorage):
    """No copy of every object for differences that nobody asks for: kopf makes one at each event (0.25 ms of 0.4)."""

    def build(self, *, body: Any, extra_fields: Any = None) -> Any:
        """Nothing of an object counts."""
        return None

    def fetch(self, *, body: Any) -> None:
        """Nothing was kept."""

    def store(self, *, body: Any, patch: Any, essence: Any) -> None:
        """Nothing is kept: it would be an annotation on users' objects."""


def _kopf_settings(settings: Settings) -> kopf.OperatorSettings:
    chosen = kopf.OperatorSettings()
    watching = chosen.watching
    watching.label_selectors[JOBS.group, JOBS.version, JOBS.plural] = f"{OF_A_TRIAL},!{names.LABEL_RECORDED}"
    watching.label_selectors[PODS.version, PODS.plural] = OF_A_TRIAL
    watching.field_selectors[TRIALS.group, TRIALS.version, TRIALS.plural] = TO_BE_STOPPED
    watching.chunk_size = 500
    watching.server_timeout = 600
    watching.connect_timeout = 30
    chosen.networking.request_timeout = 60
    chosen.networking.connect_timeout = 10
    chosen.networking.enforce_retry_after = True
    # A worker task per object lives this long after its last event: some kilobytes, against the making of a new one.
    chosen.queueing.idle_timeout = 10.0
    chosen.posting.enabled = False
    chosen.persistence.diffbase_storage = _NoDiffs()
    # Role-only installations may neither list namespaces nor resources of the cluster.
    chosen.scanning.disabled = bool(settings.namespaces)
    chosen.process.ultimate_exiting_timeout = 60
    return chosen
