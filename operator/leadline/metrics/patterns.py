"""Users' own patterns, run by RE2: in linear time whatever they say.

Python's ``re`` needed 22 seconds for one pattern on 29 characters; RE2 has no backtracking, and its memory and
the size of its programs are bounded here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from leadline.metrics.forms import Line, clock_of
from leadline.metrics.numbers import finite_step, number_of
from leadline.problems import Problem

MAX_PATTERN: Final = 512
"""Bytes of one pattern."""

_MAX_MEMORY: Final = 1024 * 1024  # of one compiled pattern and its cache of states
_MAX_PROGRAM: Final = 2000  # instructions; where groups are captured, time grows with their number
_MAX_MATCHES: Final = 64  # of one pattern in one line

_GROUPS: Final = (
    "use groups (?P<name>…) and (?P<value>…), and (?P<step>…) if there is one, or two plain groups"
)


def check_patterns(patterns: Sequence[str]) -> tuple[Problem, ...]:
    """What is wrong with users' patterns; paths are relative to the list: ``[0]``."""
    problems = (_problem(pattern, f"[{index}]") for index, pattern in enumerate(patterns))
    return tuple(problem for problem in problems if problem is not None)


def _problem(pattern: str, path: str) -> Problem | None:
    try:
        size = len(pattern.encode("utf-8"))
    except UnicodeEncodeError:
        return Problem(path, "the pattern holds half a surrogate pair", "use whole Unicode characters")
    if size > MAX_PATTERN:
        return Problem(
            path, f"a pattern may have {MAX_PATTERN} bytes, this has {size}", "split it into several"
        )
    import re2

    try:
        compiled = _compile(pattern)
    except re2.error as error:
        what = error.args[0]
        what = what.decode("utf-8", "replace") if isinstance(what, bytes) else str(what)
        return Problem(
            path, f"not a valid RE2 pattern: {what}", "RE2 has no look-around and no back-references"
        )
    if compiled.programsize > _MAX_PROGRAM:
        return Problem(
            path, "the pattern is too large when its repetitions are written out", "use * or + instead of {n}"
        )
    if compiled.search(b"") is not None:
        return Problem(
            path, "the pattern matches nothing at all, and so it matches everywhere", "use + instead of *"
        )
    named = set(compiled.groupindex)
    if not named and compiled.groups == 2:
        return None
    if not {"name", "value"} <= named:
        return Problem(path, "the pattern doesn't say which part is the name and which the value", _GROUPS)
    if named - {"name", "value", "step"}:
        return Problem(path, f'there is no group "{min(named - {"name", "value", "step"})}"', _GROUPS)
    return None


def _compile(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.log_errors = False
    return re2.compile(pattern, options)


class Patterns:
    """Finds measurements by users' patterns; ValueError for one that ``check_patterns`` refuses."""

    def __init__(self, patterns: Sequence[str], objective: str | None) -> None:
        problems = check_patterns(patterns)
        if problems:
            raise ValueError(str(problems[0]))
        self._objective = objective
        self.unreadable = 0
        self._compiled = []
        for pattern in patterns:
            compiled = _compile(pattern)
            groups = compiled.groupindex or {"name": 1, "value": 2}
            self._compiled.append((compiled, groups["name"], groups["value"], groups.get("step")))

    def read(self, block: bytes) -> Iterator[Line]:
        """The measurements of a block of lines, each with its own step."""
        for line in filter(None, block.split(b"\n")):
            for compiled, name_group, value_group, step_group in self._compiled:
                for match in islice(compiled.finditer(line), _MAX_MATCHES):
                    name = _text(match.group(name_group))
                    number = number_of(_text(match.group(value_group)))
                    if name and number is not None:
                        step = finite_step(number_of(_text(match.group(step_group)))) if step_group else None
                        yield clock_of({} if step is None else {"step": step}), [(name, number)]
                    elif name == self._objective:
                        self.unreadable += 1


def _text(group: bytes | None) -> str:
    return (group or b"").decode("utf-8", "replace").strip()
