"""One string of a template into a checked syntax tree.

Jinja's own parser reads it, so that the syntax is exactly Jinja's; nothing of Jinja runs it. Everything that
can be refused without values is refused here, so that the evaluator meets only what it knows.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadline.template.errors import Fault
from leadline.template.evaluate import Evaluator
from leadline.template.limits import MAX_BRACKETS, Budget
from leadline.template.syntax import analyse, too_deep

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

_HOW: Final = (
    "write {{ name }}; for braces that are no expression write {{ '{{' }} or put {% raw %} around them"
)

_MAX_KEPT: Final = 512  # characters of a string whose tree is kept


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree of one string.

    whole: the expression, where the string is one expression and nothing else.
    names: those it uses and doesn't bind itself.
    """

    body: tuple[nodes.Node, ...]
    whole: nodes.Expr | None
    names: frozenset[str]


def is_template(text: str) -> bool:
    """Whether the string holds an expression or a statement; all others are left alone."""
    return "{{" in text or "{%" in text


def parse(source: str) -> Parsed:
    """The checked tree of ``source``; a Fault says what can't be and what to write instead.

    The caller has counted the source in its budget. Trees of usual strings are kept, since every trial of a
    group fills in the same ones; a tree may take a hundred times the memory of its source.
    """
    return _kept(source) if len(source) <= _MAX_KEPT else _parsed(source)


def _parsed(source: str) -> Parsed:
    if "\r" in source:
        raise Fault(
            "a carriage return in a string with expressions",  # Jinja would turn it into a line feed
            r"leave it out, or write it as {{ '\r' }}",
        )
    body = _read(source)
    syntax = analyse(body)
    constants = Evaluator({}, Budget())
    for expression in syntax.constants:
        constants.result(expression)
    whole = None
    if len(body) == 1 and type(body[0]).__name__ == "Output":
        parts = list(body[0].iter_child_nodes())
        if len(parts) == 1 and type(parts[0]).__name__ != "TemplateData":
            whole = parts[0]
    return Parsed(body, whole, frozenset(syntax.names))  # type: ignore[arg-type]


_kept = functools.lru_cache(maxsize=256)(_parsed)


def _read(source: str) -> tuple[nodes.Node, ...]:
    from jinja2 import TemplateSyntaxError

    environment = _environment()
    try:
        _check_brackets(source)
        return tuple(environment.parse(source).body)
    except TemplateSyntaxError as error:
        raise Fault(
            f"not a valid expression: {(error.message or 'syntax error').rstrip('.')}", _HOW
        ) from None
    except RecursionError:
        raise too_deep() from None
    except (ValueError, OverflowError):
        raise Fault("a number in an expression has too many digits", "use a smaller number") from None


def _check_brackets(source: str) -> None:
    depth = 0
    for _, kind, text in _environment().lex(source):
        if kind == "operator":
            depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
            if depth > MAX_BRACKETS:
                raise Fault(
                    f"brackets are nested more than {MAX_BRACKETS} deep", "compute it in the program instead"
                )


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment

    return Environment(
        # "{#" opens no comment: ${#array[@]} is everyday shell, and a comment belongs into YAML.
        comment_start_string="\0{#",
        comment_end_string="#}\0",
        keep_trailing_newline=True,  # only expressions are replaced, nothing is tidied up
        autoescape=False,  # nothing is rendered by Jinja; said for readers and scanners
    )
