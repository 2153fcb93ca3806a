from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.metrics import MAX_PATTERN, LogReader, check_patterns

from .logs import read, series


def test_named_groups_give_name_value_and_step() -> None:
    pattern = r"Best (?P<name>\w+) so far: (?P<value>\S+) at step (?P<step>\d+)"
    log = "Best acc so far: 0.7 at step 20\nBest acc so far: 0.5 at step 10\nacc=0.9\n"

    found = series(log, patterns=[pattern])

    assert (found.last, found.count) == (0.7, 2)
    assert found.curve == ((10, 0.5), (20, 0.7))


def test_two_plain_groups_are_name_and_value() -> None:
    assert (
        series("the final (score) is 12.5 %\n", "score", patterns=[r"final \((score)\) is (\S+ %)"]).last
        == 12.5
    )


def test_several_patterns_and_several_matches_in_a_line_count() -> None:
    patterns = [r"<(\w+)>(\S+)</", r"(?P<value>\S+) is the (?P<name>\w+)"]

    summary = read("<a>1</ <b>2</ <a>3</\n0.5 is the acc\n", patterns=patterns)

    assert {name: found.last for name, found in summary.metrics.items()} == {"a": 3, "b": 2, "acc": 0.5}


def test_the_rules_for_numbers_hold_for_patterns_too() -> None:
    found = series("acc is 0,5\nacc is nan\nacc is 0.25\nacc is \n", patterns=[r"(acc) is ?(\S*)"])

    assert (found.last, found.count, found.ignored) == (0.25, 1, 3)


def test_a_step_that_is_no_number_is_none() -> None:
    pattern = r"(?P<name>acc) (?P<value>\S+)(?: at (?P<step>\S+))?"

    assert series("acc 1 at x\nacc 2\nacc 3 at 4\n", patterns=[pattern]).curve == (
        (None, 1.0),
        (None, 2.0),
        (4, 3.0),
    )


def test_matches_in_one_line_are_limited() -> None:
    assert series("<acc>1</" * 100 + "\n<acc>2</", patterns=[r"<(\w+)>(\S+?)</"]).count == 64 + 1


def test_bytes_that_are_no_utf8_do_no_harm() -> None:
    assert series(b"\xff\xfe acc is 1\n\xff acc is \xff\n", patterns=[r"(acc) is (\S+)"]).last == 1.0


@pytest.mark.parametrize(
    ("pattern", "message", "remedy"),
    [
        ("(", "not a valid RE2 pattern: missing )", "look-around"),
        (r"(a)(?=b)(c)", "not a valid RE2 pattern", "look-around"),
        (r"(a)\1(b)", "not a valid RE2 pattern", "back-references"),
        (r"(?P<name>a)(?P<name>b)", "doesn't say which part", ""),
        ("acc=.*", "doesn't say which part", "(?P<name>…)"),
        ("(a)", "doesn't say which part", "two plain groups"),
        ("(a)(b)(c)", "doesn't say which part", ""),
        (r"(?P<name>a)=(\d)", "doesn't say which part", ""),
        (r"(?P<value>\d)", "doesn't say which part", ""),
        (r"(?P<name>a)(?P<value>b)(?P<epoch>c)", 'no group "epoch"', "(?P<step>…)"),
        ("(a*)(b*)", "matches nothing at all", "+"),
        ("x" * (MAX_PATTERN + 1), "512 bytes, this has 513", "split"),
        ("é" * 300, "512 bytes, this has 600", "split"),
        (r"(.{0,500})(.{1,400})", "too large", "{n}"),
        (r"((a{1,1000}){1,1000})(b)", "not a valid RE2 pattern", ""),
        ("\ud800", "half a surrogate pair", "whole Unicode"),
    ],
)
def test_a_bad_pattern_is_refused_with_its_place_and_a_remedy(
    pattern: str, message: str, remedy: str
) -> None:
    (problem,) = check_patterns([r"(\w+)=(\S+)", pattern])

    assert problem.path == "[1]"
    assert message in problem.message
    assert remedy in problem.remedy
    assert problem.under("spec.metrics.patterns").path == "spec.metrics.patterns[1]"
    with pytest.raises(ValueError):
        LogReader([pattern])


@given(st.text(max_size=40) | st.text(alphabet="(){}[]*+?|\\.^$aPn<>=1,", max_size=40))
def test_any_text_as_a_pattern_is_checked_and_then_safe_to_use(pattern: str) -> None:
    if not check_patterns([pattern]):
        read(b"a=1 1,,11 (a) \xff\n\n" + pattern.encode("utf-8", "replace"), patterns=[pattern])


EVIL = [
    r"(a+)+(b)",
    r"(?:a*)*(a)(b)",
    r"(a|a)*(b)",
    r"(a|aa)+(b)",
    r"(?:x+x+)+(x)(y)",
    r"([a-z]+)*(\d)",
    r"(\w+\s?)*(\d+)",
    r"(.*)(.)",
    r"(a?){50}(a{50})",
    r"(?i)(a.{50})(b.{50})",
    r"(.*a.{60})(b)",
    r"(\b\w+\b){20}(x)",
    r"(?:.*)*(.*)(.*a){10}(.)(?P<never>x)|(a)(b)",
    r"(.*?){3}(.*?,){9}(x)",
]


@pytest.mark.parametrize("pattern", EVIL)
def test_evil_patterns_take_linear_time(pattern: str) -> None:
    if check_patterns([pattern]):
        return  # refused: as good
    text = b"a" * 60_000 + b"\n" + (b"a" * 80 + b"!\n") * 1_000
    started = time.process_time()
    read(text, patterns=[pattern])
    assert time.process_time() - started < 2  # Python's re needs hours for most of them
