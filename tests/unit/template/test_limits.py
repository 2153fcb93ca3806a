"""Templates are written by anyone who may create a group: none may cost the operator much."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import pytest

from leadline.template import RenderError, check_template, render
from leadline.template.limits import MAX_SOURCE, MAX_TEXT, MAX_TOTAL

from .pods import pod

NAMES: dict[str, Any] = {
    "n": 10**8,
    "text": "a" * 1000,
    "numbers": list(range(1000)),
    "nested": [[i] * 10 for i in range(1000)],
}

BOMBS = {
    "repeated text": "{{ 'a' * n }}",
    "repeated text, factors swapped": "{{ n * 'a' }}",
    "repeated list": "{{ [0] * n }}",
    "shared lists": "{{ [numbers * 10] * 10000 }}",
    "shared lists, deeper": "{{ [[[numbers] * 1000] * 1000] * 1000 | length }}",
    "shared lists, compared": "{{ [[numbers] * 9000] * 9000 == [[numbers] * 9000] * 9000 }}",
    "shared lists, joined": "{{ [[numbers] * 9000] * 9000 | join }}",
    "shared lists, counted": "{{ ([[numbers] * 9000] * 9000 ~ '') | length }}",
    "powers": "{{ 9 ** 9 ** 9 ** 9 }}",
    "power of a large number": "{{ n ** n }}",
    "product of large numbers": "{{ (n ** 30) * (n ** 30) * (n ** 30) }}",
    "replacement": "{{ (text * 60) | replace('a', text) }}",
    "replacement of nothing": "{{ text | replace('', text) }}",
    "join": "{{ numbers | join(text) }}",
    "joined texts": "{{ text * 60 ~ text * 60 }}",
    "added texts": "{{ text * 60 + text * 60 }}",
    "added lists": "{{ numbers * 9 + numbers * 9 }}",
    "format width": "{{ '%1000000000d' | format(1) }}",
    "format precision": "{{ '%.1000000000f' | format(1) }}",
    "many formats": "{{ ('%999d' * 9000) | format(" + "1," * 9000 + ") }}",
    "precision of round": "{{ 5 | round(-100000000) }}",
    "loops": "{% for a in numbers %}{% for b in numbers %}{% for c in numbers %}{% endfor %}{% endfor %}{% endfor %}",
    "loop over text": "{% for a in numbers %}" + "x" * 1000 + "{% endfor %}",
    "loop with comparison": "{% for a in numbers %}{% if [a, nested] == [a, nested] %}{% endif %}{% endfor %}",
    "loop with sorting": "{% for a in numbers %}{% if numbers | sort == a %}{% endif %}{% endfor %}",
    "loop with search": "{% for a in numbers %}{% if 'ab' in text * 60 %}{% endif %}{% endfor %}",
}

MAZES = {
    "brackets": "{{ " + "(" * 500 + "n" + ")" * 500 + " }}",
    "lists": "{{ " + "[" * 500 + "n" + "]" * 500 + " }}",
    "signs": "{{ " + "-" * 20_000 + "n }}",
    "negations": "{{ " + "not " * 10_000 + "n }}",
    "chain of operations": "{{ n" + " + n" * 10_000 + " }}",
    "chain of filters": "{{ n" + " | abs" * 5_000 + " }}",
    "nested statements": "{% if n %}" * 4_000 + "{% endif %}" * 4_000,
    "long literal": "{{ " + "9" * 4_000 + " }}",
    "longer literal": "{{ " + "9" * 5_000 + " }}",
    "long source": "{{ n }}" + "x" * MAX_SOURCE,
    "unclosed": "{{" * 20_000,
    "unclosed quotes": "{{ " + "'" * 20_001,
    "unclosed references": "$(" * 32_000 + "{{",
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_in_little_memory(source: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(RenderError) as caught:
            render({"at": source}, NAMES)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert caught.value.path == "at"
    assert peak < 32 * 2**20


@pytest.mark.parametrize("source", [*BOMBS.values(), *MAZES.values()], ids=[*BOMBS, *MAZES])
def test_a_template_that_would_take_long_is_refused_soon(source: str) -> None:
    started = time.process_time()
    with pytest.raises(RenderError):
        render({"at": source}, NAMES)

    assert time.process_time() - started < 3  # the slowest takes half a second on an idle core


def test_bombs_without_names_are_found_before_anything_runs() -> None:
    bombs = {
        "a": "{{ 'a' * 10**8 }}",
        "b": "{{ x ~ 9 ** 999 }}",
        "c": "{% if x %}{{ '%1000000d' | format(1) }}{% endif %}",
    }

    assert [problem.path for problem in check_template(bombs, ["x"])] == ["a", "b", "c"]


def test_a_result_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert len(render({"at": "{{ t }}"}, {"t": "x" * MAX_TEXT})["at"]) == MAX_TEXT
    with pytest.raises(RenderError, match=r"more than 65,536 characters"):
        render({"at": "{{ t }}"}, {"t": "x" * (MAX_TEXT + 1)})
    with pytest.raises(RenderError, match=r"more than 65,536 characters"):
        render({"at": "{{ t }}y"}, {"t": "x" * MAX_TEXT})


def test_a_filter_takes_no_more_than_a_result_may_be() -> None:
    assert render({"at": "{{ [text * 60] | length }}"}, NAMES) == {"at": 1}
    with pytest.raises(RenderError, match=r"more than 65,536 characters"):
        render({"at": "{{ [text * 60, text * 60] | length }}"}, NAMES)


def test_all_results_of_a_template_together_are_limited() -> None:
    strings = MAX_TOTAL // MAX_TEXT
    values = {"t": "x" * MAX_TEXT}

    render(pod(args=["{{ t }}"] * strings), values)
    with pytest.raises(RenderError) as caught:
        render(pod(args=["{{ t }}"] * (strings + 1)), values)
    assert caught.value.path == f"spec.containers[0].args[{strings}]"


def test_all_steps_of_a_template_together_are_limited() -> None:
    loop = "{% for a in numbers %}{{ a * a }}{% endfor %}"

    render(pod(args=[loop] * 5), NAMES)
    with pytest.raises(RenderError, match="steps"):
        render(pod(args=[loop] * 50), NAMES)


def test_text_to_be_parsed_is_limited_for_check_and_render_alike() -> None:
    template = pod(args=["{{ n }}" + "x" * 60_000] * 3)

    assert [problem.path for problem in check_template(template, ["n"])] == ["spec.containers[0].args[2]"]
    with pytest.raises(RenderError):
        render(template, NAMES)


@pytest.mark.parametrize(("opening", "closing"), ["()", "[]"])
def test_brackets_may_be_nested_to_the_same_depth_wherever_the_check_runs(opening: str, closing: str) -> None:
    def problems(depth: int) -> int:
        return len(check_template({"at": "{{ " + opening * depth + "n" + closing * depth + " }}"}, ["n"]))

    def on_a_deep_stack(frames: int, depth: int) -> int:
        return on_a_deep_stack(frames - 1, depth) if frames else problems(depth)

    assert [problems(depth) for depth in (19, 20, 21, 30)] == [0, 0, 1, 1]
    assert [on_a_deep_stack(300, depth) for depth in (20, 21)] == [0, 1]


def test_a_template_nested_too_deep_is_refused() -> None:
    deep: Any = "{{ n }}"
    for _ in range(100):
        deep = {"a": deep}

    (problem,) = check_template(deep, ["n"])
    assert "64 deep" in problem.message
    with pytest.raises(RenderError, match="64 deep"):
        render(deep, NAMES)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "not a finite number"),
        ({"a": [float("inf")]}, "not a finite number"),
        (2**1025, "1024 bits"),
        (object(), "object"),
        (b"bytes", "bytes"),
        ({1: "a"}, "a key that is not text"),
    ],
)
def test_a_value_that_json_cannot_hold_is_refused_by_name(value: Any, message: str) -> None:
    with pytest.raises(RenderError, match='the value of "lr"') as caught:
        render({"at": "x"}, {"lr": value})

    assert message in caught.value.message


def test_half_a_surrogate_pair_in_a_value_is_refused_where_it_is_used() -> None:
    with pytest.raises(RenderError) as caught:
        render(pod(args=["{{ t }}"]), {"t": "a\ud800"})

    assert caught.value.path == "spec.containers[0].args[0]"
