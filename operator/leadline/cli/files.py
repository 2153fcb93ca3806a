"""Reading the file that a user wrote: one OptimizationGroup, and everything wrong with it with line and column.

Knows how mistakes are shown; what a mistake is, the API, the search and the template say.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from leadline.cli.output import visible

if TYPE_CHECKING:
    from leadline.api.yaml_loader import Document, Position
    from leadline.problems import Problem

STDIN = "-"


class InvalidFileError(click.ClickException):
    """A file that can't be used: each of its mistakes on a line of its own, and exit status 2."""

    exit_code = 2

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))

    def show(self, file: IO[Any] | None = None) -> None:
        """Without click's own "Error:", so that editors find file, line and column."""
        for line in self.lines:
            click.echo(line, file=file, err=file is None)


@dataclass(frozen=True, slots=True)
class GroupFile:
    """One OptimizationGroup as it stands in a file.

    label: how the file is called in messages. folder: absolute; what the file's relative paths are relative to.
    problems: what is wrong with it, in the order of its lines, and warnings.
    """

    label: str
    folder: Path
    document: Document
    problems: tuple[Problem, ...]

    @property
    def value(self) -> Mapping[str, Any]:
        """The document itself; a mapping wherever there are no errors."""
        found: Mapping[str, Any] = self.document.value
        return found

    def lines(self, problems: Iterable[Problem]) -> list[str]:
        """Problems as people and editors read them: ``file:line:col: path: message; remedy``."""
        return [self._line(problem) for problem in self._sorted(problems)]

    def require_valid(self) -> None:
        """Raise InvalidFileError where there are errors; warnings are shown on standard error either way."""
        self.refuse_if(self.problems)

    def refuse_if(self, problems: Iterable[Problem]) -> None:
        """The same for problems that were found elsewhere."""
        from leadline.problems import errors, warnings

        found = tuple(problems)
        warned = self.lines(warnings(found))
        if errors(found):
            raise InvalidFileError([*warned, *self.lines(errors(found))])
        for line in warned:
            click.echo(line, err=True)

    def position(self, path: str) -> Position:
        """Where a field stands, or the nearest one around it."""
        return self.document.position(path)

    def _line(self, problem: Problem) -> str:
        line, column = self.position(problem.path)
        warning = "warning: " if problem.severity == "warning" else ""
        # What is wrong with the document as a whole has no path.
        text = str(problem) if problem.path else str(problem).removeprefix(": ")
        return visible(f"{self.label}:{line}:{column}: {warning}{text}")

    def _sorted(self, problems: Iterable[Problem]) -> list[Problem]:
        return sorted(problems, key=lambda problem: self.position(problem.path))


def read_group(path: str) -> GroupFile:
    """The one OptimizationGroup of a file, or of standard input for ``-``.

    Its problems are in the answer; InvalidFileError is raised for what can't be read, and for none or several groups.
    """
    from leadline.api.names import GROUP_KIND
    from leadline.api.yaml_loader import YamlError, load

    label = "<stdin>" if path == STDIN else path
    try:
        documents = load(_text(path, label))
    except YamlError as error:
        line, column = error.position
        remedy = f"; {error.remedy}" if error.remedy else ""
        raise InvalidFileError([visible(f"{label}:{line}:{column}: {error.message}{remedy}")]) from None
    groups = [known for known in documents if _kind(known.value) == GROUP_KIND]
    if len(documents) == 1:
        groups = list(documents)
    if len(groups) != 1:
        raise InvalidFileError([_not_one(label, documents, groups)])
    folder = Path.cwd() if path == STDIN else Path(path).resolve().parent
    return GroupFile(label, folder, groups[0], _problems(groups[0]))


def _problems(document: Document) -> tuple[Problem, ...]:
    from leadline.api.validate import validate_group
    from leadline.reconcile.parse import find_problems

    if not isinstance(document.value, Mapping):
        return validate_group(document.value)
    found = find_problems(document.value)
    # A key that stands twice is told once, and not by what became of its first value.
    places = {problem.path for problem in document.problems}
    return (*document.problems, *(problem for problem in found if problem.path not in places))


def _text(path: str, label: str) -> str:
    try:
        data = sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise InvalidFileError([visible(f"{label}: can't be read: {reason}")]) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidFileError([visible(f"{label}:{line}:1: is not UTF-8 text; save it as UTF-8")]) from None


def _kind(value: Any) -> Any:
    return value.get("kind") if isinstance(value, Mapping) else None


def _not_one(label: str, documents: tuple[Document, ...], groups: list[Document]) -> str:
    if not documents:
        return visible(f"{label}:1:1: the file is empty; see examples/ for what to write")
    if not groups:
        kinds = ", ".join(sorted({str(_kind(known.value)) for known in documents}))
        return visible(f"{label}:1:1: holds no OptimizationGroup, only {kinds}")
    second = groups[1].position("")
    message = f"holds {len(groups)} OptimizationGroups; put each into a file of its own"
    return visible(f"{label}:{second.line}:{second.column}: {message}")
