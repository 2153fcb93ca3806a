"""What one attempt has printed, read piece by piece while it runs and to its end afterwards, in bounded memory.

May be called from any thread, one call at a time; knows files and the metrics in them, nothing of trials.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from leadline.local.process import Files
from leadline.metrics import LogReader, Milestones, Summary, combine, parse_termination_message

CHUNK = 1 << 20
"""Bytes that are read at once."""
FOLLOWED = 4 << 20
"""Bytes that one look at a running trial reads at most: the rest comes with the next one, or at the end."""


class Output:
    """The log and the termination message of one attempt."""

    def __init__(
        self,
        files: Files,
        patterns: Sequence[str] = (),
        objective: str | None = None,
        milestones: Milestones | None = None,
    ) -> None:
        self.files = files
        self._reader = LogReader(patterns, objective, milestones)
        self._offset = 0
        self._lock = Lock()

    @property
    def reached(self) -> int:
        """How many milestones were in the log when it was last looked at."""
        return self._reader.reached

    def follow(self) -> Summary:
        """What the log says so far."""
        with self._lock:
            self._read(FOLLOWED)
            return self._reader.summary

    def finish(self) -> tuple[Summary, str]:
        """What the whole output says, and its last lines. To be called once, when nothing writes any more."""
        with self._lock:
            self._read(None)
            self._reader.close()
            message = self.files.termination_message()
            said = parse_termination_message(message) if message else None
            return combine(self._reader.summary, said), self._reader.tail

    def _read(self, limit: int | None) -> None:
        left = limit
        while left is None or left > 0:
            chunk = self.files.read_log(self._offset, CHUNK)
            if not chunk:
                return
            self._reader.feed(chunk)
            self._offset += len(chunk)
            left = None if left is None else left - len(chunk)
