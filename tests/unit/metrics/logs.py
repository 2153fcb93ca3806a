"""Logs in short, for tests that show only what they are about."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.metrics import LogReader, Series, Summary


def read(log: str | bytes, *, patterns: Sequence[str] = (), objective: str | None = "acc") -> Summary:
    """The summary of a whole log."""
    reader = LogReader(patterns, objective)
    reader.feed(log.encode() if isinstance(log, str) else log)
    reader.close()
    return reader.summary


def series(log: str | bytes, name: str = "acc", *, patterns: Sequence[str] = ()) -> Series:
    """What is kept of the objective ``name``."""
    return read(log, patterns=patterns, objective=name).metrics.get(name, Series())
