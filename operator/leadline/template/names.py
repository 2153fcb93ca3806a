"""The names a template may use beside the params."""

from __future__ import annotations

from typing import Final

LEADLINE: Final = "leadline"
"""The one name that every template has, so no param may have it."""

LEADLINE_KEYS: Final = ("trial", "group", "namespace", "number", "attempt")
"""What ``{{ leadline.… }}`` offers: names of trial, group and namespace, the trial's number and its attempt."""

UNUSABLE_NAMES: Final = frozenset({LEADLINE, "true", "false", "none", "True", "False", "None", "not"})
"""Names no param can have: ``{{ none }}`` would be read as the literal, ``{{ not }}`` as the operator."""
