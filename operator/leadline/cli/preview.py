"""What a valid file would do: its space counted, its parameters spelt out, its first trial rendered. Pure."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any, Final

from leadline.api.matrix import Metric
from leadline.api.metadata import object_name
from leadline.api.schema import to_dict
from leadline.api.trial import TrialStatus
from leadline.api.tuner import Tuner
from leadline.api.validate import stored
from leadline.modelling import try_apart
from leadline.plugins import find_rule, make_searcher_here
from leadline.problems import Problem
from leadline.reconcile.manifest import Manifest, build_job, trial_spec
from leadline.reconcile.observed import Group, Trial
from leadline.reconcile.parse import parse_group
from leadline.reconcile.rounds import has_rounds
from leadline.reconcile.sample import middle
from leadline.reconcile.warm import prior_of
from leadline.search import (
    Bracket,
    Choice,
    New,
    Space,
    chosen,
    parse_space,
    planned_brackets,
    total_trials,
)
from leadline.search.errors import ExtensionError
from leadline.search.rungs.brackets import count_starts
from leadline.search.space.parameters import DESCRIBED_VALUES
from leadline.search.stopping.custom import CustomRule
from leadline.search.stopping.fields import FIELD as EARLY_STOPPING
from leadline.search.stopping.fields import looks_of, read_rules
from leadline.template import RenderError

NO_UID: Final = "00000000-0000-0000-0000-000000000000"
"""Stands for the uids that the API server will give."""


PLUGIN_LIMIT: Final = 20.0
"""Seconds that a searcher of the user's own may take for its first suggestion."""


class PreviewError(Exception):
    """The first trial can't be rendered: the fault shows only when the values are put in."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Preview:
    """A search before it has begun.

    space: None for a mapping, whose points are listed in the file, and where a tuner makes up parameters.
    size: number of points, None if continuous. trials: planned number, None if open. seed: None where it will be drawn.
    job: of the first trial, None where nobody here knows its parameters. brackets: of a search by rungs.
    chosen: the kind that auto leaves the search to.
    resource: what its rungs count. tuner: the user's own, in words. stopping: rules that end trials early, likewise.
    warnings: of these, what can't be used here.
    """

    name: str
    algorithm: str
    metric: Metric | None
    seed: int | None
    space: Space | None
    size: int | None
    trials: int | None
    concurrency: int
    params: Mapping[str, Mapping[str, Any]]
    job: Manifest | None
    brackets: Sequence[Bracket] = ()
    chosen: Choice | None = None
    resource: str = ""
    tuner: str = ""
    stopping: Sequence[str] = ()
    warnings: Sequence[Problem] = ()

    @property
    def starts(self) -> int | None:
        """First attempts of every rung; None where that is not known before, or where there are no rungs."""
        return count_starts(self.brackets) or None

    def to_dict(self, warnings: list[dict[str, Any]]) -> dict[str, Any]:
        """As ``check -o json`` prints it."""
        return {
            "algorithm": self.algorithm,
            "space": {"size": self.size},
            "trials": self.trials,
            **self._rungs(),
            "concurrency": self.concurrency,
            **({"tuner": self.tuner} if self.tuner else {}),
            **({"earlyStopping": list(self.stopping)} if self.stopping else {}),
            **({"chosen": asdict(self.chosen)} if self.chosen is not None else {}),
            "params": self.params,
            "warnings": warnings,
            "example": self.job,
        }

    def _rungs(self) -> dict[str, Any]:
        if not self.brackets:
            return {}
        brackets = [
            {
                "bracket": bracket.s,
                "rungs": [
                    {"trials": size, "resource": amount}
                    for size, amount in zip_longest(bracket.sizes, bracket.amounts)
                ],
            }
            for bracket in self.brackets
        ]
        return {"starts": self.starts, "brackets": brackets}


def preview(document: Mapping[str, Any]) -> Preview:
    """What a document without errors would do. Raises PreviewError."""
    group = read_document(document)
    assert group.spec is not None
    matrix = to_dict(group.spec.matrix)
    values = group.spec.matrix.values
    space = parse_space(matrix["params"])[0] if "params" in matrix else None
    first, lacking = _first_params(group, matrix)
    stopping, without = _stopping(matrix)
    return Preview(
        name=group.name,
        algorithm=group.spec.matrix.kind,
        metric=group.spec.matrix.metric,
        seed=group.spec.matrix.seed,
        space=space,
        size=len(values) if values is not None else space.size if space is not None else None,
        trials=total_trials(matrix),
        concurrency=group.spec.matrix.concurrency,
        params=_listed(values) if values is not None else _described(space),
        job=_job(group, first) if first is not None else None,
        brackets=planned_brackets(matrix),
        chosen=chosen(matrix),
        resource=group.spec.matrix.resource.name if group.spec.matrix.resource is not None else "",
        tuner=_tuner(group.spec.matrix.tuner),
        stopping=stopping,
        warnings=(*lacking, *without),
    )


def read_document(document: Mapping[str, Any], uid: str = NO_UID) -> Group:
    """A file's document as the group it would become, with defaults filled in, created at the epoch."""
    kept = stored(document)
    metadata = {**kept["metadata"], "name": object_name(kept["metadata"]), "uid": uid}
    return parse_group({**kept, "metadata": {**metadata, "creationTimestamp": None}, "status": None})


def _tuner(tuner: Tuner | None) -> str:
    """Who suggests the trials, in words."""
    if tuner is None:
        return ""
    if tuner.http is not None:
        return f"POST {tuner.http.url}, once for each round"
    if tuner.container is not None:
        return f"container of {tuner.container.image}, once for each round"
    return f"entry point {tuner.entry_point}, whenever a trial may start"


def _stopping(matrix: Mapping[str, Any]) -> tuple[list[str], list[Problem]]:
    """The rules that end trials early, each with when it looks at one; and which of them are not to be had here."""
    found, lacking = [], []
    for place, fields in enumerate(read_rules(matrix)):
        first, *more = looks_of([fields])
        words = f"rule {fields.name}, after {first} report{'' if first == 1 else 's'} of a trial"
        words += f" and every {fields.interval} more, {1 + len(more)} times at most"
        try:
            with redirect_stdout(sys.stderr):  # what it prints is no part of ours
                CustomRule(find_rule, fields, matrix)
        except ExtensionError as error:
            lacking.append(_lacking(f"{EARLY_STOPPING}[{place}].entryPoint", error))
        found.append(words)
    return found, lacking


def _lacking(field: str, error: ExtensionError) -> Problem:
    """What of the user's own can't be used here."""
    remedy = "install it where the search runs: on a laptop here, for a cluster in the operator's image"
    return Problem(f"spec.matrix.{field}", f"{error} (as seen on this machine)", remedy, "warning")


def _first_params(group: Group, matrix: Mapping[str, Any]) -> tuple[New | None, list[Problem]]:
    """What trial 0 will be, with the file's seed or one drawn by chance; and what keeps the tuner from saying so here.

    Then the middle of the space stands in for what it would suggest.
    """
    assert group.spec is not None
    seed, tuner = group.spec.matrix.seed, group.spec.matrix.tuner
    if has_rounds(group.spec.matrix):
        return middle(group), []
    try:
        prior = prior_of(group.spec, group.status)
        # Rules have nothing to say before a trial has reported, and may be installed only where the search runs.
        alone = {name: value for name, value in matrix.items() if name != EARLY_STOPPING}
        begun = 0 if seed is None else seed
        if tuner is not None:
            answer = try_apart(alone, begun, prior, PLUGIN_LIMIT)
        else:
            answer = make_searcher_here(alone, begun, prior=prior).suggest([0])
    except ExtensionError as error:
        return middle(group), [_lacking("tuner.entryPoint", error)]
    return next((known for known in answer.suggestions if isinstance(known, New)), None), []


def _job(group: Group, new: New) -> Manifest:
    """The Job of trial 0."""
    assert group.spec is not None
    trial = Trial(0, NO_UID, trial_spec(0, new, 0), TrialStatus())
    try:
        return build_job(group, group.spec, trial, 1)
    except RenderError as error:
        values = ", ".join(f"{name}={value}" for name, value in new.params.items())
        problem = error.problem.under("spec.template")
        message = f"{problem.message} (in the first trial: {values})"
        raise PreviewError(Problem(problem.path, message, problem.remedy)) from None


def _described(space: Space | None) -> dict[str, Any]:
    parameters = {} if space is None else space.parameters
    return {
        name: {**parameter.describe(), **_when(space, name)}
        for name, parameter in parameters.items()
        if space is not None
    }


def _when(space: Space, name: str) -> dict[str, Any]:
    """The condition, if the parameter has one, as it is written: values by the names above it."""
    condition = space.conditions.get(name)
    if condition is None:
        return {}
    return {
        "when": {
            parent: [(space.parameters[parent].values or ())[index] for index in sorted(wanted)]
            for parent, wanted in condition.parents.items()
        }
    }


def _listed(values: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    """The different values of each name of a mapping, in the order of its trials."""
    listed: dict[str, dict[str, Any]] = {name: {} for name in values[0]}
    for configuration in values:
        for name, value in configuration.items():
            # By its JSON: 1, 1.0 and true are equal to Python, and lists are not hashable.
            listed[name].setdefault(json.dumps(value, sort_keys=True), value)
    return {
        name: {"kind": "mapping", "values": list(found.values())[:DESCRIBED_VALUES]}
        for name, found in listed.items()
    }
