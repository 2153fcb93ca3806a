"""What a search by rungs needs beside its space, so that it has about as many trials as are wanted."""

from __future__ import annotations

from typing import Any

METRIC = {"name": "accuracy", "optimization": "maximize"}
EPOCHS = {"name": "epochs", "type": "int"}
HYPERBAND_TOTALS = {1: 1, 3: 5, 9: 17, 27: 49, 81: 143, 243: 415, 729: 1214, 2187: 3606}
"""Trials of all brackets by maxIterations, with eta 3."""


def rung_fields(kind: str, runs: int) -> dict[str, Any]:
    """hyperband: the fewest trials that are at least ``runs``. asha: both variants by turns, several brackets. auto:
    with a resource every other time. One search in four has a model."""
    shared: dict[str, Any] = {"resource": dict(EPOCHS), "metric": dict(METRIC)}
    if kind == "auto":
        return {**shared, "maxIterations": 27} if runs % 2 else {"metric": dict(METRIC)}
    if runs % 4 == 0:
        shared["sampler"] = "tpe"
    if kind == "hyperband":
        most = next(most for most, total in HYPERBAND_TOTALS.items() if total >= runs)
        return {**shared, "maxIterations": most}
    variant = "promotion" if runs % 2 else "stopping"
    return {**shared, "maxIterations": 27, "variant": variant, "brackets": 1 + runs % 3}
