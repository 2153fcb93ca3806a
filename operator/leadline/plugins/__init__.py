"""Searchers of one's own, found among what is installed: entry points. Reads files, and so is no part of the search.

A distribution offers one so (docs/tuners.md)::

    [project.entry-points."leadline.searchers"]
    halton = "my_package.halton:Halton"
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from leadline.search import Prior, Searcher, make_searcher
from leadline.search.prior import NOTHING_KNOWN
from leadline.search.tuner.errors import TunerFailedError, TunerNotFoundError
from leadline.search.tuner.plugin import Factory

SEARCHERS: Final = "leadline.searchers"
"""Group of the entry points: each names a ``Factory``."""


def make_searcher_here(matrix: Mapping[str, Any], seed: int, *, prior: Prior = NOTHING_KNOWN) -> Searcher:
    """``make_searcher``, which finds what is installed. Raises what it raises."""
    return make_searcher(matrix, seed, find_searcher, prior)


def find_searcher(name: str) -> Factory:
    """The installed searcher of this name. Raises TunerError."""
    found = {known.value: known for known in entry_points(group=SEARCHERS, name=name)}
    if not found:
        names = sorted({known.name for known in entry_points(group=SEARCHERS)})
        others = f"there are: {', '.join(names)}" if names else "there is none at all"
        message = f"no searcher named {name!r} is installed where the search runs; {others}"
        raise TunerNotFoundError(message)
    if len(found) > 1:
        owners = " and ".join(sorted(found))
        raise TunerFailedError(f"two plug-ins call themselves {name!r}: {owners}; uninstall one of them")
    return _load(next(iter(found.values())))


def _load(found: EntryPoint) -> Factory:
    try:
        factory = found.load()
    except Exception as error:
        message = (
            f"the plug-in {found.name!r} can't be loaded from {found.value}: {type(error).__name__}: {error}"
        )
        raise TunerFailedError(message) from error
    if not callable(factory):
        raise TunerFailedError(f"the plug-in {found.name!r} is {found.value}, which can't be called")
    made: Factory = factory
    return made
