"""A stream of bytes into the lines that a reader of a terminal would see, in bounded memory.

Knows line ends, carriage returns, colours and limits; nothing of metrics. The lines depend on the bytes only,
not on how they were cut into chunks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

MAX_LINE: Final = 16 * 1024
"""Bytes of a line that are read; no metric needs more, and a line without end must cost nothing."""

_BLOCK: Final = 64 * 1024  # bytes handled at a time, however large the chunks are
_WINDOW: Final = MAX_LINE // 2  # a longer line fills one of these, wherever it begins

# Colours, cursor movements and window titles (ECMA-48 control sequences and the shorter escapes).
_ESCAPES: Final = re.compile(rb"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?|[0-Z\\^-~])")

_SEPARATOR: Final = re.compile(rb"[\s,;|]")


class LineSplitter:
    """Bytes in, blocks of finished lines out; a block is lines joined by line feeds, without one at its end."""

    __slots__ = ("_rest", "lines_cut")

    def __init__(self) -> None:
        self._rest = b""  # the unfinished line: all of it, or what of it will still count
        self.lines_cut = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The lines that this chunk finishes."""
        for start in range(0, len(chunk), _BLOCK):
            block = chunk[start : start + _BLOCK]
            if self._is_full() and b"\n" not in block and b"\r" not in block:
                continue
            block = self._rest + block
            end = block.rfind(b"\n") + 1
            self._rest = _shortened(block[end:])
            if end:
                yield self._shown(block[: end - 1])

    def close(self) -> Iterator[bytes]:
        """The line that was never finished, if there is one."""
        rest, self._rest = self._rest, b""
        if rest:
            yield self._shown(rest)

    def _is_full(self) -> bool:
        """Whether the part that is being written has reached the cut: what is added to it can't be seen."""
        return len(self._rest) - self._rest.rfind(b"\r") - 1 > MAX_LINE

    def _shown(self, block: bytes) -> bytes:
        windows = range(0, len(block) - _WINDOW + 1, _WINDOW)
        if b"\r" in block or any(block.find(b"\n", start, start + _WINDOW) < 0 for start in windows):
            block = b"\n".join([self._line(line) for line in block.split(b"\n")])
        return _ESCAPES.sub(b"", block) if b"\x1b" in block else block

    def _line(self, line: bytes) -> bytes:
        """What is left to see of a line: the last of its overwritten parts that isn't blank, cut to size."""
        part = _last_part(line)
        if len(part) <= MAX_LINE:
            return part
        self.lines_cut += 1
        part = part[:MAX_LINE]
        # What stands at the cut may be half a number: it goes, back to the last separator.
        ends = [match.start() for match in _SEPARATOR.finditer(part)]
        return part[: ends[-1]] if ends else b""


def _last_part(line: bytes) -> bytes:
    if b"\r" not in line:
        return line
    return next((part for part in reversed(line.split(b"\r")) if part[: MAX_LINE + 1].strip()), b"")


def _shortened(rest: bytes) -> bytes:
    """An unfinished line with nothing more than will count in the end, whatever follows.

    Of a part, ``MAX_LINE`` bytes and whether there are more of them: what is appended later falls behind the
    cut. Of the parts before it, the last that isn't blank.
    """
    if len(rest) <= 2 * MAX_LINE:
        return rest
    before, carriage_return, current = rest.rpartition(b"\r")
    return _last_part(before)[: MAX_LINE + 1] + carriage_return + current[: MAX_LINE + 1]
