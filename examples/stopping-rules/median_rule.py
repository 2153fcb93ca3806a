"""The median rule: a trial goes on while it is no worse than half of those before it were at the same point."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, median
from typing import Any

from leadline.search import Curve


class Median:
    """Golovin et al. 2017, "Google Vizier: A Service for Black-Box Optimization", section 3.1: a trial is stopped where
    its best value so far is worse than the median of the running averages of the others that got as far."""

    def __init__(self, matrix: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        self._sign = -1 if matrix["metric"]["optimization"] == "maximize" else 1
        self._least = int(settings.get("leastTrials", 4))

    def judge(self, trial: Curve, trials: Mapping[int, Curve]) -> str | None:
        """Why the trial is to be ended, or None."""
        reached, _ = trial.reports[-1]
        losses = self._losses(trial, reached)
        averages = [
            fmean(theirs)
            for other in trials.values()
            if other.number != trial.number and other.reports and other.reports[-1][0] >= reached
            if (theirs := self._losses(other, reached))
        ]
        if not losses or len(averages) < self._least:
            return None
        limit = median(averages)
        if min(losses) <= limit:
            return None
        best, half = self._sign * min(losses), self._sign * limit
        return f"its best value, {best:g}, is worse than the median of {len(averages)} trials, {half:g}"

    def _losses(self, curve: Curve, reached: int) -> list[float]:
        """What a trial had told up to this report, the smaller the better."""
        return [
            self._sign * value for count, value in curve.reports if count <= reached and value is not None
        ]
