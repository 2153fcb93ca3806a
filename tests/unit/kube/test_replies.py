"""What an answer other than success becomes, and what must never be in a message."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.kube import errors
from leadline.kube.replies import BODY_LIMIT, MESSAGE_LIMIT, clean, error_from_reply

TEMPLATE = (
    'core.PodTemplateSpec{ObjectMeta:v1.ObjectMeta{Name:""}, Spec:core.PodSpec{Containers:[]core.Container{{'
    'Name:"train", Args:[]string{"--x=})"}, Env:[]core.EnvVar{{Name:"TOKEN", Value:"s3cret }: \\" x"}}}}}}'
)


def body(reason: str, message: str = "", **details: Any) -> bytes:
    return json.dumps({"kind": "Status", "reason": reason, "message": message, "details": details}).encode()


def test_causes_are_kept_with_their_fields() -> None:
    causes = [
        {
            "reason": "FieldValueInvalid",
            "field": "spec.parallelism",
            "message": "Invalid value: -1: must be >= 0",
        },
        {"reason": "FieldValueRequired", "field": "spec.template", "message": "Required value"},
    ]
    problem = error_from_reply(422, body("Invalid", "Job is invalid: [many words]", causes=causes))
    assert isinstance(problem, errors.Invalid)
    assert [(cause.field, cause.reason) for cause in problem.causes] == [
        ("spec.parallelism", "FieldValueInvalid"),
        ("spec.template", "FieldValueRequired"),
    ]
    assert problem.message == (
        "spec.parallelism: Invalid value: -1: must be >= 0; spec.template: Required value"
    )
    assert problem.has_cause("FieldValueRequired")
    assert not problem.has_cause("NamespaceTerminating")


def test_a_quoted_pod_template_is_withheld_but_the_reason_is_not() -> None:
    message = f"Invalid value: {TEMPLATE}: field is immutable"
    causes = [{"reason": "FieldValueInvalid", "field": "spec.template", "message": message}]
    problem = error_from_reply(
        422, body("Invalid", f"Job.batch is invalid: spec.template: {message}", causes=causes)
    )
    assert problem.message == "spec.template: Invalid value: (…): field is immutable"
    without_causes = error_from_reply(422, body("Invalid", f"spec.template: {message}"))
    assert without_causes.message == "spec.template: Invalid value: (…): field is immutable"


def test_a_quoted_json_object_is_withheld() -> None:
    text = 'spec: Invalid value: {"env":[{"name":"A","value":"s3cret}"}]}: must not change'
    assert clean(text, 500) == "spec: Invalid value: (…): must not change"


def test_a_quoted_object_that_is_cut_off_is_withheld_to_the_end() -> None:
    assert clean(f"spec: Invalid value: {TEMPLATE[:-9]}", 500) == "spec: Invalid value: (…)"


def test_the_value_of_an_environment_variable_is_withheld_even_if_it_is_plain() -> None:
    path = "spec.containers[0].env[1].value"
    assert clean(f'Pod is invalid: {path}: Invalid value: "s3cret: x": too odd', 500) == (
        f"Pod is invalid: {path}: Invalid value: (…): too odd"
    )
    causes = [{"field": path, "message": 'Invalid value: "s3cret": too odd'}]
    assert (
        error_from_reply(422, body("Invalid", causes=causes)).message
        == f"{path}: Invalid value: (…): too odd"
    )


def test_plain_values_stay_since_people_need_them() -> None:
    text = 'metadata.name: Invalid value: "A_b": a lowercase RFC 1123 label; spec.x: Unsupported value: "y": supported'
    assert clean(text, 500) == text


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc.def-s3cret",
        "token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzM2NyZXQifQ.c2VjcmV0 refused",
    ],
)
def test_tokens_are_withheld(text: str) -> None:
    assert "s3cret" not in clean(text, 500)
    assert "eyJ" not in clean(text, 500)
    assert "(…)" in clean(text, 500)


def test_a_wrong_uid_is_a_conflict_where_it_was_a_precondition() -> None:
    causes = [{"reason": "FieldValueInvalid", "field": "metadata.uid", "message": "field is immutable"}]
    answer = body("Invalid", causes=causes)
    assert type(error_from_reply(422, answer, preconditions=True)) is errors.Conflict
    assert type(error_from_reply(422, answer)) is errors.Invalid


@pytest.mark.parametrize(
    ("header", "details", "seconds"), [("3", {}, 3), (None, {"retryAfterSeconds": 5}, 5)]
)
def test_how_long_to_wait_is_read_from_header_or_body(
    header: str | None, details: dict[str, Any], seconds: float
) -> None:
    assert error_from_reply(429, body("TooManyRequests", **details), header).retry_after == seconds


@pytest.mark.parametrize("header", ["-1", "inf", "nan", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", ""])
def test_a_wait_that_makes_no_sense_is_none(header: str) -> None:
    assert error_from_reply(429, b"", header).retry_after is None


def test_a_kind_that_the_server_does_not_know_has_no_reason() -> None:
    problem = error_from_reply(404, b"404 page not found\n")
    assert (type(problem), problem.reason, problem.message) == (errors.NotFound, "", "404 page not found")


def test_an_empty_answer_still_says_something() -> None:
    assert str(error_from_reply(403, b"", call="get jobs")) == "get jobs: 403: no explanation"


@given(st.integers(400, 599), st.binary(max_size=2000) | st.text(max_size=2000).map(str.encode))
def test_any_body_makes_a_short_printable_message(status: int, data: bytes) -> None:
    problem = error_from_reply(status, data)
    assert problem.status == status
    assert len(problem.message) <= max(BODY_LIMIT, MESSAGE_LIMIT)
    assert problem.message.isprintable()


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    )
)
def test_any_details_make_an_error(details: object) -> None:
    data = json.dumps({"kind": "Status", "reason": "Invalid", "details": details}).encode()
    assert isinstance(error_from_reply(422, data), errors.Invalid)
    listed = json.dumps({"kind": "Status", "details": {"causes": details}}).encode()
    assert isinstance(error_from_reply(422, listed), errors.Invalid)


@pytest.mark.parametrize(
    "blob", ["x", "eyJ", "Invalid value: ", "Invalid value: {", 'Invalid value: "', "{", "bearer "]
)
def test_a_blob_of_anything_is_cleaned_in_no_time(blob: str) -> None:
    started = time.perf_counter()
    clean(blob * (64 * 1024 // len(blob)), MESSAGE_LIMIT)
    assert time.perf_counter() - started < 1
