"""A list of configurations written out by hand, in their order, repeats included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from leadline.problems import Problem
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.algorithms.budget import planned
from leadline.search.algorithms.indexed import Indexed
from leadline.search.interface import New, Searcher
from leadline.search.space.choices import check_json
from leadline.search.space.fields import Refused, show
from leadline.search.space.parse import check_names
from leadline.search.space.space import Space


def check(matrix: Matrix, space: Space | None) -> Iterator[Problem]:
    """Every configuration is a map with the same names: a template needs each of them in every trial."""
    values = matrix.get("values")
    if values is None:
        return
    if not isinstance(values, list):
        yield Problem("values", "values must be a list of maps", "write one map of names to values per trial")
        return
    if not values:
        yield Problem("values", "values is empty", "give at least one map of names to values")
    names: set[Any] | None = None
    for i, value in enumerate(values):
        path = f"values[{i}]"
        if not isinstance(value, Mapping) or not value:
            yield Problem(path, f"{show(value)} is not a map of names to values", "write {name: value, …}")
            continue
        yield from _check_values(path, value)
        if names is None:
            names = set(value)
            yield from (problem.under(path) for problem in check_names(value))
        elif set(value) != names:
            yield _different(path, names, set(value))


def _check_values(path: str, value: Mapping[Any, Any]) -> Iterator[Problem]:
    for name, item in value.items():
        try:
            check_json(f"{path}.{name}", item)
        except Refused as refused:
            yield refused.problem


def _different(path: str, expected: set[Any], found: set[Any]) -> Problem:
    missing = ", ".join(sorted(map(str, expected - found)))
    extra = ", ".join(sorted(map(str, found - expected)))
    parts = [f"lacks {missing}" if missing else "", f"has {extra} besides" if extra else ""]
    said = " and ".join(part for part in parts if part)
    return Problem(path, f"the names differ from those before: it {said}", "give every map the same names")


def total(matrix: Matrix, space: Space | None) -> int | None:
    """``numRuns`` keeps the first ones."""
    return planned(matrix.get("numRuns"), len(matrix["values"]))


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """The seed changes nothing."""
    values = deepcopy(matrix["values"])

    def suggestion(number: int) -> New:
        return New(deepcopy(values[number]), origin={"algorithm": "mapping", "index": number})

    return Indexed(matrix, len(values), suggestion)


MAPPING = Algorithm("mapping", needs=("values",), takes=("numRuns",), check=check, total=total, build=build)
