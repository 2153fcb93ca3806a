from __future__ import annotations

import keyword
from typing import Any

import pytest

from leadline.template import LEADLINE_KEYS, UNUSABLE_NAMES, check_template, render

from .pods import pod

PARAMS = ["lr", "gamma", "kernel"]


def lines(template: dict[str, Any], names: list[str] = PARAMS) -> list[str]:
    return [str(problem) for problem in check_template(template, names)]


def test_a_template_that_can_be_filled_in_has_no_problems() -> None:
    template = pod(
        command=["python", "train.py", "--lr={{ lr }}", "{{ gamma | round(3) }}", "$(LEADLINE_PARAM_LR)"],
        env=[{"name": "TRIAL", "value": "{{ leadline.trial }}"}],
        workingDir="/{{ leadline['group'] }}/{% for k in [lr, gamma] %}{{ k }}{% endfor %}",
    )

    assert lines(template) == []


def test_every_unknown_name_is_reported_with_its_path_and_the_nearest_known_one() -> None:
    template = pod(args=["{{ lr }}", "{{ gama }} {{ kernl }}"], env=[{"name": "A", "value": "x{{ zzz }}"}])

    assert lines(template) == [
        'spec.containers[0].args[1]: unknown name "gama"; did you mean "gamma"?',
        'spec.containers[0].args[1]: unknown name "kernl"; did you mean "kernel"?',
        'spec.containers[0].env[0].value: unknown name "zzz"; known names: gamma, kernel, leadline, lr',
    ]


@pytest.mark.parametrize(
    "source",
    [
        "{{ 1 if true else gama }}",
        "{{ true or gama }}",
        "{% if false %}{{ gama }}{% endif %}",
        "{% if true %}{% elif gama %}{% else %}{% endif %}",
        "{% for x in [] %}{{ gama }}{% endfor %}",
        "{% for gama in [1] %}{% endfor %}{{ gama }}",
        "{{ lr | round(gama) }}",
        "{{ {'a': gama} }}",
        "{{ lr[gama] }}",
    ],
)
def test_an_unknown_name_is_found_in_a_branch_that_is_never_taken(source: str) -> None:
    assert lines({"at": source}) == ['at: unknown name "gama"; did you mean "gamma"?']


def test_a_misspelled_leadline_name_is_found() -> None:
    assert lines({"a": "{{ leadline.trail }}", "b": "{{ leadline['nmber'] }}"}) == [
        'a: unknown name "leadline.trail"; did you mean "leadline.trial"?',
        'b: unknown name "leadline.nmber"; did you mean "leadline.number"?',
    ]


def test_the_names_of_leadline_are_those_that_are_given_at_the_launch() -> None:
    identity = {"trial": "g-3", "group": "g", "namespace": "ml", "number": 3, "attempt": 2}
    template = {key: f"{{{{ leadline.{key} }}}}" for key in LEADLINE_KEYS}

    assert lines(template) == []
    assert render(template, {}, {"leadline": identity}) == identity


def test_every_name_but_the_unusable_can_be_used() -> None:
    words = {
        *keyword.kwlist,
        *keyword.softkwlist,
        *["true", "false", "none", "loop", "self", "context", "range", "dict", "set", "raw", "endraw"],
    }

    for word in sorted(words - UNUSABLE_NAMES):
        assert render({"at": f"{{{{ {word} }}}}"}, {word: 1}) == {"at": 1}, word


def test_keys_with_expressions_are_refused() -> None:
    template = {"metadata": {"labels": {"{{ lr }}": "x", "a/b": "{{ lr }}"}}}

    assert lines(template) == [
        "metadata.labels[{{ lr }}]: keys are not filled in; put the expression into the value"
    ]


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' - 1 }}",
        "{{ lr ~ (1 / 0) }}",
        "{% if lr %}{{ 'x' | int }}{% endif %}",
        "{{ lr | round('a' * 2 - 1) }}",
    ],
)
def test_a_mistake_without_names_is_found_before_there_are_values(source: str) -> None:
    assert len(lines({"at": source})) == 1


def test_check_finds_what_render_would_refuse_for_any_value() -> None:
    assert lines({"at": "{{ lr"})[0].startswith("at: not a valid expression")
    assert lines({"at": "{{ lr() }}"}) == [
        "at: a call can't be used in a template; use a filter: {{ x | round(2) }}"
    ]
