"""What is worked out of a configuration, once: those of results come back in every call, in the same objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from leadline.search.interface import Params

Found = TypeVar("Found")


class Remembered(Generic[Found]):
    """A function of configurations that is asked once for each object, which is then kept."""

    def __init__(self, function: Callable[[Params], Found]) -> None:
        self._function = function
        self._known: dict[int, tuple[Params, Found]] = {}

    def __call__(self, params: Params) -> Found:
        """What the function gives for this configuration."""
        known = self._known.get(id(params))
        if known is None or known[0] is not params:
            known = self._known[id(params)] = (params, self._function(params))
        return known[1]
