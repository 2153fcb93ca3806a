"""What a search came to, as one JSON-ready mapping: the last word of ``run`` and ``simulate``."""

from __future__ import annotations

from typing import Any

from leadline.api.schema import to_dict
from leadline.reconcile.observed import Group


def summarise(group: Group, most_at_once: int, duration: float, clock: str) -> dict[str, Any]:
    """Trials by state, the best one, and how long it took.

    most_at_once: greatest number of attempts alive at one moment.
    duration: seconds on ``clock`` ("wall" or "simulated").
    """
    status, spec = group.status, group.spec
    finished = next((known for known in status.conditions if known.type == "Finished"), None)
    return {
        "group": group.name,
        "algorithm": spec.matrix.kind if spec is not None else None,
        "state": status.state,
        "reason": finished.reason if finished is not None else "",
        "message": status.message,
        "trials": {"total": status.total, "started": status.next, **to_dict(status.counts)},
        "best": None if status.best is None else to_dict(status.best),
        "mostAtOnce": most_at_once,
        "duration": {"seconds": round(duration, 3), "clock": clock},
    }
