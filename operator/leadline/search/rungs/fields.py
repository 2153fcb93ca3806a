"""The fields that hyperband and asha share: what may stand in them, and what a search reads from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite, log
from typing import Any

from leadline.problems import Problem
from leadline.search.algorithms.adaptive import check_metric
from leadline.search.interface import Completed
from leadline.search.rungs.resources import DEFAULT_ETA, Resource, exact, powers_within
from leadline.search.sampling.samplers import DEFAULT_SAMPLER, SAMPLERS
from leadline.search.space.fields import show
from leadline.search.space.kinds import suggestion
from leadline.search.space.lookup import is_number, is_whole
from leadline.search.space.parse import check_names

NEEDED = ("params", "maxIterations", "resource", "metric")
TAKEN = ("eta", "resume", "sampler")

MOST_ITERATIONS = 1_000_000_000
"""Greatest ``maxIterations``: epochs, rows or seconds, whatever is counted."""
MOST_RUNGS = 50
"""Of a bracket; a trial's status has room for the results of twice as many."""
MOST_CONFIGURATIONS = 1_000_000
"""That hyperband's brackets may come to: as many as ``numRuns`` may be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What both read from a matrix without errors. most: the whole resource of a trial."""

    most: int
    eta: Fraction
    resource: Resource
    sampler: str
    maximize: bool

    @classmethod
    def read(cls, matrix: Mapping[str, Any]) -> Settings:
        """With the defaults of what is not given."""
        return cls(
            most=matrix["maxIterations"],
            eta=exact(matrix.get("eta") or DEFAULT_ETA),
            resource=Resource.read(matrix["resource"]),
            sampler=matrix.get("sampler") or DEFAULT_SAMPLER,
            maximize=matrix["metric"]["optimization"] == "maximize",
        )

    def loss(self, result: Completed) -> float | None:
        """A result's value as something to be minimised; None where it can't be compared with others."""
        if result.outcome != "succeeded" or result.value is None or not isfinite(result.value):
            return None
        return -result.value if self.maximize else result.value


def check_fields(matrix: Mapping[str, Any]) -> Iterator[Problem]:
    """Everything wrong with the shared fields; what is missing is told elsewhere."""
    yield from _check_numbers(matrix)
    yield from _check_resource(matrix)
    yield from check_metric(matrix)
    sampler = matrix.get("sampler")
    names = tuple(SAMPLERS)
    if sampler is not None and sampler not in names:
        yield Problem("sampler", f"{show(sampler)} is no sampler", suggestion(sampler, names))
    resume = matrix.get("resume")
    if resume is not None and not isinstance(resume, bool):
        yield Problem("resume", f"resume must be true or false, not {show(resume)}")


def _check_numbers(matrix: Mapping[str, Any]) -> Iterator[Problem]:
    most, eta = matrix.get("maxIterations"), matrix.get("eta")
    if most is not None and not is_whole(most, 1, MOST_ITERATIONS):
        message = f"maxIterations must be a whole number from 1 to {MOST_ITERATIONS}, not {show(most)}"
        yield Problem("maxIterations", message, "it is the resource that the best trials get, e.g. 81 epochs")
        most = None
    if eta is None:
        eta = DEFAULT_ETA
    if not is_number(eta) or not 1 < eta <= MOST_ITERATIONS:
        message = f"eta must be a number greater than 1 and at most {MOST_ITERATIONS}, not {show(eta)}"
        yield Problem("eta", message, "of each rung one in eta goes on: 3 or 4 are usual")
    elif most is not None and _has_too_many_rungs(exact(eta), Fraction(most)):
        message = f"eta {show(eta)} makes more than {MOST_RUNGS} rungs up to {most}"
        yield Problem("eta", message, "3 or 4 are usual")


def _has_too_many_rungs(eta: Fraction, most: Fraction) -> bool:
    # Enough to know, without powers of a thousand digits.
    falls_short = MOST_RUNGS * log(eta) < log(most) * 0.999
    return falls_short or powers_within(eta, most) >= MOST_RUNGS


def _check_resource(matrix: Mapping[str, Any]) -> Iterator[Problem]:
    resource = matrix.get("resource")
    if resource is None:
        return
    example = "write {name: epochs, type: int}"
    if not isinstance(resource, Mapping) or not isinstance(resource.get("name"), str):
        yield Problem("resource", "resource is a map with name and type", example)
        return
    for key in resource:
        if key not in ("name", "type"):
            yield Problem(f"resource.{key}", f"resource has no {key}", suggestion(key, ("name", "type")))
    if resource.get("type") not in ("int", "float"):
        found = "type is missing" if "type" not in resource else f"{show(resource['type'])} is no type"
        yield Problem("resource.type", found, "write int for epochs or steps, float for minutes or shares")
    params = matrix.get("params")
    name = resource["name"]
    known = {str(other).lower(): other for other in params} if isinstance(params, Mapping) else {}
    if name.lower() in known:
        message = f"the resource {name} is also a parameter, {known[name.lower()]}"
        yield Problem("resource.name", message, "the search itself sets it: take it out of params")
    for problem in check_names({name: None}):
        yield problem.under("resource.name")
