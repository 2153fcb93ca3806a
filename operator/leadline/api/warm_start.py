"""What a search is told before it begins: points to try first, and results of points that need no trial.

Types and descriptions only; whether a point fits the space is for the search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from leadline.api import names
from leadline.api.fields import Rule, Schema
from leadline.api.rules import cel_list

_WITHOUT: Final = ("mapping", "iterative")


@dataclass(frozen=True, slots=True)
class WarmPoint:
    """One configuration that is known before the search begins."""

    params: Annotated[
        Mapping[str, Any],
        Schema(
            "A value for each parameter that is active in it.",
            min_properties=1,
            max_properties=names.MAX_PARAMETERS,
        ),
    ]
    value: Annotated[
        float | None,
        Schema(
            "Its value of the metric, if it is known: the search learns from it and does not try it again. "
            "Without value the point is one of the first trials."
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class WarmStart:
    """What is known before the search begins."""

    points: Annotated[
        tuple[WarmPoint, ...],
        Schema(
            "Points of the space. Those without a value are the first trials, in this order; those with one are "
            "results for searches that learn.",
            min_items=1,
            max_items=names.MAX_WARM_POINTS,
        ),
    ]


WARM_START_RULE: Final = Rule(
    cel=f"!has(self.warmStart) || !(self.matrix.kind in {cel_list(_WITHOUT)})",
    holds=lambda new, _: "warmStart" not in new or (new.get("matrix") or {}).get("kind") not in _WITHOUT,
    message="this kind takes no warmStart",
    cel_detail="'kind ' + self.matrix.kind + ' takes no warmStart'",
    detail=lambda value: f"kind {value['matrix']['kind']} takes no warmStart",
    remedy="remove it; with mapping list the points first in values",
    field_path=".warmStart",
    reason="Forbidden",
)
"""Kinds without a space of their own have no use for points of it."""
