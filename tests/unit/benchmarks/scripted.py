"""Methods that do as a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.search.fidelity import RungEntry, Work
from benchmarks.search.methods.method import Entry, Setting
from benchmarks.search.tasks.axes import uniform
from benchmarks.search.tasks.task import Curves, Params, Task

LINE = Task(
    "line", "synthetic", {"x": uniform(0, 1).raw}, lambda params: params["x"], 0.0, "the value itself"
)


def crossing(params: Params, epoch: int) -> float:
    """What begins high ends low."""
    return float(params["x"] + (1 - 2 * params["x"]) * epoch / 9)


CURVED = Task(
    "curved",
    "curves",
    LINE.params,
    lambda p: crossing(p, 9),
    0.0,
    "lines that cross",
    curves=Curves(crossing, 9),
)


class Countdown:
    """Suggests 1, 1/2, 1/3, … and remembers everything."""

    def __init__(self, limit: int = 10**9, patience: int = 10**9) -> None:
        """limit: trials before it ends. patience: pending trials with which it wants results first."""
        self.limit, self.patience = limit, patience
        self.pending: list[set[int]] = []
        self.told: list[int] = []

    def ask(self, number: int, pending: Mapping[int, Params]) -> Params | None:
        if number >= self.limit or len(pending) >= self.patience:
            return None
        self.pending.append(set(pending))
        return {"x": 1 / (number + 1)}

    def tell(self, number: int, params: Params, loss: float | None) -> None:
        assert params["x"] == 1 / (number + 1)
        self.told.append(number)


def entry(method: Countdown) -> Entry:
    """The registry's entry of one method object."""

    def build(setting: Setting) -> Countdown:
        return method

    return Entry("countdown", build, (), "Countdown")


class Climber:
    """Trains each trial to 3 epochs; ``go_on`` says which of them continue to 9. ``stop``: at which epoch one ends."""

    def __init__(self, go_on: Callable[[int], bool], stop: Mapping[int, int] | None = None) -> None:
        self._go_on, self._stop = go_on, stop or {}
        self._ready: list[int] = []
        self.ends: list[tuple[int, int]] = []

    def ask(self, number: int) -> Work | None:
        if self._ready:
            trial = self._ready.pop(0)
            return Work(trial, {"x": 1 / (trial + 1)}, 9)
        return Work(number, {"x": 1 / (number + 1)}, 3)

    def report(self, number: int, epoch: int, loss: float | None) -> bool:
        return self._stop.get(number) != epoch

    def tell(self, number: int, epoch: int, loss: float | None) -> None:
        self.ends.append((number, epoch))
        if epoch == 3 and self._go_on(number):
            self._ready.append(number)


def rung_entry(method: Climber) -> RungEntry:
    """The registry's entry of one method object."""
    return RungEntry("climber", lambda setting: method, (), "Climber")
