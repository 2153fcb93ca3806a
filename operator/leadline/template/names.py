"""The names a template may use beside the params."""

from __future__ import annotations

from typing import Any, Final

LEADLINE: Final = "leadline"
"""The one name that every template has, so no param may have it."""

LEADLINE_KEYS: Final = ("trial", "group", "namespace", "number", "attempt")
"""What ``{{ leadline.… }}`` offers: the trial's, group's and namespace's names, the trial's number, its attempt."""

UNUSABLE_NAMES: Final = frozenset({LEADLINE, "true", "false", "none", "True", "False", "None", "not"})
"""Names no param can have: ``{{ none }}`` would be read as the literal, ``{{ not }}`` as the operator."""


def leadline_names(*, trial: str, group: str, namespace: str, number: int, attempt: int) -> dict[str, Any]:
    """The ``extra`` of ``render`` for one attempt of one trial."""
    values = (trial, group, namespace, number, attempt)
    return {LEADLINE: dict(zip(LEADLINE_KEYS, values, strict=True))}
