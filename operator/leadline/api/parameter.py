"""Schema of one parameter of the search space, as far as a structural schema can tell.

``value`` has three forms (list, map, colon string), which a structural schema can't name; what belongs to
which kind is checked by the policy (``policy``) and by the search itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from leadline.api import names
from leadline.api.fields import Rule, Schema
from leadline.api.rules import cel_list


@dataclass(frozen=True, slots=True)
class Form:
    """What a parameter's value is made of.

    keys: what a list or a colon string holds, in this order, and a map by name. optional: what may follow.
    instead: other keys that a map may have. unused: taken for Polyaxon's sake. colon: whether a string will do.
    """

    keys: tuple[str, ...]
    optional: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    colon: bool = True


_SIZE: Final = ("size",)

FORMS: Final[Mapping[str, Form]] = {
    "range": Form(("start", "stop", "step")),
    "linspace": Form(("start", "stop", "num")),
    "logspace": Form(("start", "stop", "num"), optional=("base",)),
    "geomspace": Form(("start", "stop", "num")),
    "daterange": Form(("start", "stop", "step"), colon=False),
    "datetimerange": Form(("start", "stop", "step"), colon=False),
    "uniform": Form(("low", "high"), unused=_SIZE),
    "quniform": Form(("low", "high", "q"), unused=_SIZE),
    "loguniform": Form(("low", "high"), instead=("min", "max"), unused=_SIZE),
    "qloguniform": Form(("low", "high", "q"), instead=("min", "max", "q"), unused=_SIZE),
    "normal": Form(("loc", "scale"), unused=_SIZE),
    "qnormal": Form(("loc", "scale", "q"), unused=_SIZE),
    "lognormal": Form(("loc", "scale"), unused=_SIZE),
    "qlognormal": Form(("loc", "scale", "q"), unused=_SIZE),
}
"""The kinds whose value is made of fields; choice and pchoice list their values."""

PARAMETER_KINDS: Final = ("choice", "pchoice", *FORMS)
"""Every way to describe a parameter, discrete ones first."""
GREATEST_NUM: Final = 100_000
"""Values of a linspace, logspace or geomspace."""
MAX_PARENTS: Final = 16
"""Other parameters that one can depend on directly."""

NAME: Final = "^[A-Za-z_][A-Za-z0-9_]{0,62}$"
"""A name that a template can use."""


def _misnamed(params: Mapping[str, Any]) -> list[str]:
    return [name for name in params if not re.fullmatch(NAME, name)]


def _positive(description: str) -> Schema:
    return Schema(description, type="number", minimum=0, exclusive_minimum=True)


VALUE: Final = Schema(
    "A list, a map or a colon string, as the kind wants it. "
    "choice: the values. pchoice: pairs of value and probability. "
    "range: start, stop (not reached), step. linspace, geomspace: start, stop, num. "
    "logspace: the same, as exponents of base (10). "
    "daterange: start, stop (not reached), step in days. datetimerange: the same, step in seconds. "
    "uniform: low, high. loguniform: low, high as natural-log exponents, or min, max as real values. "
    "normal, lognormal: loc, scale. quniform, qloguniform, qnormal, qlognormal: the same and q. "
    'Each as a list ([0, 1, 5]), a map ({start: 0, stop: 1, num: 5}) or a string ("0:1:5").',
    unknown_fields=True,
    min_items=1,
    max_items=names.MAX_CHOICES,
    min_length=1,
    max_length=256,
    min_properties=1,
    max_properties=8,
    # Without nullable a null among the choices would refuse every later update of the group.
    items=Schema(unknown_fields=True, nullable=True),
    properties={
        "start": Schema("First value (range, linspace, logspace, geomspace, dates).", unknown_fields=True),
        "stop": Schema("End of the values; range and dates stop before it.", unknown_fields=True),
        "step": Schema("Distance between values (range); in days or seconds for dates.", type="number"),
        "num": Schema(
            "How many values (linspace, logspace, geomspace).",
            type="integer",
            minimum=1,
            maximum=GREATEST_NUM,
        ),
        "base": Schema("What the exponents of a logspace are of; 10 if not given.", type="number"),
        "low": Schema("Lower bound; of the natural logarithm for loguniform.", type="number"),
        "high": Schema("Upper bound; of the natural logarithm for loguniform.", type="number"),
        "min": Schema("Smallest value (loguniform, qloguniform).", type="number"),
        "max": Schema("Greatest value (loguniform, qloguniform).", type="number"),
        "q": _positive("Values are rounded to multiples of it (quantised kinds)."),
        "loc": Schema("Mean (normal); of the natural logarithm for lognormal.", type="number"),
        "scale": _positive("Standard deviation (normal); of the natural logarithm for lognormal."),
        "size": Schema("Accepted as in Polyaxon, and not used.", type="integer"),
    },
)

WHEN: Final = Schema(
    "The parameter is active only where each of these other parameters is active and has one of the values listed for "
    "it: {optimizer: [sgd, momentum]}. Elsewhere a configuration does not have it. They must not be continuous.",
    type="object",
    min_properties=1,
    max_properties=MAX_PARENTS,
    additional=Schema(
        "Values of that parameter.",
        type="array",
        min_items=1,
        max_items=names.MAX_CHOICES,
        items=Schema(unknown_fields=True, nullable=True),
    ),
)

NAME_RULES: Final = (
    Rule(
        cel=f"!self.exists(name, name in {cel_list(names.YAML_BOOLEANS)})",
        holds=lambda new, _: not set(names.YAML_BOOLEANS) & set(new),
        message="a parameter is named true or false, which is what YAML makes of n, no, off, y, yes and on",
        remedy='put the name in quotes ("n") or choose another',
    ),
    Rule(
        cel=f"self.all(name, name.matches('{NAME}'))",
        holds=lambda new, _: not _misnamed(new),
        message="a parameter's name starts with a letter or _ and holds letters, digits and _ only, at most 63",
        cel_detail=(
            f"'the name ' + self.filter(name, !name.matches('{NAME}'))[0] + ' can not be used in a template'"
        ),
        detail=lambda new: f"the name {_misnamed(new)[0]} can not be used in a template",
        remedy="start with a letter or _, go on with letters, digits and _, at most 63 in all",
    ),
    Rule(
        cel=f"!self.exists(name, name in {cel_list(names.RESERVED_PARAMETERS)})",
        holds=lambda new, _: not set(names.RESERVED_PARAMETERS) & set(new),
        message="a parameter has a name that templates read otherwise",
        cel_detail=(
            f"'the name ' + self.filter(name, name in {cel_list(names.RESERVED_PARAMETERS)})[0]"
            " + ' is taken: templates read it otherwise'"
        ),
        detail=lambda new: (
            f"the name {next(name for name in new if name in names.RESERVED_PARAMETERS)} is taken: "
            "templates read it otherwise"
        ),
        remedy="choose another name",
    ),
    Rule(
        cel="self.all(name, self.exists_one(other, other.lowerAscii() == name.lowerAscii()))",
        holds=lambda new, _: len({name.lower() for name in new}) == len(new),
        message="two parameters' names differ only in upper and lower case",
        remedy="rename one: both would become the same LEADLINE_PARAM_ variable",
    ),
)
"""What holds for the names of the space, whatever the kinds."""

PARAMS: Final = Schema(
    "The search space: the name of each parameter, its kind and its values. "
    "A name is made of letters, digits and _ and is used as {{ name }} in the template. "
    "Can't change after creation.",
    type="object",
    min_properties=1,
    max_properties=names.MAX_PARAMETERS,
    additional=Schema(
        type="object",
        required=("kind", "value"),
        properties={
            "kind": Schema("How the values are given or drawn.", type="string", enum=PARAMETER_KINDS),
            "value": VALUE,
            "when": WHEN,
        },
    ),
    rules=NAME_RULES,
)
