"""Where in a template a string stands, and so whether its value keeps its type there.

A string that is one whole expression keeps the value's type, except where Kubernetes wants text. At a place
the table doesn't know the value keeps its type: ``{{ x | string }}`` then makes text of it, whereas a number
turned into text could not be turned back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from leadline.template.expansion import escape
from leadline.template.pod_fields import EXPANDED, POD_TEMPLATE, TEXT, fields
from leadline.template.text import text_of

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Place:
    """One node of the template: its path as the API server writes it, and its shape in the table ("" if none)."""

    path: str = ""
    shape: str = POD_TEMPLATE

    def key(self, key: str) -> Place:
        """The value under ``key``."""
        step = key if _PLAIN_KEY.fullmatch(key) else f"[{key}]"
        dot = "." if self.path and step == key else ""
        return Place(f"{self.path}{dot}{step}", _under(self.shape, key))

    def item(self, index: int) -> Place:
        """The item at ``index``."""
        return Place(f"{self.path}[{index}]", _items(self.shape))

    @property
    def is_text(self) -> bool:
        """Kubernetes wants text here."""
        return self.shape in (TEXT, EXPANDED)

    @property
    def is_expanded(self) -> bool:
        """The kubelet replaces ``$(VAR)`` here."""
        return self.shape == EXPANDED


def _under(shape: str, key: str) -> str:
    return shape[2:] if shape.startswith("{}") else fields().get(shape, {}).get(key, "")


def _items(shape: str) -> str:
    return shape[2:] if shape.startswith("[]") else ""


def fit(value: Any, place: Place) -> Any:
    """A copy of ``value`` as ``place`` wants it: text where Kubernetes wants text, also inside lists and maps."""
    if place.is_text:
        text = text_of(value)
        return escape(text) if place.is_expanded else text
    if isinstance(value, list):
        return [fit(item, place.item(index)) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: fit(item, place.key(key)) for key, item in value.items()}
    return value
