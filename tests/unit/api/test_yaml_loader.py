"""Files are read as kubectl reads them; what it would lose without a word is told."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from leadline.api.yaml_loader import Document, Position, YamlError, load
from leadline.api.yaml_scalars import resolve

# Text, and what kubectl 1.36 makes of it; the integration tests ask kubectl itself.
SCALARS: list[tuple[str, Any]] = [
    *[(text, True) for text in ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")],
    *[(text, False) for text in ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")],
    *[(text, None) for text in ("~", "null", "Null", "NULL")],
    *[
        (text, text)
        for text in ("tRUE", "yES", "nULL", "NaN", "inf", "Inf", "None", "1,000", "1.2.3", "1a", "a1")
    ],
    *[("1e-5", 1e-5), ("1E5", 100000), ("1e3", 1000), ("12e03", 12000), ("1e-400", 0), ("1e400", "1e400")],
    *[
        ("017", 15),
        ("0o17", 15),
        ("0O17", 15),
        ("-017", -15),
        ("+017", 15),
        ("0777", 511),
        ("08", 8),
        ("09.5", 9.5),
    ],
    *[
        ("0x1F", 31),
        ("-0x1f", -31),
        ("0b11", 3),
        ("-0b11", -3),
        ("0b12", "0b12"),
        ("0x", "0x"),
        ("0o8", "0o8"),
    ],
    *[("12:30", "12:30"), ("190:20:30.15", "190:20:30.15"), ("2024-01-01", "2024-01-01")],
    *[("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"), ("2001-12-14t21:59:43.10-05:00",) * 2],
    *[
        ("3.0", 3),
        ("0.0", 0),
        ("-0.0", 0),
        ("-0", 0),
        ("+0", 0),
        ("1.", 1),
        ("1.e3", 1000),
        ("+5", 5),
        ("00", 0),
    ],
    *[(".5", 0.5), ("-.5", -0.5), ("+.5", 0.5), (".5e3", 500), (".5_0", 0.5), ("._5", "._5"), (".5_", ".5_")],
    *[("1_000", 1000), ("1_0.5", 10.5), ("1_", 1), ("_1", "_1"), ("0x1_F", 31), ("5e_3", 5000), ("-_5", -5)],
    *[
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", 2.0**63),
        ("-9223372036854775809", -(2.0**63)),
    ],
    *[("12345678901234567890", 1.2345678901234567e19), ("1e20", 1e20), ("1e21", 1e21), ("1.5e300", 1.5e300)],
    *[("1152921504606846976.0", 1152921504606847000), ("9007199254740993.0", 9007199254740992)],
    *[
        (".", "."),
        ("..", ".."),
        ("+", "+"),
        ("--", "--"),
        ("-a", "-a"),
        ("1e", "1e"),
        ("e5", "e5"),
        ("0x1p-2",) * 2,
    ],
]


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_a_scalar_is_what_kubectl_makes_of_it(text: str, value: Any) -> None:
    read = resolve(text)

    assert (type(read), read) == (type(value), value)


def one(text: str) -> Document:
    (document,) = load(text)
    return document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: '1e-5'", "1e-5"),
        ('a: "yes"', "yes"),
        ("a: !!str 5", "5"),
        ('a: !!int "5"', 5),
        ("a: !!float 1", 1),
        ("a: !!float 0.5", 0.5),
        ("a: !!bool yes", True),
        ('a: !!null ""', None),
        ("a: ! 5", "5"),
        ("a:", None),
        ("a: |\n  x\n", "x\n"),
        ("a: >\n  x\n  y\n", "x y\n"),
        ("a: --lr={{ lr }}", "--lr={{ lr }}"),
        ("a: [1, {b: 2}]", [1, {"b": 2}]),
        ("x: &x {p: 1, q: 2}\na: {<<: *x, p: 9}", {"p": 9, "q": 2}),
        ("u: &u {p: 1}\nv: &v {p: 2, r: 3}\na: {<<: [*u, *v]}", {"p": 1, "r": 3}),
        ("x: &x [1]\na: [*x, *x]", [[1], [1]]),
        ('a: {"<<": 5}', {"<<": 5}),
        ("a: {1: x}", {"1": "x"}),
    ],
)
def test_a_value_is_what_kubectl_makes_of_it(text: str, value: Any) -> None:
    document = one(text)

    assert document.value["a"] == value
    assert document.problems == ()


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("a: 1\nb: 2\na: 3", "a", "stands twice, first in line 1; remove one of the two"),
        ("p:\n  n: 1", "p.false", 'YAML reads the name n as false; quote it: "n"'),
        ("p: {yes: 1}", "p.true", 'YAML reads the name yes as true; quote it: "yes"'),
        ("p: {true: 1}", "p.true", 'YAML reads the name true as true; quote it: "true"'),
        ("p: {~: 1}", "p.null", 'YAML reads the name ~ as null; quote it: "~"'),
        ("p: {017: 1}", "p.15", 'YAML reads the name 017 as 15; quote it: "017"'),
        ("p: {1.5: 1}", "p.1.5", 'YAML reads the name 1.5 as 1.5; quote it: "1.5"'),
        (
            "x: &x {a: 1}\np: {a: 2, <<: *x}",
            "p.a",
            "is overwritten by the << after it; write << first in the map",
        ),
    ],
)
def test_what_kubectl_would_lose_without_a_word_is_told(text: str, path: str, words: str) -> None:
    (problem,) = one(text).problems

    assert str(problem) == f"{path}: {words}"


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("a: .inf", (1, 4), "JSON has no number .inf"),
        ("a:\n  b: .NaN", (2, 6), "JSON has no number .NaN"),
        ("a: {{ lr }}", (1, 5), "a list or a map stands where a name must be"),
        ("a: [x, --lr={{ lr }}]", (1, 13), "expected"),
        ("a:\n\tb: 1", (2, 1), "cannot start any token"),
        ("a: [1, 2", (1, 9), "expected"),
        ("a: 'x", (1, 6), "end of stream"),
        ("a: *x", (1, 4), "nothing before it is marked &x"),
        ("a: &x [*x]", (1, 8), "nothing before it is marked &x"),
        ("a: !secret x", (1, 4), "the tag !secret is not understood"),
        ("a: !!int x", (1, 4), "x is no int"),
        ("a: !!int yes", (1, 4), "yes is no int"),
        ("a: {<<: 5}", (1, 9), "<< merges maps"),
        ("a: 1\nb: \x07", (2, 4), "control character"),
        ("a: " + "[" * 200, (1, 103), "more than 100 lists and maps within each other"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_can_not_be_read_is_told_with_its_place(
    text: str, position: tuple[int, int], words: str
) -> None:
    with pytest.raises(YamlError) as refused:
        load(text)
    assert refused.value.position == position
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("a: {{ lr }}", '"{{ name }}"'),
        ("a: [x, --lr={{ lr }}]", '"{{ name }}"'),
        ("a:\n\tb: 1", "spaces"),
        ("a: .inf", "finite"),
    ],
)
def test_what_can_not_be_read_is_told_with_a_remedy(text: str, remedy: str) -> None:
    with pytest.raises(YamlError) as refused:
        load(text)
    assert remedy in refused.value.remedy


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]

    with pytest.raises(YamlError, match="more than 200000 values"):
        load("\n".join(lines))


@pytest.mark.parametrize("depth", [101, 500, 5000])
def test_json_too_is_refused_where_it_is_too_deep(depth: int) -> None:
    with pytest.raises(YamlError, match="within each other"):
        load('{"a\\/b": ' + "[" * depth + "]" * depth + "}")


def test_values_as_deep_as_allowed_are_read() -> None:
    assert one('{"a": ' + "[" * 98 + "]" * 98 + "}").value
    assert one("a: " + "[" * 98 + "]" * 98).value


@given(st.text(st.sampled_from(list("{}[]:,-?&*!|>'\"%@`#~<ab1.e\n\t \u00e9")), max_size=30))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    place: Position | None = None
    documents: tuple[Document, ...] = ()
    try:
        documents = load(text)
    except YamlError as refused:
        place = refused.position

    assert place is None or place >= Position(1, 1)
    assert all(json.dumps(document.value, allow_nan=False) for document in documents)


def test_every_field_has_its_line_and_column() -> None:
    document = one(
        "spec:\n  matrix:\n    params:\n      lr: {kind: choice, value: [1, 2]}\n  args:\n    - a\n    - b\n"
    )

    assert document.position("spec.matrix") == Position(2, 3)
    assert document.position("spec.matrix.params.lr.value") == Position(4, 26)
    assert document.position("spec.matrix.params.lr.value[1]") == Position(4, 37)
    assert document.position("spec.args[1]") == Position(7, 7)
    assert document.position("") == Position(1, 1)


def test_a_field_that_is_not_there_stands_where_the_nearest_one_does() -> None:
    document = one("spec:\n  matrix:\n    params: {}\n")

    assert document.position("spec.matrix.metric.name") == Position(2, 3)
    assert document.position("spec.matrix.params.lr.value[3]") == Position(3, 5)
    assert document.position("metadata.name") == Position(1, 1)


def test_a_name_that_stands_twice_is_told_at_its_second_place() -> None:
    document = one("a: 1\nb:\n  c: 1\n  c: 2\n")

    assert document.position(document.problems[0].path) == Position(4, 3)


def test_a_file_has_as_many_documents_as_are_not_empty() -> None:
    assert [document.value for document in load("# none\n---\na: 1\n---\n---\nb: 2\n")] == [
        {"a": 1},
        {"b": 2},
    ]
    assert load("") == ()
    assert load("\n# only words\n") == ()


def test_positions_count_from_the_start_of_the_file() -> None:
    _, second = load("a: 1\n---\nb: 2\n")

    assert second.position("b") == Position(3, 1)


def test_json_is_read_as_json() -> None:
    document = one('{\n\t"a": "\\ud83d\\ude00",\n\t"b\\/c": 1e3, "y": 12345678901234567890, "z": 1.0}')

    assert document.value == {"a": "😀", "b/c": 1000, "y": 12345678901234567890.0, "z": 1}
    assert document.problems == ()


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" + "0" * 400])
def test_json_with_a_number_too_great_is_refused_as_by_kubectl(number: str) -> None:
    with pytest.raises(YamlError, match="no number in JSON is as great as") as refused:
        load(f'{{"a": 1,\n "b": {number}}}')
    assert refused.value.position == (2, 7)


def test_json_has_positions_and_duplicates_where_it_is_yaml_too() -> None:
    document = one('{"a": 1,\n "b": {"c": 2, "c": 3}}')

    assert document.position("b.c") == Position(2, 16)
    assert [problem.path for problem in document.problems] == ["b.c"]


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(words, plain, min_size=1, max_size=4))
def test_json_means_the_same_read_as_json_or_as_yaml(value: dict[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=False)

    # A comment in front makes it YAML.
    as_json, as_yaml = one(text), one(f"# {len(text)}\n{text}")

    assert as_json.value == as_yaml.value
    assert as_json.problems == as_yaml.problems == ()


@given(st.dictionaries(words, plain, min_size=1, max_size=4))
def test_what_pyyaml_writes_with_all_texts_quoted_comes_back(value: dict[str, Any]) -> None:
    text = yaml.safe_dump(value, default_style='"', allow_unicode=True)

    assert equal(one(text).value, value)


def equal(left: Any, right: Any) -> bool:
    """JSON equality; a whole float is a whole number once kubectl has sent it."""
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, int | float) and not isinstance(left, bool):
        return math.isclose(left, right, rel_tol=1e-15)
    return bool(left == right)
