"""What is wrong with something a person wrote, and what to write instead.

The lowest layer: every pure part reports mistakes in this form, and knows nothing of who shows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake (or one thing worth knowing) at one place.

    path: the field as the API server writes it, e.g. ``spec.matrix.params.C.value``.
    message: what is wrong, without the path and without a full stop.
    remedy: what to write instead; empty where the message already says it.
    """

    path: str
    message: str
    remedy: str = ""
    severity: Severity = "error"

    def under(self, prefix: str) -> Problem:
        """The same problem seen from an outer object: its path with ``prefix`` before it."""
        if not self.path:
            return replace(self, path=prefix)
        separator = "" if self.path.startswith("[") else "."
        return replace(self, path=f"{prefix}{separator}{self.path}")

    def __str__(self) -> str:
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.path}: {self.message}{remedy}"


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Only those that make the object unusable."""
    return tuple(problem for problem in problems if problem.severity == "error")


def warnings(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Only those that a person should know of, but that stop nothing."""
    return tuple(problem for problem in problems if problem.severity == "warning")
