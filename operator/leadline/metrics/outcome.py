"""The one number of a trial that the search sees."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from leadline.metrics.series import Optimization, Series, Step
from leadline.metrics.summary import Summary

Strategy = Literal["last", "best", "mean"]
Reason = Literal["", "MetricMissing", "MetricNotFinite"]


@dataclass(frozen=True, slots=True)
class Objective:
    """The objective's value, or the reason (and a sentence) why there is none."""

    value: float | None
    reason: Reason = ""
    message: str = ""


def objective(
    summary: Summary, name: str, optimization: Optimization, strategy: Strategy = "last"
) -> Objective:
    """The value of metric ``name``: its last one, its best one in the sense of ``optimization``, or its mean."""
    series = summary.metrics.get(name)
    if series is None or not series.reported:
        return Objective(None, "MetricMissing", _missing(summary, name, series))
    if series.count == 0:
        return Objective(
            None, "MetricNotFinite", f'the metric "{name}" was never reported but as NaN or infinite'
        )
    if strategy == "last" and not series.last_finite:
        message = (
            f'the last value of the metric "{name}" is NaN or infinite; finite values before it: {series.count} '
            f"(strategy: best would take the best of them)"
        )
        return Objective(None, "MetricNotFinite", message)
    if strategy == "best":
        return Objective(series.best(optimization))
    return Objective(series.mean if strategy == "mean" else series.last)


def objective_at(
    summary: Summary, name: str, optimization: Optimization, strategy: Strategy = "last"
) -> tuple[tuple[Step, float | None], ...]:
    """The value at each milestone that was reached, in order; None where there was no finite one."""
    series = summary.metrics.get(name)
    return tuple(
        (mark.amount, objective(Summary({name: mark.series}), name, optimization, strategy).value)
        for mark in (series.marks if series is not None else ())
    )


def _missing(summary: Summary, name: str, series: Series | None) -> str:
    if series is not None:
        return (
            f'the metric "{name}" was reported, but never as a number (reports: {series.ignored}); '
            f"print {name}=0.93, with a point and without unit or thousands separators"
        )
    if not summary.metrics:
        return f'no metric was reported; print a line "{name}=0.93"'
    near = difflib.get_close_matches(name.lower(), [known.lower() for known in summary.metrics], n=1)
    hint = next((f'; did you mean "{known}"?' for known in summary.metrics if known.lower() in near), "")
    known = ", ".join(sorted(summary.metrics)[:10]) + (", …" if len(summary.metrics) > 10 else "")
    return f'the metric "{name}" was not reported; reported were: {known}{hint}'
