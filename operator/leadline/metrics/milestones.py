"""What a metric was when its trial had come so far: at 1, 3 and 9 epochs, say, while it runs on to 27."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from leadline.metrics.series import Clock, Mark, Series, SeriesBuilder, Step


@dataclass(frozen=True, slots=True)
class Milestones:
    """amounts: where to look, ascending. unit: what they count, such as ``epochs``; None for the reports themselves."""

    amounts: tuple[Step, ...]
    unit: str | None = ""


class MarkedSeriesBuilder(SeriesBuilder):
    """A series that remembers what it was at each milestone.

    How far a trial is, is what its reports say: the step of the unit's name (``epoch`` for ``epochs``), else the finest
    one they have; where no report has any, it is the number of reports.
    """

    __slots__ = ("_ahead", "_marks", "_reports", "_stepped", "_unit")

    def __init__(self, milestones: Milestones) -> None:
        super().__init__(with_curve=True)
        self._ahead = deque(milestones.amounts)
        self._marks: list[Mark] = []
        self._unit = None if milestones.unit is None else milestones.unit.lower().removesuffix("s")
        self._reports = 0
        self._stepped = False

    @property
    def reached(self) -> int:
        """How many milestones it has come up to."""
        return len(self._marks)

    def add(self, value: float, clock: Clock | None) -> None:
        """Take one measurement, and look whether it comes up to a milestone."""
        super().add(value, clock)
        self._reports += 1
        self._stepped = self._stepped or clock is not None
        progress = self._progress(clock)
        while self._ahead and progress is not None and progress >= self._ahead[0]:
            self._marks.append(Mark(self._ahead.popleft(), replace(super().series(), curve=())))

    def _progress(self, clock: Clock | None) -> Step | None:
        if self._unit is None:
            return self._reports
        if clock is None:
            return None if self._stepped else self._reports
        kinds, values = clock
        return values[kinds.index(self._unit)] if self._unit in kinds else values[-1]

    def series(self, unreadable: int = 0) -> Series:
        """As without milestones, and with the marks so far."""
        return replace(super().series(unreadable), marks=tuple(self._marks))
