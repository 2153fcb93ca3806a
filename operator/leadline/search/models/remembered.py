"""What is worked out of a configuration, once: configurations come back in every call, in the same objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np

from leadline.search.interface import Params
from leadline.search.models.columns import Floats
from leadline.search.models.encoding import Encoding

Found = TypeVar("Found")


class Remembered(Generic[Found]):
    """A function of configurations that is asked once for each object."""

    def __init__(self, function: Callable[[Params], Found]) -> None:
        self._function = function
        self._known: dict[int, tuple[Params, Found]] = {}

    def __call__(self, params: Params) -> Found:
        """What the function gives for this configuration."""
        known = self._known.get(id(params))
        if known is None or known[0] is not params:
            known = self._known[id(params)] = (params, self._function(params))
        return known[1]


class Rows:
    """Configurations as rows of their encoding."""

    def __init__(self, encoding: Encoding) -> None:
        self._width = encoding.width
        self._row = Remembered(encoding.encode)

    def __call__(self, many: Sequence[Params]) -> Floats:
        """(n, width)"""
        return np.stack([self._row(params) for params in many]) if many else np.empty((0, self._width))
