"""What can be written for each of the sixteen kinds of parameter: one table, the twin of the admission policy.

A value has up to three forms: a list in the order of the keys, a map with the keys, a colon string in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind's syntax.

    keys: what a list, a map or a colon string must give, in this order; none for kinds that list their values.
    optional: what may follow. instead: other required keys, in a map only. colon: whether a colon string will do.
    ignored: what Polyaxon accepts and nothing uses.
    """

    keys: tuple[str, ...]
    optional: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    colon: bool = True
    ignored: tuple[str, ...] = ()


_DATES = Kind(("start", "stop", "step"), colon=False)
_SIZE = ("size",)

KINDS: dict[str, Kind] = {
    "choice": Kind((), colon=False),
    "pchoice": Kind((), colon=False),
    "range": Kind(("start", "stop", "step")),
    "linspace": Kind(("start", "stop", "num")),
    "logspace": Kind(("start", "stop", "num"), optional=("base",)),
    "geomspace": Kind(("start", "stop", "num")),
    "daterange": _DATES,
    "datetimerange": _DATES,
    "uniform": Kind(("low", "high"), ignored=_SIZE),
    "quniform": Kind(("low", "high", "q"), ignored=_SIZE),
    "loguniform": Kind(("low", "high"), instead=("min", "max"), ignored=_SIZE),
    "qloguniform": Kind(("low", "high", "q"), instead=("min", "max", "q"), ignored=_SIZE),
    "normal": Kind(("loc", "scale"), ignored=_SIZE),
    "qnormal": Kind(("loc", "scale", "q"), ignored=_SIZE),
    "lognormal": Kind(("loc", "scale"), ignored=_SIZE),
    "qlognormal": Kind(("loc", "scale", "q"), ignored=_SIZE),
}

NAME_PATTERN = r"[A-Za-z_][A-Za-z0-9_]{0,62}"
YAML_BOOLEANS = ("true", "false")
"""What a key n:, no:, off:, y:, yes: or on: has become by the time a program sees it."""

RESERVED_NAMES = ("leadline", "none", "None", "True", "False", "not")
"""Templates read ``{{ leadline.trial }}`` and its neighbours; the others are words of their language."""

GREATEST_NUM = 100_000
"""Values a linspace, logspace or geomspace has at most."""


def meant(word: object, options: Sequence[str]) -> str:
    """The option that a word which is none of them was probably meant to be, as a question; empty if there is none."""
    close = get_close_matches(word, options, n=1) if isinstance(word, str) else []
    return f"did you mean {close[0]}?" if close else ""


def suggestion(word: object, options: Sequence[str]) -> str:
    """A remedy for a word that is none of the options: the one probably meant, or all of them."""
    return meant(word, options) or f"write one of {', '.join(options)}"
