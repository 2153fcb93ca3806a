"""What of Jinja's syntax a template may use, and which names it uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from leadline.template.errors import Fault, suggest
from leadline.template.evaluate import EXPRESSIONS
from leadline.template.filters import check_filter
from leadline.template.limits import MAX_DEPTH
from leadline.template.names import LEADLINE, LEADLINE_KEYS

if TYPE_CHECKING:
    from jinja2 import nodes

_STATEMENTS: Final = frozenset({"Output", "If", "For"})
_TESTS: Final = frozenset({"defined", "undefined"})
_PARTS: Final = frozenset({"TemplateData", "Pair", "Operand", "Keyword"})

_OTHERS: Final = {
    "Call": ("a call", "use a filter: {{ x | round(2) }}"),
    "Slice": ("a slice (`[a:b]`)", "take single items: {{ x[0] }}, {{ x | last }}"),
    "Assign": ("{% set %}", "write the expression where it is needed"),
}


@dataclass(slots=True)
class Syntax:
    """What ``analyse`` found.

    names: used and not bound by a loop. constants: the largest expressions without any name, whose value (or
    mistake) is the same for every trial.
    """

    names: set[str] = field(default_factory=set)
    constants: list[nodes.Expr] = field(default_factory=list)


def too_deep() -> Fault:
    """For expressions that are nested deeper than the evaluator (or Jinja's parser) goes."""
    return Fault(f"operations are nested more than {MAX_DEPTH} deep", "compute it in the program instead")


def analyse(body: Sequence[nodes.Node]) -> Syntax:
    """Names and constants of a string; a Fault for syntax that templates don't have."""
    syntax = Syntax()
    for node in body:
        _visit(node, syntax, frozenset(), 0)
    return syntax


def _visit(node: Any, syntax: Syntax, bound: frozenset[str], depth: int) -> bool:
    """Whether the node is an expression without names; its parent then decides what becomes of it."""
    kind = type(node).__name__
    if depth >= MAX_DEPTH:
        raise too_deep()
    if kind not in EXPRESSIONS and kind not in _STATEMENTS and kind not in _PARTS:
        what, remedy = _OTHERS.get(
            kind, (f"Jinja's {kind}", "use expressions, filters, {% if %} and {% for %}")
        )
        raise Fault(f"{what} can't be used in a template", remedy)
    _check_node(kind, node, syntax, bound)
    if kind == "For":
        inner = bound | {_loop_variable(node)}
        parts = [(node.iter, bound), *((child, inner) for child in node.body)]
        parts += [(child, bound) for child in node.else_]
    else:
        parts = [(child, bound) for child in node.iter_child_nodes()]
    constant = [child for child, names in parts if _visit(child, syntax, names, depth + 1)]
    if kind in _STATEMENTS or kind == "Name" or len(constant) < len(parts):
        syntax.constants += _expressions(constant)
        return False
    return True


def _check_node(kind: str, node: Any, syntax: Syntax, bound: frozenset[str]) -> None:
    if kind == "Name" and node.name not in bound:
        syntax.names.add(node.name)
    elif kind == "CondExpr" and node.expr2 is None:
        raise Fault(
            "an inline if without else has no value when it is false", "add else: {{ a if b else '' }}"
        )
    elif kind == "Filter":
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise Fault("* and ** can't be used in a filter's arguments", "write the arguments one by one")
        check_filter(node.name, len(node.args), [option.key for option in node.kwargs])
        if node.name == "default" and type(node.node).__name__ != "Name":
            raise Fault(
                'the filter "default" is for the bare name of a parameter that may not be active',
                "for a key that may be missing write {{ m.key if 'key' in m else 0 }}",
            )
    elif kind == "Test" and (node.name not in _TESTS or node.args or type(node.node).__name__ != "Name"):
        raise Fault(
            "a test (`is`) other than {{ x is defined }}, of a bare name, can't be used in a template",
            "compare instead: {{ x == none }}, {{ 'key' in m }}",
        )
    elif kind in ("Getattr", "Getitem"):
        _check_leadline(node, bound)


def _check_leadline(node: Any, bound: frozenset[str]) -> None:
    """``leadline`` has a fixed set of keys, so that a misspelled one is found before anything runs."""
    if type(node.node).__name__ != "Name" or node.node.name != LEADLINE or LEADLINE in bound:
        return
    key = node.attr if type(node).__name__ == "Getattr" else getattr(node.arg, "value", None)
    if isinstance(key, str) and key not in LEADLINE_KEYS:
        names = [f"{LEADLINE}.{known}" for known in LEADLINE_KEYS]
        raise Fault(f'unknown name "leadline.{key}"', suggest(f"{LEADLINE}.{key}", names, "known names"))


def _loop_variable(node: Any) -> str:
    if type(node.target).__name__ != "Name":
        raise Fault(
            "a loop can have one variable only", "loop over the keys: {% for k in m %}{{ m[k] }}{% endfor %}"
        )
    if node.test is not None or node.recursive:
        raise Fault("a loop can't have a condition and can't be recursive", "use {% if %} inside the loop")
    return str(node.target.name)


def _expressions(constant: Iterable[Any]) -> Iterable[nodes.Expr]:
    """The expressions among constant nodes: the template's text has no value, other parts only with their parent."""
    for node in constant:
        kind = type(node).__name__
        if kind in ("Pair", "Operand", "Keyword"):
            yield from _expressions(node.iter_child_nodes())
        elif kind != "TemplateData":
            yield node
