"""What is shown of groups and trials, from the objects as they are stored. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from leadline.cli.output import INACTIVE, cell, span, visible
from leadline.cli.source import Object

WAITING: Final = "Pending"
"""State of what nobody has written a status of yet."""


def name_of(item: Object) -> str:
    """The object's name."""
    return str(item["metadata"]["name"])


def state_of(item: Object) -> str:
    """The object in one word."""
    return str((item.get("status") or {}).get("state") or WAITING)


def seconds_of(text: str | None) -> float | None:
    """A time as Kubernetes writes it, as seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp() if text else None


def age_of(item: Object, now: float) -> str:
    """For how long the object has been there."""
    created = seconds_of(item["metadata"].get("creationTimestamp"))
    return "" if created is None else span(now - created)


def metric_of(group: Object) -> Mapping[str, Any]:
    """What is optimised; empty if nothing is."""
    found: Mapping[str, Any] = group["spec"]["matrix"].get("metric") or {}
    return found


def at_resource(group: Object, best: Mapping[str, Any]) -> str:
    """Where there are rungs, ``at epochs=27``: what the best trial had run on when it came to its value."""
    name, resource = resource_name(group), best.get("resource")
    return "" if name is None or resource is None else f" at {visible(name)}={cell(resource)}"


def outcome_of(group: Object) -> str | None:
    """Succeeded or Failed for a group that has finished, and was not edited since; else None."""
    status = group.get("status") or {}
    known = {condition["type"]: condition for condition in status.get("conditions") or ()}
    finished = known.get("Finished") or {}
    generation = group["metadata"].get("generation", 1)
    if finished.get("status") != "True" or finished.get("observedGeneration", generation) < generation:
        return None
    return "Succeeded" if (known.get("Succeeded") or {}).get("status") == "True" else "Failed"


def group_row(group: Object, now: float) -> dict[str, Any]:
    """A group's columns, the wide ones last."""
    status = group.get("status") or {}
    counts = status.get("counts") or {}
    metric = metric_of(group)
    return {
        "NAME": name_of(group),
        "ALGORITHM": group["spec"]["matrix"].get("kind"),
        "DONE/TOTAL": status.get("progress") or "0/?",
        "RUNNING": counts.get("running", 0),
        "BEST": (status.get("best") or {}).get("value"),
        "STATE": state_of(group),
        "AGE": age_of(group, now),
        "METRIC": metric.get("name"),
        "MESSAGE": status.get("message"),
    }


# --- trials ---


def parameter_names(group: Object, trials: Iterable[Object]) -> list[str]:
    """Names of the parameters: in the order of the group's, then whatever else a trial has."""
    matrix = group["spec"]["matrix"]
    known = [
        *(matrix.get("params") or {}),
        *(name for values in matrix.get("values") or () for name in values),
    ]
    return list(dict.fromkeys([*known, *(name for trial in trials for name in trial["spec"]["params"])]))


def parameter_value(trial: Object, name: str) -> Any:
    """The trial's value of a parameter; a dash where it has none because its condition does not hold."""
    return trial["spec"]["params"].get(name, INACTIVE)


def resource_name(group: Object) -> str | None:
    """What trials are given more of, rung by rung; None where there are no rungs."""
    name: str | None = (group["spec"]["matrix"].get("resource") or {}).get("name")
    return name


def resource_of(trial: Object) -> float | int | None:
    """How far the trial has come: to the rung of its last good result; None where it has none yet."""
    results = (trial.get("status") or {}).get("results") or ()
    good: list[float | int | None] = [
        result.get("resource") for result in results if result.get("outcome") == "succeeded"
    ]
    return good[-1] if good else None


def metric_names(group: Object, trials: Iterable[Object]) -> list[str]:
    """Names of what trials reported beside the objective, whose value has a column of its own."""
    objective = metric_of(group).get("name")
    found = (name for trial in trials for name in (trial.get("status") or {}).get("metrics") or {})
    return [name for name in dict.fromkeys(found) if name != objective]


def value_of(trial: Object) -> float | None:
    """The trial's value of the objective."""
    value: float | None = (trial.get("status") or {}).get("value")
    return value


def metric_value(trial: Object, name: str) -> float | None:
    """The last value of a metric that the trial reported."""
    value: float | None = ((trial.get("status") or {}).get("metrics") or {}).get(name, {}).get("last")
    return value


def duration_of(trial: Object, now: float) -> float | None:
    """Seconds that the last attempt ran, or has run so far."""
    status = trial.get("status") or {}
    started = seconds_of(status.get("startTime"))
    ended = seconds_of(status.get("completionTime"))
    if started is None:
        return None
    if ended is None and state_of(trial) != "Running":
        return None
    return max(0.0, (now if ended is None else ended) - started)


def sorters(group: Object, trials: Sequence[Object], now: float) -> dict[str, Callable[[Object], Any]]:
    """What trials can be sorted by. A name that is both a parameter's and a metric's is the parameter's."""

    def parameter(name: str) -> Callable[[Object], Any]:
        return lambda trial: trial["spec"]["params"].get(name)

    def metric(name: str) -> Callable[[Object], Any]:
        return lambda trial: metric_value(trial, name)

    return {
        **{name: metric(name) for name in metric_names(group, trials)},
        **{name: parameter(name) for name in parameter_names(group, trials)},
        **({} if (resource := resource_name(group)) is None else {resource: resource_of}),
        "value": value_of,
        "number": lambda trial: trial["spec"]["number"],
        "state": state_of,
        "start": lambda trial: seconds_of((trial.get("status") or {}).get("startTime")),
        "duration": lambda trial: duration_of(trial, now),
    }


def in_order(
    trials: Iterable[Object], key: Callable[[Object], Any], descending: bool = False
) -> list[Object]:
    """Trials by a key; those without one come last, equal ones in the order of their numbers."""
    numbered = sorted(trials, key=lambda trial: int(trial["spec"]["number"]))
    with_key = [trial for trial in numbered if key(trial) is not None]
    without = [trial for trial in numbered if key(trial) is None]
    return [*sorted(with_key, key=lambda trial: _rank(key(trial)), reverse=descending), *without]


def best_first(group: Object, trials: Iterable[Object]) -> list[Object]:
    """Trials by value, the best first; then those that run, wait, and ended without one.

    Where there are rungs, those that came further stand before the others, as in the group's status.
    """
    maximize = metric_of(group).get("optimization") != "minimize"
    ordered = in_order(trials, value_of, descending=maximize)
    if resource_name(group) is not None:
        ordered.sort(key=lambda trial: -float(resource_of(trial) or 0))
    order = {"Running": 0, "Paused": 1, WAITING: 2}
    valued = [trial for trial in ordered if value_of(trial) is not None]
    others = [trial for trial in ordered if value_of(trial) is None]
    return [*valued, *sorted(others, key=lambda trial: order.get(state_of(trial), len(order)))]


def _rank(value: Any) -> tuple[int, Any]:
    """Numbers before texts before all else: a parameter may have values of several kinds."""
    if isinstance(value, int | float):
        return (0, math.inf if math.isnan(value) else value)
    return (1, value) if isinstance(value, str) else (2, str(value))
