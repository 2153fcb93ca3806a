"""Names that have a value in some trials only: what a template may do with them, and what it is told."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from leadline.template import Presence, RenderError, check_template, render

from .pods import pod

# optimizer: sgd, momentum, adam. nesterov (true, false) where momentum; damping where nesterov is false;
# rate for sgd and momentum; beta for adam; steps: too many values to be listed; warmup where steps is the first.
PRESENCE = Presence(
    needs={
        "nesterov": {"optimizer": frozenset({1})},
        "damping": {"nesterov": frozenset({1})},
        "rate": {"optimizer": frozenset({0, 1})},
        "beta": {"optimizer": frozenset({2})},
        "warmup": {"steps": frozenset({0})},
    },
    values={"optimizer": ["sgd", "momentum", "adam"], "nesterov": [True, False]},
    variables={"LEADLINE_PARAM_RATE": "rate"},
)
NAMES = ("optimizer", "n", "steps", *PRESENCE.needs)

CONFIGURATIONS = [
    {
        "optimizer": optimizer,
        "n": 3,
        "steps": steps,
        **({"nesterov": nesterov} if optimizer == "momentum" else {}),
        **({"damping": 0.1} if optimizer == "momentum" and not nesterov else {}),
        **({"rate": 0.5} if optimizer != "adam" else {}),
        **({"beta": 0.9} if optimizer == "adam" else {}),
        **({"warmup": 7} if steps == 1 else {}),
    }
    for optimizer, nesterov, steps in product(("sgd", "momentum", "adam"), (True, False), (1, 2))
]

SURE = [
    "{{ rate | default(0) }}",
    "{{ rate | default(default_value=n) }}",
    "{{ rate | default(none) }}",
    "{{ '--rate=' ~ rate if rate is defined else '' }}",
    "{{ '' if rate is not defined else rate }}",
    "{{ '' if rate is undefined else rate }}",
    "{{ '' if not rate is defined else rate }}",
    "{% if rate is defined %}{{ rate }}{% endif %}",
    "{% if rate is defined and rate > 0.1 %}{{ rate }}{% endif %}",
    "{{ rate is defined and rate > 0.1 }}",
    "{{ rate is not defined or rate > 0.1 }}",
    "{% if optimizer == 'sgd' %}{{ rate }}{% endif %}",
    "{% if optimizer in ['sgd', 'momentum'] %}{{ rate }}{% endif %}",
    "{% if optimizer != 'adam' %}{{ rate }}{% else %}{{ beta }}{% endif %}",
    "{% if optimizer == 'adam' %}{% elif n > 2 %}{{ rate }}{% else %}{{ rate }}{% endif %}",
    "{% if n > 1 and optimizer == 'momentum' %}{{ nesterov }}{% endif %}",
    "{% if optimizer == 'adam' or n > 7 %}{% else %}{{ rate }}{% endif %}",
    "{% if not (optimizer == 'sgd' or optimizer == 'adam') %}{{ nesterov }}{{ rate }}{% endif %}",
    "{% if optimizer | upper == 'ADAM' %}{{ beta }}{% endif %}",
    "{% if nesterov is defined %}{{ rate }}{{ optimizer }}{% endif %}",
    "{% if damping is defined %}{{ damping }}{{ nesterov }}{{ rate }}{% endif %}",
    "{% if beta is defined %}{{ beta }}{% else %}{{ rate }}{% endif %}",
    "{% if optimizer == 'momentum' %}{% if not nesterov %}{{ damping }}{% endif %}{% endif %}",
    "{% if nesterov | default(true) %}{% else %}{{ damping }}{% endif %}",
    "{% if optimizer == 'momentum' and nesterov == false %}{{ damping }}{% endif %}",
    "{% for x in [1] %}{% if rate is defined %}{{ rate * x }}{% endif %}{% endfor %}",
    "{% for rate in [1] %}{{ rate }}{% endfor %}",
    "{% if warmup is defined %}{{ warmup }}{% endif %}",
    "{{ n is defined }}{{ n | default(1) }}",
    "{% if optimizer == 'sgd' %}$(LEADLINE_PARAM_RATE){% endif %}",
    "$$(LEADLINE_PARAM_RATE) $(LEADLINE_PARAM_N)",
]

UNSURE = [
    ("{{ rate }}", "rate"),
    ("{{ rate + 1 }}", "rate"),
    ("{{ n if rate else 0 }}", "rate"),
    ("{{ rate is defined or rate > 0.1 }}", "rate"),
    ("{% if optimizer == 'sgd' %}{{ beta }}{% endif %}", "beta"),
    ("{% if optimizer != 'sgd' %}{{ rate }}{% endif %}", "rate"),
    ("{% if n > 1 or optimizer == 'sgd' %}{{ rate }}{% endif %}", "rate"),
    ("{% if optimizer == 'momentum' %}{{ damping }}{% endif %}", "damping"),
    ("{% if nesterov | default(false) %}{% else %}{{ damping }}{% endif %}", "damping"),
    ("{% if nesterov is defined %}{{ damping }}{% endif %}", "damping"),
    ("{% if nesterov is not defined %}{{ beta }}{% endif %}", "beta"),
    ("{{ rate | default(beta) }}", "beta"),
    ("{% for optimizer in ['sgd'] %}{% if optimizer == 'sgd' %}{{ rate }}{% endif %}{% endfor %}", "rate"),
    ("{% for rate in [1] %}{% if rate is defined %}{% endif %}{% endfor %}{{ rate }}", "rate"),
    ("{% if steps == 1 %}{{ warmup }}{% endif %}", "warmup"),
    ("{{ '%s' | format(rate) }}", "rate"),
    ("{% if rate > 1 %}{% endif %}", "rate"),
    ("--rate=$(LEADLINE_PARAM_RATE)", "$(LEADLINE_PARAM_RATE)"),
    ("{{ n }} $(LEADLINE_PARAM_RATE)", "$(LEADLINE_PARAM_RATE)"),
]


@pytest.mark.parametrize("source", SURE)
def test_a_use_that_is_sure_to_find_a_value_is_taken_and_does(source: str) -> None:
    template = pod(args=[source])

    assert check_template(template, NAMES, PRESENCE) == ()
    for params in CONFIGURATIONS:
        render(template, params)


@pytest.mark.parametrize(("source", "name"), UNSURE)
def test_a_use_that_may_find_none_is_refused_with_what_to_write(source: str, name: str) -> None:
    (problem,) = check_template(pod(args=[source]), NAMES, PRESENCE)

    assert problem.path == "spec.containers[0].args[0]"
    assert f'"{name}" has no value in some trials' in problem.message
    assert "| default(0) }}" in problem.remedy
    assert "is defined %}" in problem.remedy


def test_a_default_takes_the_place_of_a_missing_value_and_of_no_other() -> None:
    template = {"a": "{{ rate | default(2) }}", "b": "{{ n | default(2) }}", "c": "{{ off | default(2) }}"}

    assert render(template, {"n": 5, "off": None}) == {"a": 2, "b": 5, "c": None}


def test_what_a_default_would_be_is_computed_only_where_it_is_wanted() -> None:
    template = {"a": "{{ n | default(1 / z) }}"}

    assert render(template, {"n": 5, "z": 0}) == {"a": 5}
    with pytest.raises(RenderError, match="division by zero"):
        render(template, {"z": 0})


@pytest.mark.parametrize(
    "source",
    ["{{ (n + 1) | default(0) }}", "{{ n.x | default(0) }}", "{{ n is odd }}", "{{ (n + 1) is defined }}"],
)
def test_defaults_and_tests_are_for_bare_names(source: str) -> None:
    (problem,) = check_template({"at": source}, NAMES, PRESENCE)

    assert "bare name" in problem.message


def test_a_variable_that_the_template_sets_itself_is_there() -> None:
    template = pod(
        args=["$(LEADLINE_PARAM_RATE)"],
        env=[{"name": "LEADLINE_PARAM_RATE", "value": "{{ rate | default(1) }}"}],
    )

    assert check_template(template, NAMES, PRESENCE) == ()


def test_a_variable_is_looked_for_only_where_kubernetes_replaces_it() -> None:
    assert check_template(pod(image="x:$(LEADLINE_PARAM_RATE)"), NAMES, PRESENCE) == ()


def test_tests_that_take_too_long_to_try_teach_nothing() -> None:
    values: list[Any] = ["x" * 10_000 + str(i) for i in range(1000)]
    presence = Presence({"rate": {"p": frozenset({0})}}, {"p": values})
    template = {"at": "{% if p == 'y' %}{{ rate }}{% endif %}"}

    (problem,) = check_template(template, ("p", "rate"), presence)

    assert "rate" in problem.message
