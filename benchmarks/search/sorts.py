"""The two sorts of run: by trials, each with its whole training, and by epochs, where trials may be cut short."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks.search import fidelity, methods, runner
from benchmarks.search.methods import rungs
from benchmarks.search.runner import Trajectory
from benchmarks.search.tasks.all import ALL, CURVES
from benchmarks.search.tasks.task import Task


class Named(Protocol):
    """What both sorts of entries have."""

    @property
    def name(self) -> str: ...
    @property
    def packages(self) -> tuple[str, ...]: ...
    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True)
class Sort:
    """tasks, entries: by name. counts: where the best loss so far is kept, and shown: which of them tables have.

    unit: what is counted. yardstick: the method and the mode whose median is regret 1. run: one trajectory, from a
    task, an entry, a seed and a mode. quick: methods of the short run.
    """

    tasks: Mapping[str, Task]
    entries: Mapping[str, Any]
    modes: tuple[str, ...]
    counts: tuple[int, ...]
    shown: tuple[int, ...]
    unit: str
    yardstick: tuple[str, str]
    run: Callable[[Task, Any, int, Any], Trajectory]
    quick: tuple[str, ...]


TRIALS = Sort(
    ALL,
    methods.ALL,
    runner.MODES,
    runner.COUNTS,
    (25, 50, 100, 200),
    "trials",
    ("random", "sequential"),
    runner.run,
    ("random", "tpe", "bayes", "auto", "optuna-tpe", "optuna-gp"),
)
EPOCHS = Sort(
    CURVES,
    rungs.ALL,
    fidelity.RUNG_MODES,
    fidelity.AT,
    (3, 5, 10, 20),
    "whole trainings' epochs",
    ("flat-random", "epochs"),
    fidelity.run_epochs,
    ("flat-random", "hyperband", "asha", "optuna-hyperband-tpe"),
)
SORTS = (TRIALS, EPOCHS)
