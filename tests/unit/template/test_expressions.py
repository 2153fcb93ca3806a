from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined

from leadline.template import RenderError, render

NAMES: dict[str, Any] = {
    "n": 3,
    "lr": 0.1,
    "flag": True,
    "off": False,
    "nothing": None,
    "word": "Hello World",
    "odd": "it's $5; rm -rf *",
    "layers": [64, 32, 16],
    "words": ["b", "A", "c"],
    "conv": {"kernels": [3, 5], "act": {"name": "relu"}},
}


def value_of(source: str, **names: Any) -> Any:
    """The value of a string at a place that keeps types."""
    return render({"at": source}, {**NAMES, **names})["at"]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ n }}", 3),
        ("{{n}}", 3),
        ("{{- n -}}", 3),
        ("{{ nothing }}", None),
        ("{{ flag }}", True),
        ("{{ layers }}", [64, 32, 16]),
        ("{{ conv.kernels[0] }}", 3),
        ("{{ conv['act'].name }}", "relu"),
        ("{{ layers[-1] }}", 16),
        ("{{ layers.1 }}", 32),
        ("{{ word[4] }}", "o"),
        ("{{ n + 1 }}", 4),
        ("{{ n - 0.5 }}", 2.5),
        ("{{ 2 ** n }}", 8),
        ("{{ 2 ** -1 }}", 0.5),
        ("{{ 7 // 2 }}", 3),
        ("{{ 7 / 2 }}", 3.5),
        ("{{ 7 % 4 }}", 3),
        ("{{ -n }}", -3),
        ("{{ +n }}", 3),
        ("{{ (n + 1) * 2 }}", 8),
        ("{{ 'a' * n }}", "aaa"),
        ("{{ [0] * n }}", [0, 0, 0]),
        ("{{ 'a' + 'b' }}", "ab"),
        ("{{ layers + [8] }}", [64, 32, 16, 8]),
        ("{{ 'n=' ~ n ~ flag ~ nothing ~ layers }}", "n=3truenull[64,32,16]"),
        ("{{ n > 2 }}", True),
        ("{{ 1 < n <= 3 }}", True),
        ("{{ 1 < n < 3 }}", False),
        ("{{ n == 3.0 and word != 'x' }}", True),
        ("{{ off or 'second' }}", "second"),
        ("{{ n and 'both' }}", "both"),
        ("{{ not off }}", True),
        ("{{ 32 in layers }}", True),
        ("{{ 'x' not in conv }}", True),
        ("{{ 'ell' in word }}", True),
        ("{{ 'big' if n > 2 else 'small' }}", "big"),
        ("{{ 'big' if n > 5 else 'small' }}", "small"),
        ("{{ [n, 'a', {'k': lr}] }}", [3, "a", {"k": 0.1}]),
        ("{{ (1, 2) }}", [1, 2]),
        ("{{ '3.7' | int }}", 3),
        ("{{ ' -12 ' | int }}", -12),
        ("{{ '1e-3' | float }}", 0.001),
        ("{{ 2.567 | round(1) }}", 2.6),
        ("{{ 2.1 | round(0, 'ceil') | int }}", 3),
        ("{{ 2.19 | round(method='floor', precision=1) }}", 2.1),
        ("{{ -2 | abs }}", 2),
        ("{{ layers | min }}", 16),
        ("{{ words | max }}", "c"),
        ("{{ layers | sum }}", 112),
        ("{{ layers | sum(start=8) }}", 120),
        ("{{ layers | length }}", 3),
        ("{{ layers | first }}", 64),
        ("{{ word | last }}", "d"),
        ("{{ layers | join('x') }}", "64x32x16"),
        ("{{ layers | sort }}", [16, 32, 64]),
        ("{{ words | sort(reverse=true) }}", ["c", "b", "A"]),
        ("{{ word | lower }}", "hello world"),
        ("{{ word | upper }}", "HELLO WORLD"),
        ("{{ '  x ' | trim }}", "x"),
        ("{{ word | replace('l', 'L', 2) }}", "HeLLo World"),
        ("{{ n | string }}", "3"),
        ("{{ word | tojson }}", '"Hello World"'),
        ("{{ conv | tojson }}", '{"kernels":[3,5],"act":{"name":"relu"}}'),
        ("{{ '%.3f|%5d|%-4s|%%|%x|%e' | format(lr, n, 'ab', 255, 12345.678) }}", "0.100|    3|ab  |%|ff|1.234568e+04"),
        ("{{ odd | quote }}", shlex.quote("it's $5; rm -rf *")),
        ("{{ '' | quote }}", "''"),
        ("{% if flag %}--save{% endif %}", "--save"),
        ("{% if off %}--save{% endif %}", ""),
        ("{% if off %}a{% elif n == 3 %}b{% else %}c{% endif %}", "b"),
        ("{% for k in layers %}--layer={{ k }} {% endfor %}", "--layer=64 --layer=32 --layer=16 "),
        ("{% for k in conv %}{{ k }}={{ conv[k] | tojson }};{% endfor %}", 'kernels=[3,5];act={"name":"relu"};'),
        ("{% for k in [] %}x{% else %}none{% endfor %}", "none"),
        ("a{{ n }}b{{ lr }}c", "a3b0.1c"),
        (" {{ n }}", " 3"),
        ("{{ n }}\n", "3\n"),
        ("{{ '{{' }} {{ n }}", "{{ 3"),
        ("{% raw %}{{ n }}{% endraw %}", "{{ n }}"),
        ("${#array[@]} {{ n }} {# no comment #}", "${#array[@]} 3 {# no comment #}"),
        ("100% {{ n }} } }} %}", "100% 3 } }} %}"),
    ],
)  # fmt: skip
def test_an_expression_has_the_documented_value(source: str, value: Any) -> None:
    result = value_of(source)

    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("source", "message", "remedy"),
    [
        ("{{ lrr }}", 'unknown name "lrr"', 'did you mean "lr"?'),
        ("{{ params.lr }}", 'unknown name "params"', "{{ lr }}"),
        ("{{ globals.uuid }}", 'unknown name "globals"', "leadline.trial"),
        ("{{ conv.kernel }}", 'no key "kernel"', 'did you mean "kernels"?'),
        ("{{ layers[3] }}", "no item 3", "the first is 0"),
        ("{{ layers['a'] }}", "by number only", ""),
        ("{{ conv[0] }}", "keys of a map are text", ""),
        ("{{ n.x }}", "a number has no items", "maps, lists"),
        ("{{ nothing[0] }}", "null has no items", ""),
        ("{{ word.upper }}", "text has items by number only", ""),
        ("{{ word + n }}", "+ needs numbers, not text", "join texts with ~"),
        ("{{ conv + conv }}", "+ needs numbers, not a map", ""),
        ("{{ word * word }}", "can't multiply", "whole number"),
        ("{{ word % n }}", "% needs numbers, not text", ""),
        ("{{ -word }}", "- needs numbers, not text", "| int"),
        ("{{ n / 0 }}", "division by zero", ""),
        ("{{ n % 0 }}", "division by zero", ""),
        ("{{ 0 ** -n }}", "division by zero", ""),
        ("{{ (0 - 8) ** 0.5 }}", "complex", ""),
        ("{{ 10.0 ** 400 }}", "too large", "smaller"),
        ("{{ 1e308 * 10 }}", "not a finite number", "smaller"),
        ("{{ 10 ** 300 / 1e-300 }}", "not a finite number", "smaller"),
        ("{{ n < word }}", "can't compare a number with text", "two numbers or two texts"),
        ("{{ n in word }}", "only text can be in text", ""),
        ("{{ n in n }}", "nothing can be in a number", "a list or a map"),
        ("{{ {n: 1} }}", "keys of a map must be text", ""),
        ("{{ word | int }}", 'needs a number, not the text "Hello World"', ""),
        ("{{ 'inf' | float }}", "needs a number", ""),
        ("{{ '1e999' | float }}", "not a finite number", ""),
        ("{{ '1_000' | int }}", "needs a number", ""),
        ("{{ layers | float }}", "needs a number, not a list", ""),
        ("{{ [] | first }}", "at least one item", ""),
        ("{{ [] | min }}", "at least one item", ""),
        ("{{ [1, 'a'] | sort }}", "only numbers or only text", ""),
        ("{{ words | sum }}", "needs a number, not text", ""),
        ("{{ n | length }}", "needs text, a list or a map", ""),
        ("{{ '%d' | format(word) }}", "needs a number", ""),
        ("{{ '%d' | format }}", "fewer values", ""),
        ("{{ '%d' | format(1, 2) }}", "1 more values", ""),
        ("{{ '%y' | format(1) }}", "no known conversion", "%d"),
        ("{{ '%*d' | format(9, 1) }}", "no known conversion", ""),
        ("{{ '%x' | format(1.5) }}", "whole number", ""),
        ("{{ n | round(1.5) }}", "precision must be an integer", ""),
        ("{{ n | round(0, 'up') }}", "common", ""),
        ("{{ n | rund }}", 'no filter "rund"', 'did you mean "round"?'),
        ("{{ m.x | default(0) }}", 'the filter "default" is for', "'key' in m"),
        ("{{ n | round(1, 'ceil', 2) }}", "takes other arguments", "round(precision, method)"),
        ("{{ n | round(digits=1) }}", "takes other arguments", "round(precision, method)"),
        ("{{ n | round(*layers) }}", "* and **", "one by one"),
        ("{{ 'x' if n }}", "inline if without else", "add else"),
        ("{{ n() }}", "a call can't be used", "filter"),
        ("{{ range(3) }}", "a call can't be used", "filter"),
        ("{{ word.upper() }}", "a call can't be used", "filter"),
        ("{{ n is odd }}", "a test", "compare"),
        ("{{ layers[0:2] }}", "a slice", "single items"),
        ("{% set x = 1 %}{{ x }}", "{% set %}", ""),
        ("{% include 'x' %}", "Include can't be used", "{% if %}"),
        ("{% macro m() %}{% endmacro %}{{ n }}", "Macro can't be used", "{% if %}"),
        ("{% for a, b in conv %}{% endfor %}", "one variable", ""),
        ("{% for a in layers if a %}{% endfor %}", "can't have a condition", "inside the loop"),
        ("{% for a in word %}{% endfor %}", "a list or a map, not text", ""),
        ("{% for a in layers %}{{ loop.index }}{% endfor %}", 'unknown name "loop"', ""),
        ("{% for a in layers %}{% endfor %}{{ a }}", 'unknown name "a"', ""),
        ("{{ n", "not a valid expression", "{% raw %}"),
        ("{{ }}", "not a valid expression", "{{ '{{' }}"),
        ("{{ .Values.lr }}", "not a valid expression", "{% raw %}"),
        ("{% endif %}{{ n }}", "not a valid expression", ""),
        ("{% unknown %}", "not a valid expression", ""),
        ("{{ n }}\r\n", "carriage return", "\\r"),
        ("{{ '\\ud800' }}", "half a surrogate pair", "whole Unicode"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_a_remedy(source: str, message: str, remedy: str) -> None:
    with pytest.raises(RenderError) as caught:
        value_of(source)

    assert caught.value.path == "at"
    assert message in caught.value.message
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    "source",
    [
        "{{ word.__class__ }}",
        "{{ word['__class__'] }}",
        "{{ conv.__init__ }}",
        "{{ conv.items }}",
        "{{ self }}",
        "{{ cycler }}",
        "{{ namespace }}",
        "{{ lipsum }}",
        "{{ word | attr('upper') }}",
        "{{ layers | map('string') }}",
    ],
)
def test_nothing_of_python_or_of_jinjas_globals_can_be_reached(source: str) -> None:
    with pytest.raises(RenderError):
        value_of(source)


def test_an_untaken_branch_is_not_evaluated() -> None:
    assert value_of("{{ n if flag else n / 0 * off }}") == 3
    assert value_of("{{ off and layers[99] }}") is False


numbers = st.sampled_from(["0", "1", "2", "7", "0.5", "1e3", "n", "lr", "k"])
texts = st.sampled_from(["'a'", "'b c'", "word", "''"])
lists = st.sampled_from(["layers", "[1, 2]", "[]", "[n, lr]"])


def _numeric(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operation = st.sampled_from(
        ["+", "-", "*", "/", "//", "%", "**", "and", "or", "<", "<=", "==", "!=", ">"]
    )
    return st.one_of(
        st.tuples(inner, operation, inner).map(" ".join),
        inner.map(lambda x: f"({x})"),
        inner.map(lambda x: f"-{x}"),
        inner.map(lambda x: f"(not {x})"),
        inner.map(lambda x: f"{x} | abs"),
        inner.map(lambda x: f"{x} | round(1)"),
        inner.map(lambda x: f"({x}) | int"),
        st.tuples(inner, inner, inner).map(lambda x: f"({x[0]} if {x[1]} else {x[2]})"),
        st.tuples(texts, inner).map(lambda x: f"({x[0]} * ({x[1]})) | length"),
        st.tuples(inner, lists).map(lambda x: f"({x[0]} in {x[1]})"),
        lists.map(lambda x: f"({x} | sum)"),
        st.tuples(texts, texts).map(lambda x: f"({x[0]} in {x[1]} ~ 'x')"),
        st.tuples(texts, texts).map(lambda x: f"({x[0]} | upper | replace('A', {x[1]}) | length)"),
    )


@settings(max_examples=300)
@given(st.recursive(numbers, _numeric, max_leaves=6), st.integers(-3, 3))
def test_expressions_agree_with_jinja_where_both_have_a_value(expression: str, k: int) -> None:
    try:
        ours = value_of("{{ " + expression + " }}", k=k)
    except RenderError:
        assume(False)  # we are stricter than Jinja; hypothesis complains if that is nearly always so
    jinja = Environment(undefined=StrictUndefined).compile_expression(expression, undefined_to_none=False)
    expected = jinja(**NAMES, k=k)

    assert ours == expected
    assert type(ours) is type(expected)
