"""Takes the timestamps off a container's log, and leaves out what was handed over before a break.

Pure: bytes in, bytes out, with a few dozen bytes remembered whatever the log holds. The kubelet puts one
timestamp of nanoseconds before each line, however long, and reads the lines of one file in one order.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_STAMP: Final = re.compile(rb"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d) ", re.MULTILINE)
_LONGEST: Final = len("2006-01-02T15:04:05.000000000+07:00 ")
_ALL: Final = 1 << 62  # more bytes than any line has


class StampedLines:
    """One log, read in one or more streams of `timestamps=true`.

    `restart()` before each stream, `since` to ask for it, `take()` for each chunk. What comes out is the log as
    the container printed it, each byte once. Lines without a timestamp (words of the kubelet's own) pass as
    they are. Where a node's clock was set back, lines may come twice, or not at all, after a break.
    """

    def __init__(self) -> None:
        # The place up to which all was handed over: so many lines were begun with this stamp, and of the last
        # of them, if its end has not come yet, so many bytes were handed over.
        self._stamp = b""
        self._lines = 0
        self._open: int | None = None
        # Where the current stream is.
        self._head = b""  # the beginning of a line, too short to tell its stamp
        self._is_inside = False  # a line was begun and its end has not come
        self._drop = 0  # bytes of it still to be left out
        self._again: int | None = None  # lines of the last stamp met, while catching up; None otherwise

    @property
    def since(self) -> str:
        """The time to ask the next stream from, in whole seconds, which is all the API server keeps; or empty."""
        return _seconds(self._stamp).strftime("%Y-%m-%dT%H:%M:%SZ") if self._stamp else ""

    @property
    def has_caught_up(self) -> bool:
        """Whether this stream has come to where the last one ended: if not, it broke or the place is gone."""
        if self._again is None:
            return self._drop == 0
        return self._again >= self._lines and not self._is_inside

    def restart(self) -> None:
        """A new stream begins, at `since` or before."""
        self._head = b""
        self._is_inside = False
        self._drop = 0
        self._again = 0 if self._stamp else None

    def take(self, chunk: bytes) -> bytes:
        """The next bytes of the stream; returns those of the log that were not handed over before."""
        data = self._head + chunk
        self._head = b""
        out: list[bytes] = []
        position = self._go_on(data, out) if self._is_inside else 0
        while position < len(data):
            if self._again is None:
                position = self._take_whole_lines(data, position, out)
            if position < len(data):
                position = self._begin_line(data, position, out)
        return b"".join(out)

    def _take_whole_lines(self, data: bytes, position: int, out: list[bytes]) -> int:
        """Take all complete lines at once: the usual case, and the only one that must be fast."""
        end = data.rfind(b"\n", position) + 1
        if end <= position:
            return position
        block = data[position:end]
        out.append(_STAMP.sub(b"", block))
        last = block.rfind(b"\n", 0, -1) + 1
        if found := _STAMP.match(block, last):
            self._note_last(block, last, found[0])
        return end

    def _note_last(self, block: bytes, last: int, stamp: bytes) -> None:
        """Remember the last line's stamp, and how many lines before it have the same (a coarse clock)."""
        count = 1
        while last > 0:
            last = block.rfind(b"\n", 0, last - 1) + 1
            if not block.startswith(stamp, last):
                break
            count += 1
        else:  # the whole block has one stamp: lines before it may have, too
            count += self._lines if stamp == self._stamp else 0
        self._stamp, self._lines, self._open = stamp, count, None

    def _begin_line(self, data: bytes, position: int, out: list[bytes]) -> int:
        """Begin one line: an unfinished one at the end of a chunk, or any while catching up."""
        found = _STAMP.match(data, position)
        if found is None and len(data) - position < _LONGEST and b"\n" not in data[position:]:
            self._head = data[position:]
            return len(data)
        self._is_inside = True
        self._drop = 0
        if found is not None:
            self._place(found[0], out)
            position = found.end()
        elif self._again is not None:
            self._drop = _ALL
        else:
            self._open = None
        return self._go_on(data, out, position)

    def _place(self, stamp: bytes, out: list[bytes]) -> None:
        """Decide how much of the line that begins with `stamp` was handed over before."""
        if self._again is None:
            self._lines = self._lines + 1 if stamp == self._stamp else 1
            self._stamp, self._open = stamp, 0
            return
        this, last = _moment(stamp), _moment(self._stamp)
        if this == last:
            self._again += 1
        if this < last or (this == last and self._again < self._lines):
            self._drop = _ALL
        elif this == last and self._again == self._lines:
            self._drop = _ALL if self._open is None else self._open
            if self._open is not None:
                self._again = None
        else:
            if self._open is not None:
                out.append(b"\n")  # the rest of the line that was cut off is lost: it was rotated away
            self._again = None
            self._place(stamp, out)

    def _go_on(self, data: bytes, out: list[bytes], position: int = 0) -> int:
        """Go on with the line that was begun, up to its end or the data's; returns where that is."""
        newline = data.find(b"\n", position)
        end = newline + 1 if newline >= 0 else len(data)
        dropped = min(self._drop, end - position)
        self._drop -= dropped
        if position + dropped < end:
            out.append(data[position + dropped : end])
            if self._open is not None:
                self._open += end - position - dropped
        if newline >= 0:
            self._is_inside = False
            if self._again is None:
                self._open = None
        return end


def _seconds(stamp: bytes) -> datetime:
    text = stamp.decode().rstrip()
    zone = text[19:].lstrip(".0123456789")
    return datetime.fromisoformat(text[:19] + zone).astimezone(UTC)


def _moment(stamp: bytes) -> tuple[datetime, str]:
    """A timestamp as something to compare, to the nanosecond."""
    found = _STAMP.match(stamp)
    fraction = (found[1] or b".").decode()[1:] if found else ""
    return _seconds(stamp), fraction.ljust(9, "0")
