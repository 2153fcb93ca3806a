"""Requests and replies between the two processes: Python's own pickles, each after its length.

Both ends are this very program, and nobody else can write to the pipes between them.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

from leadline.search import Answer, Completed, Prior, Running

_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Question:
    """What one search is asked.

    key: of the search. begin: what makes it, None where the process should know it. completed: results new since the
    last question, or all with ``begin``.
    """

    key: int
    begin: tuple[Mapping[str, Any], int, Prior] | None
    completed: Sequence[Completed]
    running: Sequence[Running]
    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class Unknown:
    """The process does not know this search: it was started anew, or has made room for others."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The search raised an exception."""

    error: Exception


Reply = Answer | Unknown | Failed


def write(stream: IO[bytes], message: Question | Reply) -> None:
    """Send one message. OSError where the other process is gone."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(len(data).to_bytes(_LENGTH, "big") + data)
    stream.flush()


def read(stream: IO[bytes]) -> Any:
    """Receive one message. EOFError where the other process is gone."""
    data = _exactly(stream, int.from_bytes(_exactly(stream, _LENGTH), "big"))
    return pickle.loads(data)  # from this very program


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        part = stream.read(count - len(data))
        if not part:
            raise EOFError("the other process is gone")
        data += part
    return bytes(data)
