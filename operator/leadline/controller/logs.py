"""The operator's own log: one JSON object a line, or plain text for people."""

from __future__ import annotations

import logging
import sys

from pythonjsonlogger.json import JsonFormatter


def configure(level: str, style: str) -> None:
    """Log to stderr from ``level`` on, as "json" or "text"."""
    handler = logging.StreamHandler(sys.stderr)
    if style == "json":
        fields = {"asctime": "time", "levelname": "level", "name": "logger"}
        handler.setFormatter(
            JsonFormatter(
                "%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=fields, timestamp=False
            )
        )
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # kopf tells of every object it sees; what matters of it is told by us.
    logging.getLogger("kopf.objects").setLevel(logging.WARNING)
