"""Reading the file that a user wrote: one OptimizationGroup, and everything wrong with it with line and column.

Knows how mistakes are shown; what a mistake is, the API, the search and the template say.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

import click

from leadline.cli.output import visible
from leadline.problems import Problem, errors, warnings

if TYPE_CHECKING:
    from leadline.api.yaml_loader import Document, Position

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A problem at its place in a file. line, column: from 1; both 0 where the file could not even be opened."""

    problem: Problem
    line: int
    column: int

    def text(self, label: str) -> str:
        """As people and editors read it: ``file:line:col: path: message; remedy``."""
        place = f"{label}:{self.line}:{self.column}" if self.line else label
        warning = "warning: " if self.problem.severity == "warning" else ""
        # What is wrong with the document as a whole has no path.
        text = str(self.problem) if self.problem.path else str(self.problem).removeprefix(": ")
        return visible(f"{place}: {warning}{text}")


class InvalidFileError(click.ClickException):
    """A file that can't be used, in lines for people, and exit status 2.

    label: how the file is called. mistakes: what is wrong with it, for programs.
    """

    exit_code = 2

    def __init__(self, lines: Iterable[str], label: str = "", mistakes: Iterable[Mistake] = ()) -> None:
        self.lines = tuple(lines)
        self.label = label
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.lines))

    @classmethod
    def of(cls, label: str, *mistakes: Mistake) -> Self:
        """Each mistake on a line of its own."""
        return cls((mistake.text(label) for mistake in mistakes), label, mistakes)

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
        """Problems as people and editors read them, in the order of their places."""
        return [mistake.text(self.label) for mistake in self.mistakes(problems)]

    def mistakes(self, problems: Iterable[Problem]) -> list[Mistake]:
        """Problems at their places, in the order of these."""
        found = [Mistake(problem, *self.position(problem.path)) for problem in problems]
        return sorted(found, key=lambda mistake: (mistake.line, mistake.column))

    def require_valid(self) -> None:
        """Raise InvalidFileError where there are errors; warnings are shown on standard error either way."""
        self.refuse_if(self.problems)

    def refuse_if(self, problems: Iterable[Problem]) -> None:
        """The same for problems that were found elsewhere."""
        found = tuple(problems)
        warned = warnings(found)
        if errors(found):
            raise InvalidFileError.of(self.label, *self.mistakes(warned), *self.mistakes(errors(found)))
        for line in self.lines(warned):
            click.echo(line, err=True)

    def position(self, path: str) -> Position:
        """Where a field stands, or the nearest one around it."""
        return self.document.position(path)


def read_group(path: str) -> GroupFile:
    """The one OptimizationGroup of a file, or of standard input for ``-``.

    Its problems are in the answer; InvalidFileError is raised for what can't be read, and for none or several groups.
    """
    from leadline.api.names import GROUP_KIND
    from leadline.api.yaml_loader import YamlError, load

    label = "<stdin>" if path == STDIN else path
    try:
        documents = load(read_text(path, label))
    except YamlError as error:
        unreadable = Mistake(Problem("", error.message, error.remedy), *error.position)
        raise InvalidFileError.of(label, unreadable) from None
    groups = [known for known in documents if _kind(known.value) == GROUP_KIND]
    if len(documents) == 1:
        groups = list(documents)
    if len(groups) != 1:
        raise InvalidFileError.of(label, _not_one(documents, groups))
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


def read_text(path: str, label: str) -> str:
    """What stands in a file. Raises InvalidFileError where it can't be read or is no text."""
    try:
        data = sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        mistake = Mistake(Problem("", f"can't be read: {reason}"), 0, 0)
        raise InvalidFileError.of(label, mistake) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        mistake = Mistake(Problem("", "is not UTF-8 text", "save it as UTF-8"), line, 1)
        raise InvalidFileError.of(label, mistake) from None


def _kind(value: Any) -> Any:
    return value.get("kind") if isinstance(value, Mapping) else None


def _not_one(documents: tuple[Document, ...], groups: list[Document]) -> Mistake:
    if not documents:
        return Mistake(Problem("", "the file is empty", "see examples/ for what to write"), 1, 1)
    if not groups:
        kinds = ", ".join(sorted({str(_kind(known.value)) for known in documents}))
        return Mistake(Problem("", f"holds no OptimizationGroup, only {kinds}"), 1, 1)
    message = f"holds {len(groups)} OptimizationGroups"
    return Mistake(Problem("", message, "put each into a file of its own"), *groups[1].position(""))
