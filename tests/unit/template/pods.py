"""Pod templates that show only what a test is about."""

from __future__ import annotations

from typing import Any


def pod(**container: Any) -> dict[str, Any]:
    """A template with one container that has these fields."""
    return {"spec": {"containers": [{"name": "train", "image": "train:1", **container}]}}


def container(template: dict[str, Any]) -> dict[str, Any]:
    """The first container."""
    first: dict[str, Any] = template["spec"]["containers"][0]
    return first
