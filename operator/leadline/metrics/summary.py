"""What is kept of a trial's output, and how two sources of it go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from leadline.metrics.series import Series

MAX_NAMES: Final = 50
"""Metrics kept of one source, so that log and termination message together fit a trial's status."""

MAX_NAME_LENGTH: Final = 128
"""Characters of a metric's name, the objective's excepted."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What is kept of a trial's output.

    metrics: by name. lines_cut: lines longer than 16 KiB, of which only the beginning was read.
    reports_dropped: measurements of metrics beyond the first ``MAX_NAMES``.
    """

    metrics: Mapping[str, Series] = field(default_factory=dict)
    lines_cut: int = 0
    reports_dropped: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, free of NaN and infinity."""
        return {
            "metrics": {name: series.to_dict() for name, series in self.metrics.items()},
            "linesCut": self.lines_cut,
            "reportsDropped": self.reports_dropped,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Summary:
        """The inverse of ``to_dict``."""
        return cls(
            metrics={name: Series.from_dict(series) for name, series in data["metrics"].items()},
            lines_cut=data["linesCut"],
            reports_dropped=data["reportsDropped"],
        )


def combine(log: Summary | None, termination: Summary | None) -> Summary:
    """One summary of both: for each metric the termination message wins, and the log's curve and marks are kept.

    The termination message is written once, at the end, and is never rotated away; a metric that it gives is
    the trial's own last word. What it doesn't give, or gives as something that is no number, is the log's.
    """
    if log is None or termination is None:
        return log or termination or Summary()
    metrics = dict(log.metrics)
    for name, series in termination.metrics.items():
        known = metrics.get(name, Series())
        if series.reported or not known.reported:
            metrics[name] = replace(
                series, curve=series.curve or known.curve, marks=series.marks or known.marks
            )
    return Summary(
        metrics=metrics,
        lines_cut=max(log.lines_cut, termination.lines_cut),
        reports_dropped=max(log.reports_dropped, termination.reports_dropped),
    )
