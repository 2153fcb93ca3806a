"""What there is to tell of one trial, from the objects alone: who suggested it, knowing what, and what became of it.

Facts for programs and sentences for people come from one place, so that they can't differ. Knows no output.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from leadline.cli.output import cell
from leadline.cli.rows import metric_of, name_of, resource_name, state_of
from leadline.cli.source import Object

_KNOWN: Final = ("algorithm", "index", "phase", "bracket", "rung", "resource", "history", "pending")
_UNCERTAIN: Final = ("Pending", "Running", "Paused")


def tell(group: Object, trial: Object, trials: Sequence[Object]) -> dict[str, Any]:
    """The whole story, as JSON. trials: every trial of the group, for its places among them.

    suggestion: what the search said when it proposed the trial, and how many results there were. rungs: one entry for
    each result, with its place among the trials of the bracket. attempts: those that came to nothing. end: why it is
    in its state. sentences: all of it for people, by heading.
    """
    spec, status = trial["spec"], trial.get("status") or {}
    suggestion = {"history": spec.get("history", 0), **(spec.get("origin") or {})}
    rungs = _rungs(group, trial, trials)
    attempts = [dict(lost) for lost in status.get("lostAttempts") or ()]
    found = {
        "trial": name_of(trial),
        "group": name_of(group),
        "number": spec["number"],
        "state": state_of(trial),
        "value": status.get("value"),
        "params": spec["params"],
        "suggestion": suggestion,
        "results": rungs,
        "lostAttempts": attempts,
        "end": {"reason": status.get("reason") or "", "message": status.get("message") or ""},
    }
    return {
        **found,
        "sentences": {
            "suggested": _suggested(group, spec, suggestion),
            "results": _came_to(group, trial, rungs),
            "attempts": _attempts(status, attempts),
            "state": _ended(group, trial),
        },
    }


# --- where it came from ---


def _suggested(group: Object, spec: Mapping[str, Any], suggestion: Mapping[str, Any]) -> list[str]:
    kind = str(suggestion.get("algorithm") or group["spec"]["matrix"].get("kind"))
    said = [_by(kind, spec["number"], suggestion), *_knowing(kind, suggestion)]
    looks = spec.get("rungs") or ()
    if "bracket" in suggestion:
        said.append(_placed(group, looks, suggestion))
    elif looks:
        some = ", ".join(map(cell, looks[:_SHOWN_LOOKS])) + (", …" if len(looks) > _SHOWN_LOOKS else "")
        said.append(f"Early stopping looks at it when it has reported {some} times.")
    if "acquisition" in suggestion:
        said.append(_valued(kind, suggestion))
    others = {name: value for name, value in suggestion.items() if name not in (*_KNOWN, *_TOLD)}
    if others:
        said.append(
            "It also said " + ", ".join(f"{name} {cell(value)}" for name, value in others.items()) + "."
        )
    return said


_SHOWN_LOOKS: Final = 5
_TOLD: Final = (
    *("acquisition", "sampler", "chosen", "method", "point", "generation", "parent", "changed"),
    *("tuner", "iteration"),
)
_BY_INDEX: Final = {
    "grid": "Point {index} of the grid, counted from 0.",
    "random": "Point {index} of random search: seed and number alone decide it, no result does.",
    "sobol": "Point {index} of the Sobol sequence: seed and number alone decide it, no result does.",
    "mapping": "Entry {index} of spec.matrix.values, counted from 0.",
}
_PHASES: Final = {
    "initial": "one of the first trials, which cover the space before a model has enough to learn from",
    "model": "chosen by its model of the results so far",
    "distribution": "drawn from its distribution as it was after generation {generation}",
    "mutation": "a mutation in {changed} of the result in place {parent} among the latest ones",
    "random": "drawn at random",
    "unseen": "drawn at random among what was not tried yet: everything that it would rather have had, it had already",
}


def _by(kind: str, number: int, suggestion: Mapping[str, Any]) -> str:
    chosen = suggestion.get("chosen") or suggestion.get("method")
    name = f"{kind} ({chosen})" if chosen else kind
    index, phase, sampler = (suggestion.get(key) for key in ("index", "phase", "sampler"))
    if phase == "given":
        return (
            f"Point {suggestion.get('point')} of spec.warmStart.points, counted from 0: they are tried first."
        )
    if phase is None and sampler is None and kind in _BY_INDEX:
        place = number if index is None else index
        return _BY_INDEX[kind].format(index=place)
    by = f"Suggested by {name}"
    if tuner := suggestion.get("tuner"):
        by += f": tuner {tuner}"
        if "iteration" in suggestion:
            by += f", round {suggestion['iteration']}"
    if sampler == "random" and phase is None:
        return (
            f"{by}: drawn at random" + ("" if index is None else f", as point {index} of random search") + "."
        )
    if sampler:
        by += f" through sampler {sampler}"
    if phase is None:
        return f"{by}."
    how = _PHASES.get(str(phase))
    if how is None:
        return f"{by}: phase {phase}."
    return f"{by}: {how.format_map(defaultdict(lambda: '?', suggestion))}."


def _knowing(kind: str, suggestion: Mapping[str, Any]) -> list[str]:
    """How much was known: what had ended, and what was still open."""
    history, pending = int(suggestion["history"]), int(suggestion.get("pending") or 0)
    if kind in _BY_INDEX:
        return []
    known = f"It knew {_count(history, 'result')}"
    if pending:
        known += f"; {_count(pending, 'more trial')} had no value yet, or never got one"
    return [known + "."]


def _placed(group: Object, rungs: Sequence[float | int], suggestion: Mapping[str, Any]) -> str:
    resource, given = resource_name(group) or "resource", suggestion.get("resource")
    entered = f"It entered bracket {suggestion['bracket']} at rung {suggestion.get('rung') or 0}"
    if rungs:
        judged = ", ".join(cell(rung) for rung in rungs)
        return f"{entered}, to run up to {resource}={cell(given)} unless it falls behind at {judged}."
    return entered + ("." if given is None else f", with {resource}={cell(given)}.")


def _valued(kind: str, suggestion: Mapping[str, Any]) -> str:
    value = cell(suggestion["acquisition"])
    if "tpe" in (kind, suggestion.get("chosen"), suggestion.get("sampler")):
        return (
            f"Its acquisition value was {value}: the logarithm of how much likelier it is among good results."
        )
    return f"Its acquisition value was {value}, the greatest that was found."


# --- what came of it ---


def _rungs(group: Object, trial: Object, trials: Sequence[Object]) -> list[dict[str, Any]]:
    results = (trial.get("status") or {}).get("results") or ()
    return [{**result, **_place(group, trial, result, trials)} for result in results]


def _place(
    group: Object, trial: Object, result: Mapping[str, Any], trials: Sequence[Object]
) -> dict[str, int]:
    """The result's place among those of its bracket at the same resource, as things stand now."""
    metric = metric_of(group)
    if result.get("value") is None or not metric:
        return {}
    sign = -1 if metric.get("optimization") == "maximize" else 1
    values = [
        (sign * other["value"], item["spec"]["number"])
        for item in trials
        if _bracket(item) == _bracket(trial)
        for other in (item.get("status") or {}).get("results") or ()
        if other.get("resource") == result.get("resource") and other.get("value") is not None
    ]
    mine = (sign * result["value"], trial["spec"]["number"])
    return {"place": 1 + sum(value < mine for value in values), "of": len(values)}


def _bracket(trial: Object) -> Any:
    return (trial["spec"].get("origin") or {}).get("bracket")


def _came_to(group: Object, trial: Object, rungs: Sequence[Mapping[str, Any]]) -> list[str]:
    metric, resource = metric_of(group).get("name"), resource_name(group)
    said = []
    for place, result in enumerate(rungs):
        at = _at(resource, result.get("resource"))
        value = "no value" if result.get("value") is None else f"{metric} {cell(result['value'])}"
        stands = (
            f", place {result['place']} of {result['of']} there by now" if at and "place" in result else ""
        )
        if not at and "place" in result:
            stands = f", place {result['place']} of {result['of']} by now"
        ended = "" if result["outcome"] == "succeeded" else f" and {result['outcome']}"
        order = f"result {result['sequence']} of the search"
        said.append(f"Attempt {result['attempt']} came to {value}{at}{ended}: {order}{stands}.")
        further = rungs[place + 1] if place + 1 < len(rungs) else _next_rung(trial)
        if resource is not None and further is not None and _greater(further, result):
            said.append(_went_on(result, further, resource))
    return said


def _at(resource: str | None, amount: float | int | None) -> str:
    """Where a trial had come to: up to a rung, or to so many reports; empty for its end."""
    if amount is None:
        return ""
    return f" after {_count(int(amount), 'report')}" if resource is None else f" at {resource}={cell(amount)}"


def _greater(later: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    return (later.get("resource") or 0) > (before.get("resource") or 0)


def _went_on(result: Mapping[str, Any], further: Mapping[str, Any], resource: str) -> str:
    where = f"{resource}={cell(further['resource'])}"
    if further["attempt"] == result["attempt"]:
        return f"That was good enough to run on to {where}."
    why = result.get("promoted")
    return (
        f"It was promoted to {where}: {why}."
        if why
        else f"That was among the best: it was promoted to {where}."
    )


def _next_rung(trial: Object) -> Mapping[str, Any] | None:
    """A promotion of which there is no result yet."""
    status = trial.get("status") or {}
    if status.get("resource") is None or state_of(trial) not in _UNCERTAIN:
        return None
    return {"resource": status["resource"], "attempt": status.get("attempt")}


# --- its attempts and its end ---


def _attempts(status: Mapping[str, Any], lost: Sequence[Mapping[str, Any]]) -> list[str]:
    said = [
        f"Attempt {one['attempt']} ended with {one['reason']}"
        + (f": {one['message']}" if one.get("message") else ".")
        for one in lost
    ]
    counted = [
        f"{_count(status[name], noun)} {why}"
        for name, noun, why in (
            ("failures", "failure", "by its own fault"),
            ("disruptions", "disruption", "by the cluster in this rung"),
        )
        if status.get(name)
    ]
    if counted:
        said.append(
            "In all: " + " and ".join(counted) + f"; the last attempt is number {status.get('attempt', 0)}."
        )
    return said


_STATES: Final = {
    "Pending": "It has not started",
    "Running": "It runs",
    "Paused": "It waits at its rung, without a slot, until it is promoted or cannot be any more",
    "Succeeded": "It succeeded",
    "Failed": "It failed",
    "Stopped": "It was stopped",
    "Skipped": "It was deleted, and is not run again",
}
_REASONS: Final = {
    "Completed": "it ran to its end",
    "RungReached": "it reached its rung, and others there were better",
    "StoppedAtRung": "it was not among the best at a rung that it came up to",
    "StoppedEarly": "a rule of spec.matrix.earlyStopping was against going on with it",
    "StoppedByUser": "somebody stopped it, or its group",
}


def _ended(group: Object, trial: Object) -> list[str]:
    status = trial.get("status") or {}
    state, reason, message = state_of(trial), status.get("reason") or "", status.get("message") or ""
    why = message or _REASONS.get(reason, "")
    named = f" ({reason})" if reason else ""
    said = [
        f"{_STATES.get(state, state)}{named}"
        + (f": {why}" if why else "")
        + ("" if why.endswith(".") else ".")
    ]
    if status.get("stopping"):
        said.append(f"It is being stopped: {status['stopping']}.")
    if status.get("notBefore"):
        said.append(f"Its next attempt begins at {status['notBefore']} at the earliest.")
    best = (group.get("status") or {}).get("best") or {}
    if best.get("number") == trial["spec"]["number"]:
        said.append("It is the best trial of the search so far.")
    return said


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
