"""What a task is: a space to search and a loss to make small, the same on every machine and in every run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leadline.search import parse_space
from leadline.search.space.space import Space

Params = Mapping[str, Any]

PROBES = 24
"""Points whose losses are part of a task's hash."""


@dataclass(frozen=True)
class Curves:
    """How the loss of a task changes while a configuration is trained.

    loss: of a configuration after so many epochs (1 to most); None where training fails.
    most: epochs of a whole training.
    """

    loss: Callable[[Params, int], float | None]
    most: int


@dataclass(frozen=True)
class Task:
    """One problem.

    name: also the name of its results' file. family: ``synthetic``, ``table`` (real models, evaluated beforehand) or
    ``curves``. params: a matrix's ``params``. objective: the loss of one configuration, None where it fails.
    best: the smallest loss there is, or a bound below it where the space is finite and the bound is nearly met.
    source: one sentence on where it comes from. quick: whether the short run has it. curves: for rungs.
    """

    name: str
    family: str
    params: Mapping[str, Any]
    objective: Callable[[Params], float | None]
    best: float
    source: str
    quick: bool = False
    curves: Curves | None = None

    @cached_property
    def space(self) -> Space:
        """The parsed ``params``."""
        space, problems = parse_space(self.params)
        if space is None:
            raise ValueError(f"{self.name}: {'; '.join(str(problem) for problem in problems)}")
        return space

    @cached_property
    def hash(self) -> str:
        """Changes when the space or any of some losses does: results are kept under it."""
        losses: list[str] = []
        for number in range(PROBES):
            params = self.point(number)
            losses.append(_rounded(self.objective(params)))
            if self.curves is not None:
                losses.extend(_rounded(self.curves.loss(params, epoch)) for epoch in (1, 9, self.curves.most))
        text = json.dumps([self.name, self.params, _rounded(self.best), losses], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def point(self, number: int) -> dict[str, Any]:
        """A scattered point of the space, the same for each number on every platform."""
        return active(
            self.params,
            {
                name: parameter.from_unit(scattered(f"{self.name} {name} {number}"))
                for name, parameter in self.space.parameters.items()
            },
        )


def active(params: Mapping[str, Any], point: Mapping[str, Any]) -> dict[str, Any]:
    """A point without the parameters whose ``when`` is not met.

    Parents may be declared after their children, and may be conditional themselves.
    """

    def is_active(name: str) -> bool:
        when = params[name].get("when") or {}
        return all(is_active(parent) and point[parent] in values for parent, values in when.items())

    return {name: value for name, value in point.items() if is_active(name)}


def scattered(text: str) -> float:
    """A number from 0 (included) to 1 (excluded) that depends on nothing but the text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48


def _rounded(loss: float | None) -> str:
    return "failed" if loss is None else f"{loss:.6g}"
