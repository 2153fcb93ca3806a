"""Formulas: Python's grammar, numbers and text, and nothing else."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.simulate.expression import MAX_LENGTH, Expression, ExpressionError

SCOPE: dict[str, Any] = {
    "lr": 0.01,
    "n": 3,
    "kernel": "rbf",
    "deep": True,
    "options": {"level": 9},
    "sizes": [8, 16],
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1", 1),
        ("-n ** 2", -9),
        ("2 ** 3 ** 2", 512),
        ("10 - 2 - 3", 5),
        ("7 // 2 + 7 % 2", 4),
        ("1e-3", 0.001),
        ("+lr * 100", 1),
        ("log10(lr)", -2),
        ("log(exp(2))", 2),
        ("sqrt(16) + sin(0) + cos(0)", 5),
        ("abs(-3) + floor(2.9)", 5),
        ("max(1, n, 2) - min(1, n)", 2),
        ("1 if kernel == 'rbf' else 0", 1),
        ("0 if kernel in ['poly', 'linear'] else 5", 5),
        ("5 if kernel not in ('poly', 'linear') else 0", 5),
        ("1 < n <= 3", 1),
        ("1 < n < 3", 0),
        ("deep and n", 3),
        ("not deep or n", 3),
        ("deep + deep", 2),
        ("options['level'] + sizes[-1]", 25),
        (" \n n \n", 3),
    ],
)
def test_a_formula_has_pythons_value(source: str, value: float) -> None:
    found = Expression(source).value(SCOPE)

    assert found == pytest.approx(value)
    assert isinstance(found, float)


def test_a_branch_that_is_not_taken_is_not_computed() -> None:
    assert Expression("1 if n > 0 else 1 / 0").value(SCOPE) == 1
    assert Expression("n > 0 or 1 / 0").value(SCOPE) == 1


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "empty"),
        ("1 +", "can't be read"),
        ("n n", "can't be read"),
        ("0.1 * lambda", "params['lambda']"),
        ("lr.real", "no part of a formula"),
        ("__import__('os')", "no function __import__"),
        ("().__class__", "no part of a formula"),
        ("[x for x in sizes]", "no part of a formula"),
        ("f'{n}'", "no part of a formula"),
        ("(n := 2)", "no part of a formula"),
        ("sizes[0:1]", "no part of a formula"),
        ("n ^ 2", "a power is **"),
        ("n @ n", "operation"),
        ("~n", "not"),
        ("n is 3", "compare with =="),
        ("logg(n)", "did you mean log?"),
        ("sqrt(n, n)", "one number"),
        ("max(n)", "two or more numbers"),
        ("max(*sizes)", "two or more numbers"),
        ("sqrt(x=n)", "one number"),
        ("1j", "no number"),
        ("b'1'", "no number"),
        ("(" * 300 + ")" * 300, "can't be read"),
        ("1+" * MAX_LENGTH + "1", "more than"),
    ],
)
def test_what_is_no_formula_is_refused_before_it_is_computed(source: str, words: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        Expression(source)

    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1 / (n - 3)", "divides by zero"),
        ("n % 0", "divides by zero"),
        ("0 ** -1", "divides by zero"),
        ("exp(1000)", "beyond all numbers"),
        ("10 ** 400", "beyond all numbers"),
        ("9 ** 9 ** 9", "beyond all numbers"),
        ("1e308 * 10", "no finite number"),
        ("log(0)", "log has no value at 0"),
        ("sqrt(-lr)", "sqrt has no value at -0.01"),
        ("(-n) ** 0.5", "no real number"),
        ("kernel", "the text 'rbf', not a number"),
        ("kernel + 1", "compare it"),
        ("kernel * 1000000000", "compare it"),
        ("sizes", "a list, not a number"),
        ("kernel < 3", "can't be compared"),
        ("3 in n", "can't be compared"),
        ("options['depth']", "no item 'depth'"),
        ("n[0]", "no item 0"),
        ("None", "null"),
    ],
)
def test_a_formula_without_a_value_says_why(source: str, words: str) -> None:
    formula = Expression(source)

    with pytest.raises(ExpressionError) as refused:
        formula.value(SCOPE)

    assert words in str(refused.value)


def test_a_name_without_a_value_is_found_before_anything_runs() -> None:
    with pytest.raises(ExpressionError, match=r"there is no lrr; did you mean lr\?"):
        Expression("lrr + n").check_names(SCOPE)
    with pytest.raises(ExpressionError, match="there is no momentum; known are deep, kernel"):
        Expression("n + momentum").check_names(SCOPE)
    with pytest.raises(ExpressionError, match="there is no log"):
        Expression("log + n").check_names(SCOPE)


def test_names_do_not_include_functions_that_are_called() -> None:
    assert Expression("log(lr) + z").names == {"lr", "z"}


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(-50, 50))
def test_arithmetic_is_pythons(a: float, b: float, n: int) -> None:
    source = "a * b - -a + n // 7 + n % 7 + max(a, b, n) - abs(b) * (1 if a < b else 2)"
    expected = a * b - -a + n // 7 + n % 7 + max(a, b, n) - abs(b) * (1 if a < b else 2)

    found = Expression(source).value({"a": a, "b": b, "n": n})

    assert math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-12)


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_refused(source: str) -> None:
    with contextlib.suppress(ExpressionError):
        formula = Expression(source)
        formula.value(dict.fromkeys(formula.names, 2.0))
