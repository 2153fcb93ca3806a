"""Rules that several fields share, in both their forms: CEL and Python."""

from __future__ import annotations

from collections.abc import Iterable

from leadline.api.fields import ABSENT, Rule
from leadline.api.json_values import same


def fixed(name: str, what: str = "", remedy: str = "create a new group") -> Rule:
    """The field keeps the value it was created with, and is neither added nor removed later."""
    return Rule(
        # On the parent: a rule on an optional field itself says nothing when the field comes or goes.
        cel=f"has(self.{name}) == has(oldSelf.{name}) && (!has(self.{name}) || self.{name} == oldSelf.{name})",
        holds=lambda new, old: same(new.get(name, ABSENT), old.get(name, ABSENT)),
        message=f"{what or name} can't change after creation",
        remedy=remedy,
        field_path=f".{name}",
    )


def needs(kinds: tuple[str, ...], name: str, remedy: str) -> Rule:
    """A matrix of one of these kinds must have the field."""
    return Rule(
        cel=f"!(self.kind in {cel_list(kinds)}) || has(self.{name})",
        holds=lambda new, _: new.get("kind") not in kinds or name in new,
        message=f"this kind needs {name}",
        cel_detail=f"'kind ' + self.kind + ' needs {name}'",
        detail=lambda value: f"kind {value['kind']} needs {name}",
        remedy=remedy,
        field_path=f".{name}",
        reason="Required",
    )


def refuses(kinds: tuple[str, ...], name: str, remedy: str) -> Rule:
    """A matrix of one of these kinds must not have the field."""
    return Rule(
        cel=f"!(self.kind in {cel_list(kinds)}) || !has(self.{name})",
        holds=lambda new, _: new.get("kind") not in kinds or name not in new,
        message=f"this kind takes no {name}",
        cel_detail=f"'kind ' + self.kind + ' takes no {name}'",
        detail=lambda value: f"kind {value['kind']} takes no {name}",
        remedy=remedy,
        field_path=f".{name}",
        reason="Forbidden",
    )


def cel_list(words: Iterable[str]) -> str:
    """A list of texts in CEL."""
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"
