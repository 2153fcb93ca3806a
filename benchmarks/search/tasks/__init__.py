"""What is searched: spaces and losses of our own making, by formula or from tables of real models.

``ALL`` and ``CURVES`` are there once somebody asks for them: the tables are made by code that imports from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.search.tasks.all import ALL, CURVES

__all__ = ["ALL", "CURVES"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from benchmarks.search.tasks import all as everything

    return getattr(everything, name)
