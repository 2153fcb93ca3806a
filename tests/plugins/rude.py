"""Searchers that do to their process what no searcher should."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from leadline.search import Space
from plugins.searchers import Staircase


def exits(matrix: Mapping[str, Any], space: Space | None, seed: int) -> Staircase:
    """Means to end its own program."""
    sys.exit(3)


def ends(matrix: Mapping[str, Any], space: Space | None, seed: int) -> Staircase:
    """Takes the process with it, as a fault in a library of C does."""
    os._exit(5)


def hangs(matrix: Mapping[str, Any], space: Space | None, seed: int) -> Staircase:
    """Never comes back."""
    time.sleep(600)
    return Staircase(matrix, space, seed)


def prints(matrix: Mapping[str, Any], space: Space | None, seed: int) -> Staircase:
    """Talks."""
    print("here I am")
    return Staircase(matrix, space, seed)
