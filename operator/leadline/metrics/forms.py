"""Measurements in lines of output: ``name=value``, ``name: value`` and JSON objects.

Knows the forms of ``docs/metrics.md``, nothing of streams and sums. Most of the reader's time is spent here;
so regular expressions search whole blocks, and only lines that may report something are looked at one by one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from leadline.metrics.numbers import NUMBER, finite_step, number_of, step_of
from leadline.metrics.series import Clock, Step

STEP_KINDS: Final = ("epoch", "iteration", "step")
"""Names that say when a measurement was made, coarsest first; capitals don't matter."""

Reports = list[tuple[str, float]]
Line = tuple[Clock | None, Reports]
"""What one line reports: when, and names with their numbers (which may be NaN or infinite)."""

# A name doesn't begin inside a word, a path, a value or an option: "--lr=0.1" is a command line, no report.
_BEFORE: Final = rb"[^\w./@=-]"
_NAME: Final = rb"[A-Za-z_][\w./@-]*+"
_BETWEEN: Final = rb"[\"']?+[ \t]{0,8}+[=:][ \t]{0,8}+[\"']?+"
# After a number: perhaps a percent sign, and nothing that would make it another thing than a number
# ("0,5", "12:30", "1.2.3", "5ms", "1_000").
_AFTER: Final = rb"%?+(?=$|[\s;|)\]}>\"'(]|[.:](?:$|[\s\"')\]}])|,(?![-+.\d]))"
_TOTAL: Final = rb"(/\d++)?+"  # of a step: "3/10"

# A separator and the beginning of a number. Names are neither two digits nor the end of an ISO date, so that
# the times which most logs begin their lines with are no candidates.
_CANDIDATE: Final = re.compile(rb"[=:](?<![^\w./@-]\d\d[=:])(?<!-\d\dT\d\d[=:])[ \t]{0,8}+[\"']?+[-+.\dnNiI]")

_DECODE: Final = json.JSONDecoder().decode  # json.loads() without its choice of options

_MAX_KNOWN: Final = 1000  # names whose text is kept at hand


class Forms:
    """Finds measurements; ``objective`` may be any name, also one that other metrics couldn't have."""

    def __init__(self, objective: str | None) -> None:
        self._kinds = frozenset(kind for kind in STEP_KINDS if objective is None or kind != objective.lower())
        self._names: dict[bytes, tuple[str, str]] = {}
        self._unreadable: re.Pattern[bytes] | None = None
        self.unreadable = 0  # how often the objective was given something that is no number
        name = _NAME
        if objective:
            own = re.escape(objective.encode("utf-8", "replace"))
            name = own + rb"(?![\w./@-])|" + _NAME
            no_number = b"(?!" + NUMBER + _AFTER + rb")(?=[^\s=:\"'])"
            self._unreadable = re.compile(own + b"(?<=" + _BEFORE + own + b")" + _BETWEEN + no_number)
        self._pair = re.compile(
            _BEFORE + b"(" + name + rb")(?<!-\d\dT\d\d)" + _BETWEEN + b"(" + NUMBER + b")" + _TOTAL + _AFTER
        )

    def read(self, block: bytes) -> Iterator[Line]:
        """The measurements of a block of lines, line by line."""
        block = b"\n" + block  # every name has a character before it
        if self._unreadable is not None:
            self.unreadable += len(self._unreadable.findall(block))
        position = 1
        while match := _CANDIDATE.search(block, position):
            start = block.rfind(b"\n", position - 1, match.start()) + 1
            end = block.find(b"\n", match.end())
            end = len(block) if end < 0 else end
            line = self._read_json(block[start:end]) if block[start] in b"{ \t" else None
            yield self._read_pairs(block, start, end) if line is None else line
            position = end + 1

    def _read_json(self, line: bytes) -> Line | None:
        """The measurements of a line that is a JSON object, else None."""
        text = line.strip()
        if not text.startswith(b"{") or not text.endswith(b"}"):
            return None
        try:
            return self.read_object(_DECODE(text.decode("utf-8", "replace")))
        except (ValueError, RecursionError):  # RecursionError: 16 KiB of "["
            return None  # no JSON at all, or as Python prints it: {'loss': 0.2}

    def read_object(self, data: Any) -> Line:
        """The measurements of a JSON object: its own numbers and numeric strings, nothing nested."""
        steps: dict[str, Step] = {}
        reports: Reports = []
        for name, value in data.items() if isinstance(data, dict) else ():
            number = value if type(value) is float else number_of(value)
            if number is None:
                continue
            if (kind := name.lower()) in self._kinds:
                step = finite_step(number)
                if step is not None:
                    steps[kind] = step
            else:
                reports.append((name, number))
        return clock_of(steps), reports

    def _read_pairs(self, block: bytes, start: int, end: int) -> Line:
        reports: Reports = []
        steps: dict[str, Step] = {}
        names = self._names
        for raw, number, total in self._pair.findall(block, start - 1, end):
            name, kind = names.get(raw) or self._known(raw)
            if kind:
                step = step_of(number)
                if step is not None:
                    steps[kind] = step
            elif not total:
                reports.append((name, float(number)))
        return clock_of(steps) if steps else None, reports

    def _known(self, raw: bytes) -> tuple[str, str]:
        """A name as text, and the kind of step it is; kept, since the same few come in every line."""
        name = raw.decode("utf-8", "replace")
        kind = name.lower()
        if len(self._names) >= _MAX_KNOWN:
            self._names.clear()
        self._names[raw] = known = (name, kind if kind in self._kinds else "")
        return known


def clock_of(steps: dict[str, Step]) -> Clock | None:
    """The clock of a line from the steps it names."""
    kinds = tuple(steps)
    if len(kinds) > 1:
        kinds = tuple(kind for kind in STEP_KINDS if kind in steps)
        return kinds, tuple(steps[kind] for kind in kinds)
    return (kinds, tuple(steps.values())) if kinds else None
