"""Spaces with conditions in few words, for tests."""

from __future__ import annotations

from typing import Any

from leadline.search import Space, parse_space

ABC = {"kind": "choice", "value": ["a", "b", "c"]}


def choice(*values: Any, **when: list[Any]) -> dict[str, Any]:
    """One of these values; ``when``: the values that other parameters need to have."""
    return {"kind": "choice", "value": list(values), **({"when": when} if when else {})}


def space_from(params: dict[str, Any]) -> Space:
    """The space of these parameters, which have nothing wrong with them."""
    space, problems = parse_space(params)
    assert space is not None, problems
    return space


def space_of(**params: Any) -> Space:
    """The same, in fewer brackets."""
    return space_from(params)
