"""What a search is told before it begins: points to try first, and results of points that need no trial.

Types and descriptions only; whether a point fits the space is for the search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

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
        tuple[WarmPoint, ...] | None,
        Schema(
            "Points of the space. Those without a value are the first trials, in this order; those with one are "
            "results for searches that learn.",
            min_items=1,
            max_items=names.MAX_WARM_POINTS,
        ),
    ] = None
    groups: Annotated[
        tuple[Annotated[str, Schema(min_length=1, max_length=names.MAX_GROUP_NAME)], ...] | None,
        Schema(
            "Earlier groups of the same namespace: what their trials came to by the time this group begins, as far as "
            "it fits, is told to searches that learn.",
            min_items=1,
            max_items=names.MAX_WARM_GROUPS,
        ),
    ] = None

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="has(self.groups) || has(self.points)",
            holds=lambda new, _: "groups" in new or "points" in new,
            message="nothing is named",
            remedy="write groups: [NAME], or points: [{params: {…}}]",
            field_path="",
        ),
    )


@dataclass(frozen=True, slots=True)
class WarmResult:
    """One result of an earlier group."""

    params: Annotated[
        Mapping[str, Any],
        Schema("The parameters and their values.", max_properties=names.MAX_PARAMETERS),
    ]
    value: Annotated[float | None, Schema("The value of the metric; none if the trial failed.")] = None
    resource: Annotated[float | int | None, Schema("What it was given to run on, such as epochs.")] = None


@dataclass(frozen=True, slots=True)
class WarmStatus:
    """What earlier groups had to say when the search began; it stays as it is, whatever becomes of them."""

    taken: Annotated[int, Schema("Results that are told to the search.", minimum=0, always=True)] = 0
    left_out: Annotated[int, Schema("Results, and groups, that are not.", minimum=0, always=True)] = 0
    message: Annotated[
        str, Schema("How many were taken over, and why the others were not.", max_length=names.MAX_MESSAGE)
    ] = ""
    results: Annotated[
        tuple[WarmResult, ...], Schema("Those that were taken over.", max_items=names.MAX_WARM_RESULTS)
    ] = ()


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
