"""What a tuner answers: one JSON document, of which nothing is believed before it is checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadline.search.interface import Params
from leadline.search.space.fields import show
from leadline.search.space.fit import MisfitError
from leadline.search.space.lookup import canonical
from leadline.search.space.space import Space
from leadline.search.tuner.errors import TunerAnswerError
from leadline.search.tuner.fit import fit_any
from leadline.search.tuner.request import VERSION

MOST_BYTES = 1024 * 1024
"""Bytes of an answer as UTF-8."""
MOST_STORED = 128 * 1024
"""Bytes of all suggestions of one round as JSON: they are kept in the group's status until the round is over."""
_FIELDS = ("version", "suggestions", "done")


@dataclass(frozen=True, slots=True)
class Suggested:
    """A good answer: configurations of the space, as many as may run. done: no round follows this one."""

    suggestions: tuple[Params, ...]
    done: bool


def read_answer(text: str | bytes, space: Space | None, most: int) -> Suggested:
    """An answer, checked. space: None where any parameters will do. most: suggestions that are taken.

    Raises TunerAnswerError; of the text itself the message shows no more than a name or a value.
    """
    raw = text.encode(errors="replace") if isinstance(text, str) else text
    if len(raw) > MOST_BYTES:
        raise TunerAnswerError(f"the answer has more than {MOST_BYTES} bytes")
    answer = _parse(raw)
    for field in answer:
        if field not in _FIELDS:
            raise TunerAnswerError(f"the answer has no field {show(field)}; it has: {', '.join(_FIELDS)}")
    if answer.get("version", VERSION) != VERSION:
        raise TunerAnswerError(f"the answer is of version {show(answer['version'])}, not {VERSION}")
    done = answer.get("done", False)
    if not isinstance(done, bool):
        raise TunerAnswerError(f"done must be true or false, not {show(done)}")
    return Suggested(_suggestions(answer, space, most, done), done)


def last_line(log: bytes) -> bytes:
    """The last line of a log that has anything in it."""
    return next((line.strip() for line in reversed(log.splitlines()) if line.strip()), b"")


def _parse(raw: bytes) -> Mapping[str, Any]:
    if not raw.strip():
        raise TunerAnswerError("the answer is empty")
    try:
        answer = json.loads(raw.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise TunerAnswerError(f"the answer is not JSON: {_where(error)}") from None
    if not isinstance(answer, dict):
        raise TunerAnswerError('the answer is not a JSON object such as {"suggestions": [{"lr": 0.1}]}')
    return answer


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")


def _where(error: Exception) -> str:
    """What is wrong, without the text that is: it may be a page that was never meant for the group's readers."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (line {error.lineno}, column {error.colno})"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error).split(";", 1)[0][:100]


def _suggestions(answer: Mapping[str, Any], space: Space | None, most: int, done: bool) -> tuple[Params, ...]:
    listed = answer.get("suggestions", [] if done else None)
    if not isinstance(listed, list):
        message = 'the answer needs suggestions, a list of maps such as [{"lr": 0.1}], or done: true'
        raise TunerAnswerError(message)
    if len(listed) > most:
        raise TunerAnswerError(f"there are {len(listed)} suggestions, and at most {most} can be taken")
    suggestions = []
    size = 0
    for place, params in enumerate(listed):
        try:
            fitted = fit_any(params, space)
            size += len(canonical(fitted).encode(errors="replace"))
        except MisfitError as error:
            raise TunerAnswerError(f"suggestions[{place}]: {error}") from None
        suggestions.append(fitted)
    if size > MOST_STORED:
        raise TunerAnswerError(f"the suggestions of one round take more than {MOST_STORED} bytes")
    return tuple(suggestions)
