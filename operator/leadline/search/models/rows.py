"""Configurations of results as rows of numbers, each encoded once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leadline.search.interface import Params
from leadline.search.models.columns import Floats
from leadline.search.models.encoding import Encoding
from leadline.search.sampling.remembered import Remembered


class Rows:
    """Configurations as rows of their encoding."""

    def __init__(self, encoding: Encoding) -> None:
        self._width = encoding.width
        self._row = Remembered(encoding.encode)

    def __call__(self, many: Sequence[Params]) -> Floats:
        """(n, width)"""
        return np.stack([self._row(params) for params in many]) if many else np.empty((0, self._width))
