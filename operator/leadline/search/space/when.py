"""Reading ``when``: from names and values as a person wrote them to conditions, or to what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from leadline.problems import Problem, errors
from leadline.search.space.conditions import Condition, demands, find_cycle, parents_first
from leadline.search.space.fields import show
from leadline.search.space.kinds import meant, suggestion
from leadline.search.space.parameters import Finite, Parameter

_SHOWN_VALUES = 8
_LONGEST = 60


def parse_conditions(
    params: Mapping[Any, Any], parameters: Mapping[str, Parameter]
) -> tuple[dict[str, Condition], tuple[Problem, ...]]:
    """Every condition that can be used, and every problem; paths relative to ``params``.

    params: as they were written. parameters: those of them that are good.
    """
    conditions: dict[str, Condition] = {}
    problems: list[Problem] = []
    for name, raw in params.items():
        if not isinstance(raw, Mapping) or "when" not in raw:
            continue
        parents, found = _parents(name, raw["when"], params, parameters)
        problems.extend(problem.under(f"{name}.when") for problem in found)
        if not errors(found) and name in parameters:
            conditions[name] = Condition(parents)
    if cycle := find_cycle(conditions):
        problems.append(_circle(cycle))
    elif not errors(problems):
        problems.extend(chain(_never_active(parameters, conditions), _always(parameters, conditions)))
    return conditions, tuple(problems)


def _parents(
    name: Any, when: Any, params: Mapping[Any, Any], parameters: Mapping[str, Parameter]
) -> tuple[dict[str, frozenset[int]], list[Problem]]:
    """What one ``when`` asks for; paths relative to it. Parents that are themselves no good are left out."""
    if not isinstance(when, Mapping):
        message = f"when must be a map of parameters to lists of their values, not {show(when)}"
        return {}, [Problem("", message, "write when: {parameter: [value, …]}")]
    if not when:
        return {}, [Problem("", "when is empty", "name a parameter and its values, or leave when out")]
    parents: dict[str, frozenset[int]] = {}
    problems: list[Problem] = []
    for parent, values in when.items():
        found: list[Problem] = []
        if parent == name:
            found = [Problem("", f"{name} can't depend on itself", "name another parameter")]
        elif parent not in params:
            others = tuple(str(other) for other in params if other != name)
            remedy = suggestion(parent, others) if others else "leave when out"
            found = [Problem("", f"there is no parameter {parent}", remedy)]
        elif parent in parameters:
            parents[parent], found = _wanted(parent, values, parameters[parent])
        problems.extend(problem.under(str(parent)) for problem in found)
    return parents, problems


def _wanted(parent: str, values: Any, parameter: Parameter) -> tuple[frozenset[int], list[Problem]]:
    """The indices of a parent's values that are listed; paths relative to the list."""
    if not isinstance(parameter, Finite):
        message = f"{parent} is continuous (kind {parameter.kind}): it has no single values to ask for"
        return frozenset(), [Problem("", message, "give it a kind with values, such as choice or linspace")]
    if not isinstance(values, list):
        remedy = "" if isinstance(values, Mapping) else f"write [{_text(values)}]"
        return frozenset(), [Problem("", f"the values of {parent} must be a list", remedy)]
    if not values:
        return frozenset(), [Problem("", "no value is listed", f"list values of {parent}")]
    first: dict[int, int] = {}
    problems: list[Problem] = []
    for i, value in enumerate(values):
        index = parameter.index_of(value)
        if index is None:
            message = f"{_text(value)} is not a value of {parent}"
            problems.append(Problem(f"[{i}]", message, values_of(parameter, value)))
        elif index in first:
            message = f"{_text(value)} stands at [{first[index]}] already; it counts once"
            problems.append(Problem(f"[{i}]", message, severity="warning"))
        else:
            first[index] = i
    return frozenset(first), problems


def values_of(parameter: Finite, value: Any) -> str:
    """What to write instead of a value that it can't have: the one that was meant, or those that there are."""
    if isinstance(parameter.values, list) and (
        question := meant(value, [other for other in parameter.values if isinstance(other, str)])
    ):
        return question
    shown = [_text(other) for other in parameter.values[:_SHOWN_VALUES]]
    if parameter.size > _SHOWN_VALUES:
        shown[-2:] = ["…", _text(parameter.values[-1])]
    return f"its values are {', '.join(shown)}"


def _text(value: Any) -> str:
    """A value as JSON: here 1, 1.0 and "1" differ."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _circle(cycle: tuple[str, ...]) -> Problem:
    first = cycle.index(min(cycle))  # the one that the admission policy blames as well
    cycle = (*cycle[first:], *cycle[:first])
    shown = " -> ".join((*cycle, cycle[0]))
    return Problem(
        f"{cycle[0]}.when", f"the conditions go round in a circle: {shown}", "leave one of them out"
    )


def _never_active(
    parameters: Mapping[str, Parameter], conditions: Mapping[str, Condition]
) -> Iterator[Problem]:
    """Those that no configuration can have; not once more what depends on them."""
    never: set[str] = set()
    for name in parents_first(tuple(parameters), conditions):
        clashing = [parent for parent, wanted in demands(name, conditions).items() if not wanted]
        if not clashing:
            continue
        if not never & set(conditions[name].parents):
            message = f"{name} is never active: its conditions and those of its parents ask for values of "
            message += f"{clashing[0]} that exclude each other"
            yield Problem(f"{name}.when", message, f"let them share a value of {clashing[0]}")
        never.add(name)


def _always(parameters: Mapping[str, Parameter], conditions: Mapping[str, Condition]) -> Iterator[Problem]:
    for name, condition in conditions.items():
        for parent, wanted in condition.parents.items():
            if parent not in conditions and len(wanted) == parameters[parent].size:
                message = f"these are all values of {parent}, so it asks for nothing"
                yield Problem(f"{name}.when.{parent}", message, "leave it out", "warning")
