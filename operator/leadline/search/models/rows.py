"""Configurations of results as rows of numbers, each encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_

import numpy as np

from leadline.search.interface import Params
from leadline.search.models.columns import Floats
from leadline.search.models.encoding import Encoding, keys
from leadline.search.sampling.remembered import Remembered


class Rows:
    """Configurations as rows of their encoding, and the keys of these. What is asked for is mostly what was asked for
    the last time, in the same objects, and a few more."""

    def __init__(self, encoding: Encoding) -> None:
        self._row = Remembered(encoding.encode)
        self._nothing = np.empty((0, encoding.width))
        self._forget()

    def _forget(self) -> None:
        self._known: list[Params] = []
        self._rows: Floats = self._nothing
        self._keys: set[bytes] = set()

    def __call__(self, many: Sequence[Params]) -> tuple[Floats, set[bytes]]:
        """(n, width), not to be changed; and a set of the caller's own."""
        if len(many) < len(self._known) or not all(map(is_, self._known, many)):
            self._forget()
        new = many[len(self._known) :]
        if new:
            rows = np.array([self._row(params) for params in new])
            self._rows = np.vstack([self._rows, rows])
            self._known.extend(new)
            self._keys.update(keys(rows))
        return self._rows, set(self._keys)
