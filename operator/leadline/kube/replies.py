"""Maps what came over the wire onto the tree in `errors`: the one place that knows HTTP statuses.

It also keeps secrets and blobs out of every message. Validation errors of the API server quote the refused
value, for a Job the whole pod template with its environment; a proxy may answer with a page of HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from leadline.kube import errors
from leadline.kube.errors import ApiError, Cause

BODY_LIMIT: Final = 200
"""Characters kept of a body that is not a Kubernetes Status."""
MESSAGE_LIMIT: Final = 500
"""Characters kept of a Status's message, and of the message of each of its causes."""
CAUSES_LIMIT: Final = 20
"""Causes kept of one Status."""

_CLASSES: Final[Mapping[int, type[ApiError]]] = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.Gone,
    413: errors.TooLarge,
    422: errors.Invalid,
    429: errors.TooManyRequests,
}

# etcd's own limit and gRPC's come as a plain 500, which most clients repeat for ever:
# https://github.com/kubernetes/kubernetes/issues/57073
_TOO_LARGE_FOR_ETCD: Final = ("request is too large", "trying to send message larger than max")

# All of these take linear time: what is searched may be 50,000 characters of anyone's making.
_TOKEN = re.compile(r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]++\.?[\w-]*+|(?i:(?<=bearer )\S++)")
_QUOTED_VALUE = re.compile(r"\b(?:Invalid|Unsupported|Duplicate) value: ")
_SCALAR = re.compile(r'["\d-]|true|false|null|nil')
_STRING = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`')
_WITHHELD = "(…)"


def error_from_reply(
    status: int, body: bytes, retry_after: str | None = None, *, call: str = "", preconditions: bool = False
) -> ApiError:
    """The error that an answer other than success stands for.

    retry_after: the header of that name.
    preconditions: the request named a uid, so that a complaint about an immutable ``metadata.uid`` (422) means
    Conflict, as the same precondition does with a delete.
    """
    answer = _status_object(body)
    details = _mapping(answer.get("details"))
    reason = clean(str(answer.get("reason") or ""), BODY_LIMIT)
    causes = _causes(details)
    message = _explanation(answer, causes) if answer else clean(body.decode("utf-8", "replace"), BODY_LIMIT)
    return _class_for(status, reason, message, causes, preconditions)(
        status,
        reason,
        message or "no explanation",
        call=call,
        retry_after=_seconds(retry_after, details),
        causes=causes,
    )


def _class_for(
    status: int, reason: str, message: str, causes: tuple[Cause, ...], preconditions: bool
) -> type[ApiError]:
    if status == 409 and reason == "AlreadyExists":
        return errors.AlreadyExists
    if status == 422 and preconditions and any(cause.field == "metadata.uid" for cause in causes):
        return errors.Conflict
    if status == 500 and any(sign in message for sign in _TOO_LARGE_FOR_ETCD):
        return errors.TooLarge
    if status >= 500:
        return errors.ServerError
    return _CLASSES.get(status, ApiError)


def clean(text: str, limit: int) -> str:
    """A text fit for one line of a log: short, without control characters, tokens or values from pods."""
    text = text[: limit * 100]  # a blob need not be cleaned to its end
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    text = _TOKEN.sub(_WITHHELD, _withhold_values(text))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _withhold_values(text: str, path: str = "") -> str:
    """Take quoted objects, and values of environment variables, out of a validation error.

    path: the field it is about, where the text does not begin with it.
    """
    parts: list[str] = []
    position = 0
    while found := _QUOTED_VALUE.search(text, position):
        before = text[position : found.start()]
        parts += (before, found[0])
        position = found.end()
        is_environment = ".env[" in (before.rpartition(" ")[0].rpartition(" ")[2] or path)
        if is_environment or not _SCALAR.match(text, position):
            parts.append(_WITHHELD)
            position = _end_of_value(text, position)
    return "".join(parts) + text[position:]


def _end_of_value(text: str, start: int) -> int:
    """Where a quoted value ends: after its closing bracket or quote, or at the text's end if it was cut off."""
    depth = 0
    position = start
    while position < len(text):
        char = text[position]
        if char in '"`':
            string = _STRING.match(text, position)
            if string is None:
                return len(text)
            position = string.end()
            if depth == 0:
                return position
            continue
        if char in "{[(":
            depth += 1
        elif char in "}])":
            depth -= 1
            if depth <= 0:
                return position + 1
        elif depth == 0 and text.startswith(": ", position):
            return position
        position += 1
    return position


def _explanation(answer: Mapping[str, Any], causes: tuple[Cause, ...]) -> str:
    """Causes with their fields where there are any, which say the same in less; else the Status's message."""
    fields = [f"{cause.field}: {cause.message}" for cause in causes if cause.field]
    text = "; ".join(fields) or clean(str(answer.get("message") or ""), MESSAGE_LIMIT)
    return text if len(text) <= MESSAGE_LIMIT else text[: MESSAGE_LIMIT - 1] + "…"


def _causes(details: Mapping[str, Any]) -> tuple[Cause, ...]:
    listed = details.get("causes")
    if not isinstance(listed, list):
        return ()
    causes = []
    for item in map(_mapping, listed[:CAUSES_LIMIT]):
        field = clean(str(item.get("field") or ""), MESSAGE_LIMIT)
        message = str(item.get("message") or "")
        causes.append(
            Cause(
                field=field,
                reason=clean(str(item.get("reason") or ""), BODY_LIMIT),
                message=clean(_withhold_values(message, field), MESSAGE_LIMIT),
            )
        )
    return tuple(causes)


def _status_object(body: bytes) -> Mapping[str, Any]:
    """The Status in a body; empty where it is something else."""
    try:
        answer = _mapping(json.loads(body))
    except (ValueError, RecursionError):
        return {}
    return answer if answer.get("kind") == "Status" else {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _seconds(header: str | None, details: Mapping[str, Any]) -> float | None:
    """Seconds to wait; the API server sends whole seconds, never the date that HTTP also allows."""
    for value in (header, details.get("retryAfterSeconds")):
        try:
            seconds = float(value)  # type: ignore[arg-type]  # whatever it is, float() says
        except (TypeError, ValueError):
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return None
