"""What a tuner is told: one JSON document. Pure text building."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadline.search.interface import Completed

VERSION = "leadline.dev/tuner/v1"
"""Of request and answer together; another one follows where a program that reads this one would go wrong."""
MOST_BYTES = 512 * 1024
"""Bytes of a request as UTF-8; the oldest results are left out where there are more."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. iteration: the round, from 0. n: suggestions that fill every slot. most: how many are taken."""

    iteration: int
    n: int
    most: int


def build_request(
    group: str,
    matrix: Mapping[str, Any],
    seed: int,
    question: Question,
    history: Sequence[Completed],
    most_bytes: int = MOST_BYTES,
) -> str:
    """The request as JSON text: results newest first, as many as there is room for; ``truncated``: how many are not."""
    head: dict[str, Any] = {
        "version": VERSION,
        "group": group,
        "matrix": dict(matrix),
        "seed": seed,
        "iteration": question.iteration,
        "n": question.n,
        "most": question.most,
    }
    # No trial runs between two rounds. The field is there for a time when rounds may overlap.
    tail: dict[str, Any] = {"running": [], "history": [], "truncated": len(history)}
    size = len(_text({**head, **tail}).encode())
    entries: list[dict[str, Any]] = []
    for result in reversed(history):
        entry = _entry(group, result)
        size += len(_text(entry).encode()) + 1
        if size > most_bytes:
            break
        entries.append(entry)
    tail |= {"history": entries, "truncated": len(history) - len(entries)}
    return _text({**head, **tail})


def _entry(group: str, result: Completed) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "trial": f"{group}-{result.number}",
        "params": dict(result.params),
        "value": result.value,
        "outcome": result.outcome,
        "attempt": result.attempt,
        "sequence": result.sequence,
    }
    return entry if result.resource is None else {**entry, "resource": result.resource}


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
