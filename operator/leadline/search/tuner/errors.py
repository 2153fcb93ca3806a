"""What goes wrong with a tuner. Each is told to people and tried again: a tuner may be put right while its group waits.

TunerError
├── TunerFailedError     it could not be asked: an exception, an exit code, no connection, no time left
├── TunerAnswerError     it was asked, and what it answered can't be used
└── TunerNotFoundError   no plug-in of its name is installed here
"""

from __future__ import annotations

from typing import ClassVar


class TunerError(Exception):
    """No suggestions from a tuner for now; the text is one sentence for people. reason: one CamelCase word."""

    reason: ClassVar[str] = "TunerFailed"


class TunerFailedError(TunerError):
    """It could not be asked."""


class TunerAnswerError(TunerError):
    """What it answered can't be used."""

    reason = "TunerAnswerInvalid"


class TunerNotFoundError(TunerError):
    """There is no such tuner here."""

    reason = "TunerNotFound"
