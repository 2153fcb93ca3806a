"""How much a template may cost, and the account that is kept while one is filled in.

A template is written by anyone who may create a group and is evaluated in the operator, so every limit is
tested before the work is done: ``'a' * 10**8`` never allocates. Plain Jinja sandboxes lack this.
"""

from __future__ import annotations

import math
from typing import Any, Final

from leadline.template.errors import Fault

MAX_SOURCE: Final = 64 * 1024
"""Characters of one string that holds an expression."""

MAX_SOURCES: Final = 128 * 1024
"""Characters of all strings of one template that hold expressions; Jinja's parser reads some 100 a millisecond."""

MAX_TEXT: Final = 64 * 1024
"""Characters of one result; Linux refuses a single argument or variable above 128 KiB anyway."""

MAX_TOTAL: Final = 1024 * 1024
"""Characters that all expressions of one template may give together; etcd takes objects up to 1.5 MiB."""

MAX_STEPS: Final = 100_000
"""Steps of one template, some 2 µs each: an operation, or walking over 16 characters or items."""

MAX_ITEMS: Final = 10_000
"""Items of one list that an expression makes."""

MAX_INT_BITS: Final = 1024
"""Size of an integer that an expression makes: what a double can still hold the magnitude of."""

MAX_DEPTH: Final = 64
"""How deep operations may be nested in an expression, and objects in a template or a value."""

MAX_BRACKETS: Final = 20
"""How deep brackets may be nested; Jinja's parser needs some 14 stack frames for each."""


class Budget:
    """What one template has used so far."""

    __slots__ = ("_sources", "_steps", "_text")

    def __init__(self) -> None:
        self._sources = MAX_SOURCES
        self._steps = MAX_STEPS
        self._text = MAX_TOTAL

    def read(self, source: str) -> None:
        """Count a string that is going to be parsed."""
        self._sources -= len(source)
        if len(source) > MAX_SOURCE or self._sources < 0:
            raise Fault(
                f"strings with expressions may have {MAX_SOURCE:,} characters each and {MAX_SOURCES:,} together",
                "move long text into the image or a ConfigMap",
            )

    @property
    def is_spent(self) -> bool:
        """Whether more steps were asked for than there were."""
        return self._steps < 0

    def spend(self, steps: int = 1) -> None:
        """Take ``steps`` off the account; call it before the work."""
        self._steps -= steps
        if self._steps < 0:
            raise Fault(
                f"the expressions of this template need more than {MAX_STEPS:,} steps",
                "compute it in the program instead",
            )

    def spend_on(self, value: Any) -> None:
        """Pay for walking through ``value`` once."""
        self.spend(weight(value, 16 * self._steps) // 16 + 1)

    def emit(self, length: int) -> None:
        """Count ``length`` characters of finished text."""
        check_length(length)
        self._text -= length
        if self._text < 0:
            raise Fault(
                f"the expressions of this template give more than {MAX_TOTAL:,} characters",
                "pass large values in a file or a volume",
            )


def weight(value: Any, limit: int) -> int:
    """Characters and items in ``value``, so no more than its JSON has; stops counting once above ``limit``.

    Lists may share items (``[x] * 1000``), so that a value can be far larger than the memory it takes.
    """
    total = 0
    rest = [value]
    while rest and total <= limit:
        item = rest.pop()
        total += max(1, len(item)) if isinstance(item, str) else 1
        if isinstance(item, list):
            rest.extend(item)
        elif isinstance(item, dict):
            rest.extend(item)
            rest.extend(item.values())
    return total


def check_weight(value: Any) -> None:
    """Refuse a value that would be longer than one result may be, before it is written out."""
    check_length(weight(value, MAX_TEXT))


def check_length(length: int) -> None:
    """Refuse a text longer than one string may be."""
    if length > MAX_TEXT:
        raise Fault(
            f"the result has more than {MAX_TEXT:,} characters", "pass large values in a file or a volume"
        )


def check_items(count: int) -> None:
    """Refuse a list longer than an expression may make."""
    if count > MAX_ITEMS:
        raise Fault(f"the result has more than {MAX_ITEMS:,} items", "make the list shorter")


def check_bits(bits: int) -> None:
    """Refuse an integer larger than an expression may make."""
    if bits > MAX_INT_BITS:
        raise Fault(f"the result is an integer of more than {MAX_INT_BITS} bits", "use smaller numbers")


def check_number(number: Any) -> Any:
    """A number that JSON and the API server can hold, or a Fault."""
    if isinstance(number, int):
        check_bits(number.bit_length())
    elif not isinstance(number, float):
        raise Fault("the result is a complex number", "a negative number has no real fractional power")
    elif not math.isfinite(number):
        raise Fault("the result is not a finite number", "use smaller numbers")
    return number
