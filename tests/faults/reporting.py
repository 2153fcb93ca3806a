"""Trials that report while they run: nine lines each, on a fake node whose kubelet is played."""

from __future__ import annotations

from typing import Any

from cluster.playedkubelet import SELECTOR

PACE = 0.6
"""Seconds between two reports."""


def reporting(node: str) -> dict[str, Any]:
    """What ``group`` needs for six trials at once that run on this node until all is reported."""
    return {
        "concurrency": 6,
        "seconds": 9,
        "annotations": {"sim.leadline.dev/termination-message": ""},
        "pod": {"nodeSelector": {SELECTOR: node}},
    }


def reports(pod: str) -> list[str]:
    """What a pod prints; it is called GROUP-TRIAL-ATTEMPT-RANDOM, and the smaller the number, the better."""
    number = int(pod.split("-")[1])
    return [f"epoch={epoch} loss={number + 1 / epoch}" for epoch in range(1, 10)]
