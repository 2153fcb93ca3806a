"""Losses of real models on a grid of their parameters, evaluated beforehand; between its points they are interpolated.

Linear interpolation has its minimum at a point of the grid, so the best loss is known exactly. The tables are made by
``python -m benchmarks.search.tabulate``, from the same declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.search.tasks.axes import Axis
from benchmarks.search.tasks.task import Params
from leadline.search import parse_space

TABLES = Path(__file__).parent / "tables"
Losses = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """One array of losses.

    file, part: where it is kept. axes: its parameters in the array's order. points: of each real parameter, evenly
    spaced in its unit; the others have their own values. epochs: whether a last axis has the loss after each epoch.
    """

    file: str
    axes: Mapping[str, Axis]
    points: Mapping[str, int] = field(default_factory=dict)
    part: str = "loss"
    epochs: bool = False

    @cached_property
    def values(self) -> dict[str, list[Any]]:
        """The values of each parameter that were evaluated, in order."""
        space, problems = parse_space({name: axis.raw for name, axis in self.axes.items()})
        if space is None:
            raise ValueError("; ".join(str(problem) for problem in problems))
        found: dict[str, list[Any]] = {}
        for name, parameter in space.parameters.items():
            n = self.points.get(name, 0)
            listed = parameter.values
            found[name] = list(listed) if listed is not None else _spaced(parameter.from_unit, n)
        return found

    @property
    def shape(self) -> tuple[int, ...]:
        """How many points each parameter has."""
        return tuple(len(values) for values in self.values.values())

    @cached_property
    def losses(self) -> Losses:
        """The table; NaN where training fails."""
        with np.load(TABLES / f"{self.file}.npz") as kept:
            losses: Losses = kept[self.part].astype(np.float64)
        assert losses.shape[: len(self.shape)] == self.shape, (self.file, losses.shape, self.shape)
        return losses

    @property
    def best(self) -> float:
        """The smallest loss of the table, at any epoch."""
        return float(np.nanmin(self.losses))

    def loss(self, params: Params, epoch: int | None = None) -> float | None:
        """Of one configuration, after so many epochs where the table has them; None where training fails."""
        total = 0.0
        for corner, weight in self._corners(params):
            found = self.losses[corner] if epoch is None else self.losses[(*corner, epoch - 1)]
            total += weight * float(found)
        return None if np.isnan(total) else total

    def _corners(self, params: Params) -> list[tuple[tuple[int, ...], float]]:
        sides: list[list[tuple[int, float]]] = []
        for name, axis in self.axes.items():
            last = len(self.values[name]) - 1
            place = min(max(axis.unit(params[name]), 0.0), 1.0) * last
            if name not in self.points:
                sides.append([(round(place), 1.0)])
                continue
            low = min(int(place), last - 1)
            share = place - low
            sides.append([(low + i, weight) for i, weight in enumerate((1 - share, share)) if weight > 0])
        return [
            (tuple(i for i, _ in corner), float(np.prod([weight for _, weight in corner])))
            for corner in product(*sides)
        ]


def _spaced(from_unit: Callable[[float], Any], n: int) -> list[Any]:
    return [from_unit(i / (n - 1)) for i in range(n)]
