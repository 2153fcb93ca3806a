"""From a document to a group: everything that can be wrong with it, found in one place, for bodies and ``check``.

Three layers speak: the schema and its rules (``api``), the search space (``search``), the template (``template``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from leadline.api.group import GroupSpec
from leadline.api.schema import from_dict
from leadline.api.status import GroupStatus
from leadline.api.trial import TrialSpec, TrialStatus
from leadline.api.validate import stored, validate_group
from leadline.metrics import check_patterns
from leadline.problems import Problem, errors
from leadline.reconcile.observed import Group, Trial
from leadline.reconcile.presence import presence_of
from leadline.search import check_groups, check_matrix, check_points
from leadline.template import check_template


def find_problems(document: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> tuple[Problem, ...]:
    """Every mistake and every warning, in the order of the document's layers. ``old``: what an edit starts from."""
    found = list(validate_group(document, old))
    spec = stored(document).get("spec") if isinstance(document, Mapping) else None
    if not isinstance(spec, Mapping):
        return tuple(found)
    matrix = spec.get("matrix")
    if isinstance(matrix, Mapping):
        found += _new(found, (problem.under("spec.matrix") for problem in check_matrix(matrix)))
    template = spec.get("template")
    if isinstance(template, Mapping) and isinstance(matrix, Mapping) and not _has_open_names(matrix):
        names = parameter_names(matrix)
        wrong = check_template(template, names, presence_of(matrix))
        found += _new(found, (problem.under("spec.template") for problem in wrong))
    for more in (_metrics_problems, _checkpoint_problems, _points_problems):
        found += _new(found, more(spec))
    return tuple(found)


def _has_open_names(matrix: Mapping[str, Any]) -> bool:
    """Whether only the trials will show which names there are: a tuner makes them up."""
    return matrix.get("kind") == "iterative" and matrix.get("params") is None


def _new(found: list[Problem], more: Any) -> list[Problem]:
    """Problems at places where nothing was found yet: one mistake is told once, by the layer that knows it best."""
    places = {problem.path for problem in found if problem.severity == "error"}
    return [problem for problem in more if problem.path not in places]


def parameter_names(matrix: Mapping[str, Any]) -> tuple[str, ...]:
    """Names that a template may use: the params and the resource, or the keys of a mapping's values."""
    params, resource = matrix.get("params"), matrix.get("resource")
    if isinstance(params, Mapping):
        known = (resource["name"],) if isinstance(resource, Mapping) and "name" in resource else ()
        return (*(str(name) for name in params), *(str(name) for name in known))
    values = matrix.get("values")
    if isinstance(values, list) and values and isinstance(values[0], Mapping):
        return tuple(str(name) for name in values[0])
    return ()


def _metrics_problems(spec: Mapping[str, Any]) -> list[Problem]:
    metrics = spec.get("metrics")
    if not isinstance(metrics, Mapping):
        return []
    found = []
    patterns = metrics.get("patterns")
    if isinstance(patterns, list) and all(isinstance(pattern, str) for pattern in patterns):
        found += [problem.under("spec.metrics.patterns") for problem in check_patterns(patterns)]
    container = metrics.get("container")
    containers = _container_names(spec.get("template"))
    if isinstance(container, str) and containers and container not in containers:
        message = f"no container is named {container!r}"
        found.append(Problem("spec.metrics.container", message, f"name one of: {', '.join(containers)}"))
    return found


def _points_problems(spec: Mapping[str, Any]) -> list[Problem]:
    matrix, warm = spec.get("matrix"), spec.get("warmStart")
    if not isinstance(matrix, Mapping) or not isinstance(warm, Mapping):
        return []
    points = warm.get("points") or []
    if not isinstance(points, list) or not all(isinstance(point, Mapping) for point in points):
        return []
    found = (*check_groups(matrix, bool(warm.get("groups"))), *check_points(matrix, points))
    return [problem.under("spec.warmStart") for problem in found]


def _checkpoint_problems(spec: Mapping[str, Any]) -> list[Problem]:
    matrix = spec.get("matrix")
    if not isinstance(matrix, Mapping) or matrix.get("resume") is not True:
        return []
    if matrix.get("variant") == "stopping":
        message = (
            "with variant stopping a trial runs on and is never started again: there is nothing to resume"
        )
        return [
            Problem("spec.matrix.resume", message, "leave it out, or choose variant promotion", "warning")
        ]
    if spec.get("checkpoint"):
        return []
    message = "in a cluster each rung begins with an empty disk: there is no checkpoint to go on from"
    remedy = "add spec.checkpoint: {claimName: NAME}; on a laptop there is a folder without it"
    return [Problem("spec.matrix.resume", message, remedy, "warning")]


def _container_names(template: Any) -> list[str]:
    try:
        return [str(container["name"]) for container in template["spec"]["containers"]]
    except (KeyError, TypeError):
        return []


def parse_group(document: Mapping[str, Any]) -> Group:
    """A stored OptimizationGroup; ``spec`` is None where it has errors."""
    metadata = document["metadata"]
    problems = find_problems(document)
    spec = stored(document).get("spec") or {}
    return Group(
        name=metadata["name"],
        namespace=metadata.get("namespace") or "default",
        uid=metadata["uid"],
        generation=metadata.get("generation", 1),
        created=_seconds(metadata.get("creationTimestamp")),
        spec=None if errors(problems) else _in_order(from_dict(GroupSpec, spec)),
        status=from_dict(GroupStatus, document.get("status") or {}),
        problems=problems,
    )


def _in_order(spec: GroupSpec) -> GroupSpec:
    """Parameters by name, as the API server keeps them: a grid then has one order, on a laptop as in a cluster."""
    params = spec.matrix.params
    if params is None:
        return spec
    return replace(spec, matrix=replace(spec.matrix, params=dict(sorted(params.items()))))


def parse_trial(document: Mapping[str, Any]) -> Trial:
    """A stored Trial."""
    spec = from_dict(TrialSpec, document["spec"])
    return Trial(
        number=spec.number,
        uid=document["metadata"]["uid"],
        spec=spec,
        status=from_dict(TrialStatus, document.get("status") or {}),
    )


def _seconds(text: str | None) -> float:
    return datetime.fromisoformat(text).timestamp() if text else 0.0
