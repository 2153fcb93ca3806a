"""What the runner asks of every search method, ours and the peers', and what a method may know of a task."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks.search.tasks.task import Params


class Unavailable(Exception):
    """This method can't run here: its package is not installed, or our kind of search is not built."""


@dataclass(frozen=True)
class Setting:
    """All that a method is told at the start.

    params: a matrix's ``params``. seed: of this trajectory. budget: trials in all. workers: how many run at once.
    """

    params: Mapping[str, Any]
    seed: int
    budget: int
    workers: int


class Method(Protocol):
    """One search in progress. Numbers ascend from 0; every asked number is told once, in order of completion."""

    def ask(self, number: int, pending: Mapping[int, Params]) -> Params | None:
        """A configuration for this trial while those pending run; None where the search has come to its end."""

    def tell(self, number: int, params: Params, loss: float | None) -> None:
        """A trial has its loss, or has failed (None)."""


@dataclass(frozen=True)
class Entry:
    """One method of the registry.

    build: a new search; raises Unavailable. packages: whose versions its results are kept under; none for ours,
    which are kept under the hash of our sources. label: for people. kind: of matrix,
    for ours. patience: seconds of a core in asking after which a run ends where it is.
    """

    name: str
    build: Callable[[Setting], Method]
    packages: tuple[str, ...]
    label: str
    kind: str = ""
    patience: float = math.inf
