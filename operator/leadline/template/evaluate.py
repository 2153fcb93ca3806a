"""The evaluator: values of expressions under a budget.

It walks Jinja's syntax tree and knows only JSON values: no objects, no attributes of objects, no calls but
the filters. Python's operators do the work, after the size of their result has been checked. Trees come from
``parse``, so every node here is a known one and every filter's arguments fit.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from leadline.template.errors import Fault, suggest
from leadline.template.filters import apply_filter, describe
from leadline.template.limits import (
    Budget,
    check_bits,
    check_items,
    check_length,
    check_number,
    check_weight,
)
from leadline.template.text import check_unicode, text_of

if TYPE_CHECKING:
    from jinja2 import nodes

Scope = Mapping[str, Any]
Piece = tuple[bool, str]  # whether it stands so in the template, and the text

_SYMBOLS: Final = {
    "Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**",
    "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=",
}  # fmt: skip

_ARITHMETIC: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
    "Pow": operator.pow,
}

_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
}


class Evaluator:
    """Values of one template's expressions, all on one budget."""

    def __init__(self, names: Scope, budget: Budget) -> None:
        self._names = names
        self._budget = budget

    def result(self, expression: nodes.Expr) -> Any:
        """The value of a whole string, small enough to be put into the template."""
        value = self._value(expression, self._names)
        check_weight(value)
        check_unicode(text := text_of(value))
        self._budget.emit(len(text))
        return value

    def truth(self, expression: nodes.Expr) -> bool:
        """Whether an expression counts as true in a condition."""
        return bool(self._value(expression, self._names))

    def pieces(self, body: Sequence[nodes.Node]) -> list[Piece]:
        """The text of a string, in pieces of the template and of values."""
        pieces: list[Piece] = []
        length = 0
        for piece in self._pieces(body, self._names):
            length += len(piece[1])
            check_length(length)
            pieces.append(piece)
        self._budget.emit(length)
        return pieces

    def _pieces(self, body: Sequence[nodes.Node], scope: Scope) -> Iterator[Piece]:
        for node in body:
            self._budget.spend()
            kind = type(node).__name__
            if kind == "Output":
                yield from self._output(node, scope)
            elif kind == "If":
                yield from self._if(node, scope)
            else:
                yield from self._for(node, scope)

    def _output(self, node: Any, scope: Scope) -> Iterator[Piece]:
        for part in node.nodes:
            if type(part).__name__ == "TemplateData":
                self._budget.spend(len(part.data) // 16)
                yield True, part.data
            else:
                yield False, self._text(self._value(part, scope))

    def _if(self, node: Any, scope: Scope) -> Iterator[Piece]:
        for branch in (node, *node.elif_):
            if self._value(branch.test, scope):
                yield from self._pieces(branch.body, scope)
                return
        yield from self._pieces(node.else_, scope)

    def _for(self, node: Any, scope: Scope) -> Iterator[Piece]:
        items = self._value(node.iter, scope)
        if not isinstance(items, list | dict):
            raise Fault(f"a loop needs a list or a map, not {describe(items)}")
        for item in items:
            self._budget.spend(len(scope) // 16 + 1)
            yield from self._pieces(node.body, {**scope, node.target.name: item})
        if not items:
            yield from self._pieces(node.else_, scope)

    def _text(self, value: Any) -> str:
        self._budget.spend_on(value)
        check_weight(value)
        return check_unicode(text_of(value))

    def _value(self, node: nodes.Expr, scope: Scope) -> Any:
        self._budget.spend()
        return _EVALUATE[type(node).__name__](self, node, scope)

    def _const(self, node: Any, scope: Scope) -> Any:
        if isinstance(node.value, int | float):
            return check_number(node.value)
        return node.value

    def _name(self, node: Any, scope: Scope) -> Any:
        if node.name not in scope:
            raise unknown_name(node.name, scope)
        return scope[node.name]

    def _list(self, node: Any, scope: Scope) -> Any:
        return [self._value(item, scope) for item in node.items]

    def _dict(self, node: Any, scope: Scope) -> Any:
        result = {}
        for pair in node.items:
            key = self._value(pair.key, scope)
            if not isinstance(key, str):
                raise Fault(f"the keys of a map must be text, not {describe(key)}")
            result[key] = self._value(pair.value, scope)
        return result

    def _getattr(self, node: Any, scope: Scope) -> Any:
        return _item(self._value(node.node, scope), node.attr)

    def _getitem(self, node: Any, scope: Scope) -> Any:
        return _item(self._value(node.node, scope), self._value(node.arg, scope))

    def _and(self, node: Any, scope: Scope) -> Any:
        left = self._value(node.left, scope)
        return self._value(node.right, scope) if left else left

    def _or(self, node: Any, scope: Scope) -> Any:
        left = self._value(node.left, scope)
        return left if left else self._value(node.right, scope)

    def _not(self, node: Any, scope: Scope) -> Any:
        return not self._value(node.node, scope)

    def _negative(self, node: Any, scope: Scope) -> Any:
        return -_operand(self._value(node.node, scope), "-")

    def _positive(self, node: Any, scope: Scope) -> Any:
        return +_operand(self._value(node.node, scope), "+")

    def _inline_if(self, node: Any, scope: Scope) -> Any:
        return self._value(node.expr1 if self._value(node.test, scope) else node.expr2, scope)

    def _concat(self, node: Any, scope: Scope) -> Any:
        texts = []
        length = 0
        for part in node.nodes:
            texts.append(self._text(self._value(part, scope)))
            length += len(texts[-1])
            check_length(length)
        return "".join(texts)

    def _test(self, node: Any, scope: Scope) -> Any:
        return (node.node.name in scope) == (node.name == "defined")

    def _filter(self, node: Any, scope: Scope) -> Any:
        if node.name == "default":
            otherwise = node.args[0] if node.args else node.kwargs[0].value
            return self._value(node.node if node.node.name in scope else otherwise, scope)
        value = self._value(node.node, scope)
        arguments = [self._value(argument, scope) for argument in node.args]
        options = {option.key: self._value(option.value, scope) for option in node.kwargs}
        return apply_filter(self._budget, node.name, value, arguments, options)

    def _compare(self, node: Any, scope: Scope) -> Any:
        left = self._value(node.expr, scope)
        for operand in node.ops:
            right = self._value(operand.expr, scope)
            self._budget.spend_on(left)
            self._budget.spend_on(right)
            if not _compared(operand.op, left, right):
                return False
            left = right
        return True

    def _binary(self, node: Any, scope: Scope) -> Any:
        kind = type(node).__name__
        left, right = self._value(node.left, scope), self._value(node.right, scope)
        joined = isinstance(left, str | list) or isinstance(right, str | list)
        if kind == "Add" and type(left) is type(right) and joined:
            return self._joined(left, right)
        if kind == "Mul" and joined:
            return self._repeated(left, right)
        try:
            return _calculated(kind, _operand(left, _SYMBOLS[kind]), _operand(right, _SYMBOLS[kind]))
        except ZeroDivisionError:
            raise Fault("division by zero") from None
        except OverflowError:
            raise Fault("the result is too large for a number", "use smaller numbers") from None

    def _joined(self, left: Any, right: Any) -> Any:
        length = len(left) + len(right)
        (check_length if isinstance(left, str) else check_items)(length)
        self._budget.spend(length // 16)
        return left + right

    def _repeated(self, left: Any, right: Any) -> Any:
        many, times = (left, right) if isinstance(left, str | list) else (right, left)
        if not isinstance(times, int):
            raise Fault(f"can't multiply {describe(left)} by {describe(right)}", "repeat by a whole number")
        length = len(many) * max(times, 0)
        (check_length if isinstance(many, str) else check_items)(length)
        self._budget.spend(length // 16)
        return many * times


def unknown_name(name: str, known: Iterable[str]) -> Fault:
    """What to say of a name that nobody gave a value."""
    if name in ("params", "inputs", "matrix"):
        return Fault(f'unknown name "{name}"', "params are used by their bare names, as {{ lr }}")
    if name == "globals":
        return Fault(f'unknown name "{name}"', "use leadline.trial, leadline.group or leadline.number")
    return Fault(f'unknown name "{name}"', suggest(name, known, "known names"))


def _item(value: Any, key: Any) -> Any:
    if isinstance(value, dict):
        if not isinstance(key, str):
            raise Fault(f"the keys of a map are text, not {describe(key)}")
        if key not in value:
            raise Fault(f'the map has no key "{key[:40]}"', suggest(key[:40], value, "keys"))
        return value[key]
    if not isinstance(value, list | str):
        raise Fault(f"{describe(value)} has no items", "only maps, lists and text have items")
    if not isinstance(key, int):
        raise Fault(f"{describe(value)} has items by number only, not by {describe(key)}")
    if not -len(value) <= key < len(value):
        raise Fault(f"there is no item {key}: {describe(value)} has {len(value)}", "the first is 0")
    return value[key]


def _operand(value: Any, symbol: str) -> int | float:
    if isinstance(value, int | float):
        return value
    remedy = "join texts with ~" if symbol == "+" else "turn text into a number with | int or | float"
    raise Fault(f"{symbol} needs numbers, not {describe(value)}", remedy)


def _calculated(kind: str, left: int | float, right: int | float) -> Any:
    if kind == "Pow" and isinstance(left, int) and isinstance(right, int):
        # A number of n bits is at least 2**(n - 1), so the result has at least this many bits.
        check_bits((left.bit_length() - 1) * right)
    return check_number(_ARITHMETIC[kind](left, right))


def _compared(kind: str, left: Any, right: Any) -> bool:
    if kind == "eq":
        return bool(left == right)
    if kind == "ne":
        return bool(left != right)
    if kind in ("in", "notin"):
        return _contains(right, left) == (kind == "in")
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if not numbers and not (isinstance(left, str) and isinstance(right, str)):
        raise Fault(
            f"{_SYMBOLS[kind]} can't compare {describe(left)} with {describe(right)}",
            "compare two numbers or two texts",
        )
    return _ORDER[kind](left, right)


def _contains(container: Any, item: Any) -> bool:
    if isinstance(container, str | dict) and not isinstance(item, str):
        raise Fault(f"only text can be in {describe(container)}, not {describe(item)}")
    if not isinstance(container, str | dict | list):
        raise Fault(f"nothing can be in {describe(container)}", "use `in` with text, a list or a map")
    return item in container


_EVALUATE: Final[Mapping[str, Callable[[Evaluator, Any, Scope], Any]]] = {
    "Const": Evaluator._const,
    "Name": Evaluator._name,
    "List": Evaluator._list,
    "Tuple": Evaluator._list,
    "Dict": Evaluator._dict,
    "Getattr": Evaluator._getattr,
    "Getitem": Evaluator._getitem,
    "And": Evaluator._and,
    "Or": Evaluator._or,
    "Not": Evaluator._not,
    "Neg": Evaluator._negative,
    "Pos": Evaluator._positive,
    "CondExpr": Evaluator._inline_if,
    "Concat": Evaluator._concat,
    "Filter": Evaluator._filter,
    "Test": Evaluator._test,
    "Compare": Evaluator._compare,
    **dict.fromkeys(_ARITHMETIC, Evaluator._binary),
}
EXPRESSIONS: Final = frozenset(_EVALUATE)
