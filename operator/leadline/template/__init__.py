"""Parameter values into a pod template: strict, bounded, pure.

Users write ``{{ name }}`` and small Jinja expressions in the strings of a pod template; this package checks
them before anything runs and fills them in per trial. It knows JSON values and pod templates, and nothing of
the cluster, the search or the clock. The rules for users are in ``docs/templates.md``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from leadline.problems import Problem

LEADLINE_KEYS = ("trial", "group", "namespace", "number", "attempt")


class RenderError(ValueError):
    """A template that can't be filled in: ``path`` in the template, ``message``, ``remedy``."""

    def __init__(self, path: str, message: str, remedy: str = "") -> None:
        super().__init__(str(Problem(path, message, remedy)))
        self.path = path
        self.message = message
        self.remedy = remedy

    @property
    def problem(self) -> Problem:
        return Problem(self.path, self.message, self.remedy)


def text_of(value: Any) -> str:
    """How a value reads inside a string and in ``LEADLINE_PARAM_*``."""
    raise NotImplementedError


def check_template(template: Mapping[str, Any], names: Collection[str]) -> tuple[Problem, ...]:
    """Every mistake that can be seen without values; ``names`` are the params, ``leadline.*`` is always known."""
    raise NotImplementedError


def render(
    template: Mapping[str, Any],
    params: Mapping[str, Any],
    extra: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """A filled-in copy; ``extra`` are names beside the params: ``{"leadline": {"trial": …, "number": …}}``."""
    raise NotImplementedError


def expand(text: str, env: Mapping[str, str]) -> str:
    """``$(NAME)`` as the kubelet expands it in command, args and env values."""
    raise NotImplementedError


def escape(text: str) -> str:
    """``text`` so that the kubelet's expansion gives back exactly ``text`` (for env values and argv we write)."""
    raise NotImplementedError
