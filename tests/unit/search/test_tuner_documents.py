"""What a tuner is told and what it may answer: within bounds whatever comes, and told in words that help."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.search.spaces import JSON_VALUES, spaces
from leadline.search import Completed, parse_space
from leadline.search.space.fit import MisfitError
from leadline.search.tuner.answer import MOST_BYTES, MOST_STORED, last_line, read_answer
from leadline.search.tuner.errors import TunerAnswerError
from leadline.search.tuner.fit import fit_any
from leadline.search.tuner.request import Question, build_request

PARAMS = {
    "optimizer": {"kind": "choice", "value": ["adam", "sgd"]},
    "momentum": {"kind": "uniform", "value": [0, 1], "when": {"optimizer": ["sgd"]}},
    "layers": {"kind": "range", "value": [1, 5, 1]},
}
SPACE = parse_space(PARAMS)[0]
GOOD = {"optimizer": "adam", "layers": 2}


def answer(*suggestions: Any, **fields: Any) -> str:
    return json.dumps({"suggestions": list(suggestions), **fields})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the answer is empty"),
        ("hello", "is not JSON: Expecting value (line 1, column 1)"),
        ("[]", "is not a JSON object"),
        ("{}", "needs suggestions"),
        ('{"suggestions": {"x": 1}}', "needs suggestions"),
        ('{"suggestion": []}', "has no field 'suggestion'; it has: version, suggestions, done"),
        (answer(done=1), "done must be true or false, not 1"),
        (answer(version="leadline.dev/tuner/v9"), "is of version 'leadline.dev/tuner/v9', not leadline.dev/tuner/v1"),
        (answer(3), "suggestions[0]: it is 3 and not a map"),
        (answer(GOOD, {}), "suggestions[1]: optimizer is missing"),
        (answer({**GOOD, "lr": 1}), "lr is not a parameter; there are: optimizer, momentum, layers"),
        (answer({**GOOD, "layers": 5}), "layers can't be 5"),
        (answer({**GOOD, "layers": "2"}), "layers can't be '2'"),
        (answer({**GOOD, "momentum": 0.5}), "momentum is given where its condition (when) does not hold"),
        (answer({**GOOD, "optimizer": "sgd"}), "momentum is missing"),
        (answer({**GOOD, "optimizer": "sgd", "momentum": 1.5}), "momentum is 1.5, which is not from 0 to 1"),
        (answer({**GOOD, "optimizer": "sgd", "momentum": 10**400}), "which is not from 0 to 1"),
        (answer({**GOOD, "optimizer": "sgd", "momentum": True}), "momentum must be a number, not True"),
        ('{"suggestions": [{"optimizer": "adam", "layers": NaN}]}', "NaN is not a number in JSON"),
        ('{"suggestions": [{"optimizer": "adam", "layers": %s}]}' % ("9" * 5000), "is not JSON: "),
        ('{"suggestions": ' + "[" * 100_000, "nested too deep"),
        (b"\xff\xfe{}", "it is not UTF-8"),
        (answer(*[GOOD] * 11), "there are 11 suggestions, and at most 10 can be taken"),
        ("x" * (MOST_BYTES + 1), f"more than {MOST_BYTES} bytes"),
    ],
)  # fmt: skip
def test_an_answer_that_can_not_be_used_is_told_of(text: str | bytes, words: str) -> None:
    with pytest.raises(TunerAnswerError) as raised:
        read_answer(text, SPACE, 10)

    assert words in str(raised.value)
    assert len(str(raised.value)) < 300


def test_a_good_answer_comes_in_the_words_of_the_space() -> None:
    found = read_answer(
        answer({"layers": 2.0, "optimizer": "adam"}, version="leadline.dev/tuner/v1"), SPACE, 10
    )

    assert (list(found.suggestions[0].items()), found.done) == ([("optimizer", "adam"), ("layers", 2)], False)
    assert isinstance(found.suggestions[0]["layers"], int)


def test_done_needs_no_suggestions() -> None:
    assert read_answer('{"done": true}', SPACE, 10).done
    assert read_answer('{"suggestions": []}', SPACE, 10).suggestions == ()


def test_a_round_that_would_not_fit_into_the_status_is_refused() -> None:
    suggestions = [{"text": "x" * 1000}] * (MOST_STORED // 1000)

    with pytest.raises(TunerAnswerError, match=f"more than {MOST_STORED} bytes"):
        read_answer(answer(*suggestions), None, 1000)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "it has 0 parameters"),
        ({f"p{n}": 1 for n in range(65)}, "it has 65 parameters"),
        ({"a-b": 1}, "'a-b' can't be a parameter's name"),
        ({"x": 1, "X": 1}, "differ only in case"),
        ({"x": float("inf")}, "x has a value that is no JSON"),
        ({"leadline": 1}, "the name leadline is taken"),
    ],
)
def test_names_of_the_tuners_own_follow_the_rules_of_names(params: dict[str, Any], words: str) -> None:
    with pytest.raises(MisfitError) as raised:
        fit_any(params, None)

    assert words in str(raised.value)


@given(spaces(), st.floats(0, 1))
def test_every_point_of_a_space_fits_it(params: dict[str, Any], unit: float) -> None:
    space, problems = parse_space(params)
    assert space is not None, problems
    point = space.from_units(lambda name: unit)

    assert fit_any(json.loads(json.dumps(point)), space) == point


@given(st.text() | JSON_VALUES.map(json.dumps) | st.lists(JSON_VALUES).map(lambda found: answer(*found)))
def test_nothing_that_a_tuner_says_gets_past_the_checks(text: str) -> None:
    for space in (SPACE, None):
        try:
            found = read_answer(text, space, 5)
        except TunerAnswerError:
            continue
        assert len(found.suggestions) <= 5
        for params in found.suggestions:
            json.dumps(params, allow_nan=False)
            assert fit_any(params, space) == params


def results(count: int) -> list[Completed]:
    return [Completed(n, {"x": n, "note": "é" * 20}, n + 1, "succeeded", n / 2) for n in range(count)]


def test_the_newest_results_come_first_and_the_oldest_are_left_out() -> None:
    text = build_request("g", {"kind": "iterative"}, 7, Question(3, 2, 9), results(100), most_bytes=3000)
    request = json.loads(text)

    assert len(text.encode()) <= 3000
    kept = [entry["sequence"] for entry in request["history"]]
    assert kept == list(range(100, 100 - len(kept), -1))
    assert len(kept) > 10
    assert request["truncated"] == 100 - len(kept)


@given(st.integers(0, 50), st.integers(300, 5000))
def test_a_request_keeps_within_its_bound(count: int, most: int) -> None:
    text = build_request("g", {"kind": "iterative"}, 7, Question(0, 2, 9), results(count), most_bytes=most)
    request = json.loads(text)

    assert len(text.encode()) <= most
    assert len(request["history"]) + request["truncated"] == count


def test_a_result_is_told_with_its_resource_where_it_has_one() -> None:
    history = [Completed(4, {"x": 1}, 9, "failed", None, resource=3, attempt=2)]
    request = json.loads(build_request("g", {}, 7, Question(0, 2, 9), history))

    told = {"trial": "g-4", "params": {"x": 1}, "value": None, "outcome": "failed"}
    assert request["history"] == [{**told, "attempt": 2, "sequence": 9, "resource": 3}]


@pytest.mark.parametrize(("log", "line"), [(b"", b""), (b"\n \n", b""), (b"a\nb\r\n\n", b"b"), (b"a", b"a")])
def test_the_last_line_is_the_last_one_with_anything_in_it(log: bytes, line: bytes) -> None:
    assert last_line(log) == line
