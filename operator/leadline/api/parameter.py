"""Schema of one parameter of the search space, as far as a structural schema can tell.

``value`` has three forms (list, map, colon string), which a structural schema can't name; what belongs to
which kind is checked by the policy (``policy.py``) and by the search itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from leadline.api import names
from leadline.api.fields import Rule, Schema

PARAMETER_KINDS: Final = (
    "choice",
    "pchoice",
    "range",
    "linspace",
    "logspace",
    "geomspace",
    "daterange",
    "datetimerange",
    "uniform",
    "quniform",
    "loguniform",
    "qloguniform",
    "normal",
    "qnormal",
    "lognormal",
    "qlognormal",
)
"""Every way to describe a parameter, discrete ones first."""

NAME: Final = "^[A-Za-z_][A-Za-z0-9_]{0,62}$"
"""A name that a template can use."""


def _misnamed(params: Mapping[str, Any]) -> list[str]:
    return [name for name in params if not re.search(NAME, name)]


_ANYTHING: Final = Schema(unknown_fields=True)
_NUMBER: Final = Schema(type="number")
_POSITIVE: Final = Schema(type="number", minimum=0, exclusive_minimum=True)

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
        "start": _ANYTHING,
        "stop": _ANYTHING,
        "step": _NUMBER,
        "num": Schema(type="integer", minimum=1, maximum=100_000),
        "base": _NUMBER,
        "low": _NUMBER,
        "high": _NUMBER,
        "min": _NUMBER,
        "max": _NUMBER,
        "q": _POSITIVE,
        "loc": _NUMBER,
        "scale": _POSITIVE,
        "size": Schema(type="integer"),
    },
)

NAME_RULES: Final = (
    Rule(
        cel="!self.exists(name, name in ['true', 'false'])",
        holds=lambda new, _: not {"true", "false"} & set(new),
        message="a parameter is named true or false, which is what YAML makes of n, no, off, y, yes and on",
        remedy='put the name in quotes ("n") or choose another',
    ),
    Rule(
        cel=f"self.all(name, name.matches('{NAME}'))",
        holds=lambda new, _: not _misnamed(new),
        message="a parameter's name starts with a letter or _ and holds letters, digits and _ only, at most 63",
        cel_detail=(
            f"'the name ' + self.filter(name, !name.matches('{NAME}')).sort()[0] + ' can not be used in a template'"
        ),
        detail=lambda new: f"the name {min(_misnamed(new))} can not be used in a template",
        remedy="start with a letter or _, go on with letters, digits and _, at most 63 in all",
    ),
    Rule(
        cel=f"!('{names.RESERVED_PARAMETER}' in self)",
        holds=lambda new, _: names.RESERVED_PARAMETER not in new,
        message=f"the name {names.RESERVED_PARAMETER} is taken: templates read leadline.trial and the like",
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
        },
    ),
    rules=NAME_RULES,
)
