"""Reads what an ended attempt printed: its container's log, once, in bounded memory, and its termination message."""

from __future__ import annotations

from typing import Any

from leadline.api.group import GroupSpec
from leadline.kube.errors import BadRequest, KubeError, NotFound
from leadline.kube.view import View
from leadline.metrics import LogReader, Summary, combine, parse_termination_message
from leadline.reconcile.observed import AttemptKey

LOG_BUDGET = 1024 * 1024 * 1024
"""Bytes of one attempt's log that are read at most; the kubelet keeps 50 MiB unless told otherwise."""


async def read_output(
    client: Any, view: View, key: AttemptKey, spec: GroupSpec, give_up: bool = False
) -> tuple[Summary, str]:
    """Metrics and last lines of an attempt. A log that is gone for good counts as never printed.

    Raises KubeError where the log may be had later, unless told to ``give_up`` on it.
    """
    metric = spec.matrix.metric
    reader = LogReader(spec.metrics.patterns, metric.name if metric is not None else None)
    pod = view.pod_to_read(key)
    if pod is not None:
        try:
            stream = client.log(
                pod,
                namespace=view.records.group.namespace,
                container=spec.metrics.container or "",
                limit_bytes=LOG_BUDGET,
            )
            async with stream as chunks:
                async for chunk in chunks:
                    reader.feed(chunk)
        except (NotFound, BadRequest):
            pass  # The pod or its container is gone: the termination message may still speak.
        except KubeError:
            if not give_up:
                raise
    reader.close()
    message = view.termination_message(key)
    return combine(reader.summary, parse_termination_message(message) if message else None), reader.tail
