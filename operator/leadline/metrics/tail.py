"""The last lines of a log, safe to show in a terminal and to store in a status."""

from __future__ import annotations

from typing import Final

MAX_TAIL: Final = 1024
"""Bytes of UTF-8, as a trial's status has room for."""

_KEPT: Final = 4 * MAX_TAIL  # raw bytes: colours and overwritten parts are not shown


class Tail:
    """Keeps the end of a stream."""

    __slots__ = ("_cut", "_kept")

    def __init__(self) -> None:
        self._kept = b""
        self._cut = False

    def feed(self, chunk: bytes) -> None:
        kept = (self._kept + chunk[-_KEPT:])[-_KEPT:]
        self._cut = self._cut or len(self._kept) + len(chunk) > _KEPT
        self._kept = kept

    @property
    def kept(self) -> bytes:
        """The last bytes, from the beginning of a line if there is one among them."""
        if not self._cut:
            return self._kept
        _, newline, rest = self._kept.partition(b"\n")
        return rest if newline and rest else self._kept


def printable(text: str) -> str:
    """``text`` with everything escaped that could steer a terminal or hide: control, format, private characters."""
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character in "\n\t"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def last_bytes(text: str) -> str:
    """The end of ``text`` that fits, in whole lines where one fits, else in whole characters."""
    data = text.encode("utf-8", "replace")
    if len(data) <= MAX_TAIL:
        return text
    end = data[-MAX_TAIL:].decode("utf-8", "ignore")
    _, newline, rest = end.partition("\n")
    return rest if newline and rest else end
