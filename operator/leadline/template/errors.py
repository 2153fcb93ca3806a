"""What can be wrong with a template: one exception inside the package, one for callers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from leadline.problems import Problem


class RenderError(ValueError):
    """A template that can't be filled in: ``path`` in the template, ``message``, ``remedy``."""

    def __init__(self, path: str, message: str, remedy: str = "") -> None:
        super().__init__(path, message, remedy)
        self.path = path
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return str(self.problem)

    @property
    def problem(self) -> Problem:
        """The same as a value, for conditions and for ``leadline check``."""
        return Problem(self.path, self.message, self.remedy)


class Fault(Exception):
    """Something wrong in one string; whoever knows the string's path turns it into a Problem or RenderError."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy


def suggest(word: str, known: Iterable[str], what: str) -> str:
    """A remedy for an unknown word: the nearest known one, else the known ones (at most ten)."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    if near:
        return f'did you mean "{near[0]}"?'
    if not names:
        return ""
    shown = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
    return f"{what}: {shown}"
