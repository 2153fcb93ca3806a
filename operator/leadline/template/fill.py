"""A template filled in for one trial, or checked without values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from leadline.problems import Problem
from leadline.template.errors import Fault, RenderError
from leadline.template.evaluate import Evaluator, unknown_name
from leadline.template.expansion import join_literal
from leadline.template.limits import MAX_DEPTH, Budget
from leadline.template.names import LEADLINE
from leadline.template.parse import Parsed, is_template, parse
from leadline.template.places import Place, fit
from leadline.template.presence import Presence, unguarded, unguarded_variables
from leadline.template.text import plain

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_ALWAYS: Final = Presence()


def check_template(
    template: Mapping[str, Any], names: Collection[str], presence: Presence = _ALWAYS
) -> tuple[Problem, ...]:
    """Every mistake that can be seen without values: unknown names, names without a value in some trials, syntax.

    names: the params; ``leadline`` is always known. presence: when those of them that don't always have a value have
    one. Paths are relative to the template. An unknown name is an error in a branch that is never taken, too.
    """
    known = {*names, LEADLINE}
    presence = replace(presence, variables=_not_given(presence.variables, template))
    budget = Budget()
    problems: list[Problem] = []

    def check(text: str, place: Place) -> str:
        try:
            for fault in find_faults(text, place):
                report(place, fault)
        except Fault as fault:
            report(place, fault)
        return text

    def find_faults(text: str, place: Place) -> Iterator[Fault]:
        if not is_template(text):
            for variable in unguarded_variables(text, presence) if place.is_expanded else ():
                yield _not_always(f"$({variable})", presence)
            return
        budget.read(text)
        parsed = parse(text)
        for name in sorted(parsed.names - known):
            yield unknown_name(name, known)
        if presence.needs:
            for name in unguarded(parsed.body, presence, place.is_expanded):
                yield _not_always(name, presence)

    def report(place: Place, fault: Fault) -> None:
        problems.append(Problem(place.path, fault.message, fault.remedy))

    _walk(template, Place(), check, report)
    return tuple(problems)


def render(
    template: Mapping[str, Any], params: Mapping[str, Any], extra: Mapping[str, Any] = _NOTHING
) -> dict[str, Any]:
    """The template with every expression replaced by its value: a new dict that shares nothing with the old one.

    extra: names beside the params, ``{"leadline": {…}}`` with ``LEADLINE_KEYS``; they win over params. Strings are
    replaced once and what is put in is never looked at again; keys are never touched. Raises RenderError.
    """
    budget = Budget()
    evaluator = Evaluator({**_plain_names(params), **_plain_names(extra)}, budget)

    def fill(text: str, place: Place) -> Any:
        if not is_template(text):
            return text
        try:
            budget.read(text)
            return _filled(parse(text), place, evaluator)
        except Fault as fault:
            raise RenderError(place.path, fault.message, fault.remedy) from None

    def report(place: Place, fault: Fault) -> None:
        raise RenderError(place.path, fault.message, fault.remedy)

    rendered: dict[str, Any] = _walk(template, Place(), fill, report)
    return rendered


def _not_given(variables: Mapping[str, str], template: Mapping[str, Any]) -> dict[str, str]:
    """Without the variables that the template itself gives a value."""
    pod = template.get("spec")
    given = set()
    for key in ("initContainers", "containers"):
        containers = pod.get(key) if isinstance(pod, Mapping) else None
        for container in containers if isinstance(containers, list | tuple) else ():
            env = container.get("env") if isinstance(container, Mapping) else None
            for variable in env if isinstance(env, list | tuple) else ():
                given.add(variable.get("name") if isinstance(variable, Mapping) else None)
    return {variable: name for variable, name in variables.items() if variable not in given}


def _not_always(used: str, presence: Presence) -> Fault:
    """What to say of a name, or a ``$(VARIABLE)``, that is used where it may have no value."""
    name = presence.variables.get(used[2:-1], used) if used.startswith("$(") else used
    parents = " and ".join(presence.needs[name])
    return Fault(
        f'"{used}" has no value in some trials: {name} is active for some values of {parents} only',
        f"write {{{{ {name} | default(0) }}}}, or use it inside {{% if {name} is defined %}} … {{% endif %}}",
    )


def _plain_names(values: Mapping[str, Any]) -> dict[str, Any]:
    named = {}
    for name, value in values.items():
        try:
            named[name] = plain(value)
        except Fault as fault:
            raise RenderError("", f'the value of "{name}" {fault.message}', fault.remedy) from None
    return named


def _filled(parsed: Parsed, place: Place, evaluator: Evaluator) -> Any:
    if parsed.whole is not None:
        return fit(evaluator.result(parsed.whole), place)
    pieces = evaluator.pieces(parsed.body)
    return join_literal(pieces) if place.is_expanded else "".join(piece for _, piece in pieces)


def _walk(
    node: Any,
    place: Place,
    string: Callable[[str, Place], Any],
    report: Callable[[Place, Fault], None],
    depth: int = 0,
) -> Any:
    """A copy of ``node`` with ``string`` applied to every string but keys."""
    if isinstance(node, str):
        return string(node, place)
    if not isinstance(node, Mapping | list | tuple):
        return node
    if depth >= MAX_DEPTH:
        report(place, Fault(f"objects are nested more than {MAX_DEPTH} deep", "use a flatter template"))
        return None
    if not isinstance(node, Mapping):
        return [_walk(item, place.item(index), string, report, depth + 1) for index, item in enumerate(node)]
    copy = {}
    for key, item in node.items():
        if is_template(key):
            report(place.key(key), Fault("keys are not filled in", "put the expression into the value"))
        copy[key] = _walk(item, place.key(key), string, report, depth + 1)
    return copy
