"""What a field of the API can say about itself: type, description, bounds, default and rules.

Values only; ``schema.py`` reads them off the dataclasses, ``openapi.py`` and ``structure.py`` put them to use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""No value at all, where None would be JSON's null."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule between fields, once in CEL for the API server and once in Python for ``leadline check``.

    cel: the expression, with ``self`` and, for a rule about a change, ``oldSelf``.
    holds: the same in Python, on JSON-like values after defaults: ``holds(new, old)``; old is None where the
        rule is not about a change.
    message, remedy: what is wrong, and what to write instead; the API server shows both.
    field_path: the field to blame, relative to the object with the rule and as CEL wants it (``.seed``).
    reason: what kind of mistake it is, in the API server's words.
    cel_detail, detail: where the message should name something found in the value, the message as a CEL
        expression and the same in Python; ``message`` is then only what the server falls back to.
    """

    cel: str
    holds: Callable[[Any, Any], bool]
    message: str
    remedy: str = ""
    field_path: str = ""
    reason: Literal["Invalid", "Required", "Forbidden"] = "Invalid"
    cel_detail: str = ""
    detail: Callable[[Any], str] | None = None

    @property
    def text(self) -> str:
        """What the API server answers: message and remedy."""
        return f"{self.message}; {self.remedy}" if self.remedy else self.message

    def explain(self, value: Any) -> str:
        """The message for this value."""
        return self.detail(value) if self.detail else self.message

    @property
    def about_change(self) -> bool:
        """Whether the rule compares with the object before the edit, so that it says nothing on creation."""
        return "oldSelf" in self.cel


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """One field of the API, in the words of a structural OpenAPI v3 schema.

    type: "object", "array", "string", "integer", "number", "boolean"; "" takes any JSON value.
    unknown_fields: keep fields that the schema does not name (the pod template, a parameter's value).
    atomic: one writer owns the object as a whole. The API server keeps a list of who wrote which field, and for a map
        with a thousand entries that list is longer than the map, and costs more at every write.
    always: write the field even while it has its default value.
    """

    description: str = field(default="", kw_only=False)
    type: str = ""
    default: Any = ABSENT
    enum: tuple[str, ...] = ()
    pattern: str = ""
    format: str = ""
    minimum: float | int | None = None
    maximum: float | int | None = None
    exclusive_minimum: bool = False
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    min_properties: int | None = None
    max_properties: int | None = None
    properties: Mapping[str, Schema] | None = None
    required: tuple[str, ...] = ()
    additional: Schema | None = None
    items: Schema | None = None
    list_map_keys: tuple[str, ...] = ()
    atomic: bool = False
    nullable: bool = False
    unknown_fields: bool = False
    rules: tuple[Rule, ...] = ()
    always: bool = False
