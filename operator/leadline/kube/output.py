"""Reads what an ended attempt printed: its container's log, once, in bounded memory, and its termination message."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from leadline.api.group import GroupSpec
from leadline.kube.errors import KubeError
from leadline.kube.logs import read_log
from leadline.kube.view import View
from leadline.metrics import LogReader, Summary, combine, parse_termination_message
from leadline.reconcile.observed import AttemptKey
from leadline.reconcile.rungs import milestones


async def read_output(
    client: Any,
    view: View,
    key: AttemptKey,
    spec: GroupSpec,
    ended: asyncio.Event | None = None,
    passed: Callable[[Summary], None] | None = None,
) -> tuple[Summary, str]:
    """Metrics and last lines of an attempt. What can't be read after several tries counts as never printed.

    ended: set when the container has ended; until then its log is followed. None: it has ended already.
    passed: told what was reported so far whenever the trial has come up to a rung.
    """
    metric = spec.matrix.metric
    name = metric.name if metric is not None else None
    reader = LogReader(spec.metrics.patterns, name, milestones(spec, view.records.trials.get(key[0])))

    def feed(chunk: bytes) -> None:
        before = reader.reached
        reader.feed(chunk)
        if passed is not None and reader.reached > before:
            passed(reader.summary)

    pod = view.pod_to_read(key)
    if pod is not None:
        namespace, container = view.records.group.namespace, spec.metrics.container or ""
        # Forbidden, or no such container: the termination message may still speak.
        with contextlib.suppress(KubeError):
            read = await read_log(client, pod, feed, namespace=namespace, container=container, ended=ended)
            if not read.missing:
                reader.close()  # Only the true end of a log ends its last line: half a number is no number.
    message = view.termination_message(key)
    return combine(reader.summary, parse_termination_message(message) if message else None), reader.tail
