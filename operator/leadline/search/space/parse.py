"""From the ``params`` of a matrix to a space, or to what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from leadline.problems import Problem, errors
from leadline.search.space import continuous, ranges
from leadline.search.space.choices import build_choice, build_pchoice
from leadline.search.space.counting import Entangled
from leadline.search.space.fields import Fields, Refused, show
from leadline.search.space.kinds import KINDS, NAME_PATTERN, RESERVED_NAMES, YAML_BOOLEANS, suggestion
from leadline.search.space.parameters import Parameter
from leadline.search.space.space import Space
from leadline.search.space.when import parse_conditions

_NAME = re.compile(NAME_PATTERN)
_KEYS = ("kind", "value", "when")

_BUILDERS: dict[str, Callable[[Fields], Parameter]] = {
    **continuous.BUILDERS,
    "range": ranges.build_range,
    "linspace": ranges.build_linspace,
    "logspace": ranges.build_logspace,
    "geomspace": ranges.build_geomspace,
    "daterange": ranges.build_daterange,
    "datetimerange": ranges.build_datetimerange,
}


def parse_space(params: Any) -> tuple[Space | None, tuple[Problem, ...]]:
    """The space, None if any problem is an error; and every problem, its path relative to ``params``.

    params: a map of names to ``{kind, value}``, perhaps ``when``, as a person wrote it; anything else is a problem too.
    """
    if not isinstance(params, Mapping):
        remedy = "write the parameters themselves" if isinstance(params, str) and "{{" in params else ""
        return None, (Problem("", "params must be a map of names to parameters", remedy),)
    if not params:
        return None, (Problem("", "params is empty", "give at least one parameter"),)
    problems = list(check_names(params))
    parameters: dict[str, Parameter] = {}
    for name, raw in params.items():
        parameter, found = parse_parameter(raw)
        problems.extend(problem.under(str(name)) for problem in found)
        if parameter is not None:
            parameters[name] = parameter
    conditions, found = parse_conditions(params, parameters)
    problems.extend(found)
    if errors(problems):
        return None, tuple(problems)
    try:
        return Space(parameters, conditions), tuple(problems)
    except Entangled as entangled:
        problems.append(Problem("", str(entangled), "let fewer parameters depend on the same ones"))
        return None, tuple(problems)


def check_names(names: Mapping[Any, Any]) -> tuple[Problem, ...]:
    """What is wrong with the names of parameters. The path is the map's: that is where the API server sees it."""
    problems: list[Problem] = []
    folded: dict[str, str] = {}
    for name in names:
        if isinstance(name, bool) or name in YAML_BOOLEANS:
            problems.append(
                Problem(
                    "",
                    f"a parameter is named {str(name).lower()}: YAML reads n, no, off, y, yes and on as booleans",
                    "put the name in quotes",
                )
            )
        elif not isinstance(name, str) or not _NAME.fullmatch(name):
            rule = "a name starts with a letter or _ and holds letters, digits and _ only (at most 63)"
            problems.append(Problem("", f"{show(name)} can't be a parameter's name", rule))
        elif name in RESERVED_NAMES:
            problems.append(Problem("", f"the name {name} is taken: templates use it", "choose another name"))
        elif (other := folded.setdefault(name.lower(), name)) != name:
            problems.append(Problem("", f"{other} and {name} differ only in case", "choose another name"))
    return tuple(problems)


def parse_parameter(raw: Any) -> tuple[Parameter | None, tuple[Problem, ...]]:
    """One parameter without its condition, None if it can't be used; paths relative to it."""
    try:
        kind, value = _kind_and_value(raw)
        if kind in ("choice", "pchoice"):
            if not isinstance(value, list):
                raise Refused("value", "choice and pchoice need a list", _template_remedy(value))
            parameter: Parameter
            parameter, problems = build_choice(value) if kind == "choice" else build_pchoice(value)
            return parameter, tuple(problems)
        fields = Fields(kind, value)
        return _BUILDERS[kind](fields), tuple(fields.warnings)
    except Refused as refused:
        return None, (refused.problem,)


def _kind_and_value(raw: Any) -> tuple[str, Any]:
    if not isinstance(raw, Mapping):
        raise Refused("", "a parameter is a map with kind and value", "write {kind: …, value: …}")
    for key in raw:
        if key not in _KEYS:
            raise Refused(str(key), f"a parameter has no key {key}", suggestion(key, _KEYS))
    if "kind" not in raw:
        raise Refused("kind", "kind is missing", f"write one of {', '.join(KINDS)}")
    kind = raw["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise Refused("kind", f"{show(kind)} is not a kind of parameter", suggestion(kind, tuple(KINDS)))
    if "value" not in raw:
        raise Refused("value", "value is missing", "write a list, a map or a colon string")
    value = raw["value"]
    if not isinstance(value, (list, Mapping, str)):
        raise Refused("value", f"{show(value)} is neither a list, a map nor a colon string")
    if len(value) == 0:
        raise Refused("value", "value is empty")
    return kind, value


def _template_remedy(value: Any) -> str:
    return (
        "a template can't stand for a value; write the list"
        if isinstance(value, str) and "{{" in value
        else ""
    )
