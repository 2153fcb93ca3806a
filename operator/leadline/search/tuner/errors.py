"""What goes wrong with a tuner. Each is told to people and tried again: a tuner may be put right while its group waits.

TunerError
├── TunerFailedError     it could not be asked: an exception, an exit code, no connection, no time left
├── TunerAnswerError     it was asked, and what it answered can't be used
└── TunerNotFoundError   no plug-in of its name is installed here
"""

from __future__ import annotations

from leadline.search.errors import ExtensionError


class TunerError(ExtensionError):
    """No suggestions from a tuner for now."""

    reason = "TunerFailed"


class TunerFailedError(TunerError):
    """It could not be asked."""


class TunerAnswerError(TunerError):
    """What it answered can't be used."""

    reason = "TunerAnswerInvalid"


class TunerNotFoundError(TunerError):
    """There is no such tuner here."""

    reason = "TunerNotFound"
