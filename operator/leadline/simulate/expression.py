"""Formulas that a person writes on the command line: ``1 - (log10(lr) + 3) ** 2 + 0.1 * z``.

Python's grammar, read by Python's own parser and computed by this module: no eval, nothing but numbers, text and the
functions below. Not the templates' expressions, whose precedence is Jinja's: there ``-x ** 2`` is ``(-x) ** 2``.
"""

from __future__ import annotations

import ast
import difflib
import math
import operator
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

Scope = Mapping[str, Any]
Step = Callable[[Scope], Any]
"""A part of a formula, ready to be computed."""

MAX_LENGTH: Final = 10_000
"""Characters of one formula."""

FUNCTIONS: Final[Mapping[str, Callable[..., float]]] = {
    "abs": abs,
    "cos": math.cos,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "log10": math.log10,
    "max": max,
    "min": min,
    "sin": math.sin,
    "sqrt": math.sqrt,
}
"""What a formula may call. Angles in radians; ``log`` is the natural one."""

_VARIADIC: Final = ("max", "min")


class ExpressionError(ValueError):
    """A formula that can't be read, or not computed with these values: what is wrong, and what to write instead."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}; {remedy}" if remedy else message)
        self.message = message
        self.remedy = remedy


class Expression:
    """A formula. ``names``: the names it uses. Raises ExpressionError for a source that is none."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._names: set[str] = set()
        self._step = self._compile(_parse(source))
        self.names = frozenset(self._names)

    def check_names(self, known: Iterable[str]) -> None:
        """Raises ExpressionError for a name that has no value."""
        known = sorted(known)
        for name in sorted(self.names.difference(known)):
            near = difflib.get_close_matches(name, known, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise ExpressionError(f"there is no {name}", remedy)

    def value(self, scope: Scope) -> float:
        """Its value as a finite number; true is 1, false is 0. Raises ExpressionError."""
        try:
            value = self._step(scope)
        except ZeroDivisionError:
            raise ExpressionError("divides by zero") from None
        except OverflowError:
            raise ExpressionError("grows beyond all numbers") from None
        if not isinstance(value, int | float):
            raise ExpressionError(f"gives {_describe(value)}, not a number")
        if not math.isfinite(value):
            raise ExpressionError("gives no finite number")
        return float(value)

    def _compile(self, node: ast.expr) -> Step:
        try:
            compiler = _COMPILERS[type(node)]
        except KeyError:
            raise ExpressionError(
                f"{_shown(node)!r} is no part of a formula",
                f"use numbers, names, + - * / // % **, comparisons, `a if b else c` and {', '.join(FUNCTIONS)}",
            ) from None
        return compiler(self, node)

    def _constant(self, node: Any) -> Step:
        value = node.value
        if not isinstance(value, int | float | str | None):
            raise ExpressionError(f"{_shown(node)} is no number")
        return lambda scope: value

    def _name(self, node: Any) -> Step:
        name = node.id
        self._names.add(name)
        return lambda scope: scope[name]

    def _list(self, node: Any) -> Step:
        items = [self._compile(item) for item in node.elts]
        return lambda scope: [item(scope) for item in items]

    def _item(self, node: Any) -> Step:
        owner, key = self._compile(node.value), self._compile(node.slice)
        return lambda scope: _item(owner(scope), key(scope))

    def _unary(self, node: Any) -> Step:
        operand = self._compile(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda scope: not operand(scope)
        if isinstance(node.op, ast.Invert):
            raise ExpressionError("~ is no part of a formula", "write `not`, or - for a negative number")
        sign = -1 if isinstance(node.op, ast.USub) else 1
        return lambda scope: sign * _number(operand(scope))

    def _binary(self, node: Any) -> Step:
        compute = _ARITHMETIC.get(type(node.op))
        if compute is None:
            remedy = "a power is **" if isinstance(node.op, ast.BitXor) else ""
            raise ExpressionError(f"{_shown(node)!r} has an operation that formulas lack", remedy)
        left, right = self._compile(node.left), self._compile(node.right)
        return lambda scope: compute(_number(left(scope)), _number(right(scope)))

    def _boolean(self, node: Any) -> Step:
        parts = [self._compile(part) for part in node.values]
        wanted = isinstance(node.op, ast.Or)

        def first(scope: Scope) -> Any:
            for part in parts:
                value = part(scope)
                if bool(value) == wanted:
                    return value
            return value

        return first

    def _compare(self, node: Any) -> Step:
        left = self._compile(node.left)
        rest = []
        for op, operand in zip(node.ops, node.comparators, strict=True):
            if type(op) not in _COMPARISONS:
                raise ExpressionError("`is` is no part of a formula", "compare with ==")
            rest.append((_COMPARISONS[type(op)], self._compile(operand)))

        def holds(scope: Scope) -> bool:
            value = left(scope)
            for compare, operand in rest:
                following = operand(scope)
                try:
                    if not compare(value, following):
                        return False
                except TypeError:
                    raise ExpressionError(
                        f"{_describe(value)} can't be compared with {_describe(following)}"
                    ) from None
                value = following
            return True

        return holds

    def _if(self, node: Any) -> Step:
        test, then, otherwise = self._compile(node.test), self._compile(node.body), self._compile(node.orelse)
        return lambda scope: then(scope) if test(scope) else otherwise(scope)

    def _call(self, node: Any) -> Step:
        name = node.func.id if isinstance(node.func, ast.Name) else _shown(node.func)
        if name not in FUNCTIONS:
            near = difflib.get_close_matches(name, FUNCTIONS, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"functions are {', '.join(FUNCTIONS)}"
            raise ExpressionError(f"there is no function {name}", remedy)
        starred = any(isinstance(argument, ast.Starred) for argument in node.args)
        wanted = len(node.args) >= 2 if name in _VARIADIC else len(node.args) == 1
        if node.keywords or starred or not wanted:
            raise ExpressionError(
                f"{name} takes {'two or more numbers' if name in _VARIADIC else 'one number'}"
            )
        function, arguments = FUNCTIONS[name], [self._compile(argument) for argument in node.args]

        def call(scope: Scope) -> Any:
            numbers = [_number(argument(scope)) for argument in arguments]
            try:
                return function(*numbers)
            except ValueError:
                raise ExpressionError(f"{name} has no value at {numbers[0]:g}") from None

        return call


def _parse(source: str) -> ast.expr:
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"has more than {MAX_LENGTH:,} characters")
    if not source.strip():
        raise ExpressionError("is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(source.strip(), mode="eval").body
    except SyntaxError as error:
        place = f" at character {error.offset}" if error.offset else ""
        raise ExpressionError(f"can't be read{place}: {error.msg}", _reserved(source)) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError("can't be read: null characters or too many brackets") from None


def _reserved(source: str) -> str:
    """A hint for the one parameter name in machine learning that Python keeps for itself."""
    return "write params['lambda'] for a parameter named lambda" if "lambda" in source else ""


def _power(base: float, exponent: float) -> float:
    # As floats: a power of whole numbers could fill the memory.
    value: float | complex = float(base) ** float(exponent)
    if isinstance(value, complex):
        raise ExpressionError(f"{base:g} ** {exponent:g} is no real number")
    return value


def _item(owner: Any, key: Any) -> Any:
    try:
        return owner[key]
    except (KeyError, IndexError, TypeError):
        raise ExpressionError(f"{_describe(owner)} has no item {key!r}") from None


def _number(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    raise ExpressionError(
        f"{_describe(value)} is no number to count with", "compare it: 1 if kernel == 'rbf' else 0"
    )


def _describe(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    return (
        "a list" if isinstance(value, list | tuple) else "a map" if isinstance(value, Mapping) else str(value)
    )


def _shown(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else f"{text[:37]}..."


_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}

_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
}

_COMPILERS: Final[Mapping[type[ast.expr], Callable[[Expression, Any], Step]]] = {
    ast.Constant: Expression._constant,
    ast.Name: Expression._name,
    ast.List: Expression._list,
    ast.Tuple: Expression._list,
    ast.Subscript: Expression._item,
    ast.UnaryOp: Expression._unary,
    ast.BinOp: Expression._binary,
    ast.BoolOp: Expression._boolean,
    ast.Compare: Expression._compare,
    ast.IfExp: Expression._if,
    ast.Call: Expression._call,
}
