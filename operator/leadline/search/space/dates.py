"""Dates and moments as people write them: ISO 8601 text, with or without a time zone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from leadline.search.space.fields import Field, Refused, show

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATETIME = re.compile(
    r"\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:?\d{2})?)?", re.ASCII
)


def read_date(field: Field) -> date:
    """A day, ``2019-06-22``. Raises Refused."""
    text = _iso_text(field.raw)
    if text is not None and _DATETIME.fullmatch(text) and not _DATE.fullmatch(text):
        raise Refused(
            field.path, f"{show(text)} has a time of day", "write the date, or use kind: datetimerange"
        )
    if text is not None and _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise Refused(field.path, f"{show(field.raw)} is not a date", "write it like 2019-06-22")


def read_datetime(field: Field) -> datetime:
    """A moment, ``2019-06-22T21:00:00``, with or without ``Z`` or ``+02:00``. Raises Refused."""
    text = _iso_text(field.raw)
    if text is not None and _DATETIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper())
        except ValueError:
            pass
    raise Refused(
        field.path, f"{show(field.raw)} is not a date and time", "write it like 2019-06-22T21:00:00"
    )


def is_zulu(field: Field) -> bool:
    """Whether the time zone was written as Z, and so should stay."""
    text = _iso_text(field.raw)
    return text is not None and text.upper().endswith("Z")


def microseconds(span: timedelta) -> int:
    """A span as a whole number; ``total_seconds`` would round."""
    return span // timedelta(microseconds=1)


def _iso_text(raw: Any) -> str | None:
    # Some YAML readers make a date of an unquoted one.
    return raw.isoformat() if isinstance(raw, date) else raw.strip() if isinstance(raw, str) else None
