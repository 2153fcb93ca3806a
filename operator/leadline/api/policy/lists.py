"""Whether the pairs of a pchoice and the configurations of a mapping make sense."""

from __future__ import annotations

from typing import Final

from leadline.api import names
from leadline.api.parameter import NAME
from leadline.api.policy.cel import KIND, VALUE, VALUE_PATH, Check, Variable, in_none
from leadline.api.policy.shapes import UNLISTED
from leadline.api.rules import cel_list

_NO_PAIR: Final = "type(x) != list || size(x) != 2"
_NO_WEIGHT: Final = "(type(x[1]) != int && type(x[1]) != double) || double(x[1]) < 0.0"


def _item(culprit: str) -> str:
    """Path of the first item of the value that is wrong."""
    return f"{VALUE_PATH} + '[' + string({VALUE}.indexOf({VALUE}.filter(x, {culprit})[0])) + ']'"


_UNPAIRED: Final = Check(
    "unpaired",
    "variables.weighted",
    f"{VALUE}.exists(x, {_NO_PAIR})",
    _item(_NO_PAIR),
    "'write a pair [value, probability]'",
)
_IMPROBABLE: Final = Check(
    "improbable",
    "variables.weighted",
    f"{in_none(_UNPAIRED)} && {VALUE}.exists(x, {_NO_WEIGHT})",
    f"{_item(_NO_WEIGHT)} + '[1]'",
    "'a probability is a number from 0 on'",
)
_IMPOSSIBLE: Final = Check(
    "impossible",
    "variables.weighted",
    f"{in_none(_UNPAIRED, _IMPROBABLE)} && {VALUE}.all(x, double(x[1]) == 0.0)",
    VALUE_PATH,
    "'give at least one value a probability above 0'",
)

_TAKEN: Final = (*names.YAML_BOOLEANS, *names.RESERVED_PARAMETERS)
_MISNAMED: Final = Check(
    "misnamed",
    "variables.columns",
    f"r in {cel_list(_TAKEN)} || !r.matches('{NAME}')"
    " || variables.columns.exists(other, other != r && other.lowerAscii() == r.lowerAscii())",
    "'values[0]'",
    f"'the name ' + r + (r in {cel_list(names.YAML_BOOLEANS)} ? ' is what YAML makes of n, no, off, y, yes and on;"
    f" quote it' : r in {cel_list(_TAKEN)} ? ' is taken; choose another'"
    f" : r.matches('{NAME}') ? ' differs from another in case only; rename one'"
    " : ' can not be used in a template; use letters, digits and _')",
)
_DIFFERING: Final = Check(
    "differing",
    "variables.values",
    "size(r) != size(variables.columns) || !variables.columns.all(name, name in r)",
    "'values[' + string(variables.values.indexOf(r)) + ']'",
    "'the names differ from those of values[0]; give every entry the same names'",
)

LISTS: Final = (
    Variable("weighted", f"variables.names.filter(r, {KIND} == 'pchoice' && {in_none(UNLISTED)})"),
    _UNPAIRED,
    _IMPROBABLE,
    _IMPOSSIBLE,
    Variable("values", "has(object.spec.matrix.values) ? object.spec.matrix.values : []"),
    Variable("columns", "size(variables.values) > 0 ? variables.values[0].map(name, name) : []"),
    _MISNAMED,
    _DIFFERING,
)
"""In the order in which each needs only those before it."""
