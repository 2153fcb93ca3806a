"""How well a simulation uses its slots."""

from __future__ import annotations

from leadline.simulate.body import Simulation


class SlotMeter:
    """Adds up, pass by pass, for how long how many slots are held; give ``look`` to ``Simulation.run``."""

    def __init__(self, simulation: Simulation) -> None:
        self._begun = self._seen = simulation.now
        self._held = 0
        self._busy = 0.0

    def look(self, simulation: Simulation) -> None:
        """Take in one pass. The clock moves only between passes, so what was held then was held until now."""
        self._busy += self._held * (simulation.now - self._seen)
        self._seen, self._held = simulation.now, len(simulation.attempts)

    @property
    def duration(self) -> float:
        """Seconds on the fake clock so far."""
        return self._seen - self._begun

    def use(self, slots: int) -> float:
        """The share (0 to 1) of ``slots`` that was held on average; 0 where no time went by."""
        return self._busy / (slots * self.duration) if self.duration else 0.0
