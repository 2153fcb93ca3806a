"""A container's termination message into a summary.

Kubernetes keeps the last 4 KiB of what a container wrote to ``/dev/termination-log``: the surest final value,
since logs are rotated away.
"""

from __future__ import annotations

import json
from typing import Final

from leadline.metrics.forms import Forms
from leadline.metrics.reader import Collector, LogReader
from leadline.metrics.summary import Summary

MAX_MESSAGE: Final = 4096
"""Bytes that the kubelet keeps of one container's message: the last ones."""

_SURELY_WHOLE: Final = 1024
"""Shorter messages are not cut: the kubelet also shares 12 KiB among all containers of a pod."""


def parse_termination_message(text: str) -> Summary:
    """Metrics of a JSON object such as ``{"accuracy": 0.93}``, or of lines as in a log; never raises."""
    data = text.encode("utf-8", "replace")[-MAX_MESSAGE:]
    try:
        message = json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        reader = LogReader()
        reader.feed(_whole_lines(data))
        reader.close()
        return reader.summary
    collector = Collector(None)
    collector.take(Forms(None).read_object(message))
    return collector.summary()


def _whole_lines(data: bytes) -> bytes:
    """Without the lines that may have been cut: half a number, or half a name, would be a wrong result."""
    if len(data) < _SURELY_WHOLE:
        return data
    return data[data.find(b"\n") + 1 : data.rfind(b"\n") + 1]
