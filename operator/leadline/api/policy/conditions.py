"""Whether the conditions of parameters (``when``) make sense.

Circles of up to three parameters are found here, longer ones and conditions that can never hold by the operator. So are
values that a parent does not have, but for those of a choice that is not too long: a policy may cost only so much.
"""

from __future__ import annotations

from typing import Final

from leadline.api.parameter import FORMS
from leadline.api.policy.cel import Check, Variable, in_none
from leadline.api.policy.shapes import UNLISTED
from leadline.api.rules import cel_list

_CONTINUOUS: Final = tuple(
    kind for kind, form in FORMS.items() if form.keys[0] in ("low", "loc") and "q" not in form.keys
)
_MOST_COMPARED: Final = 2000
"""Values listed times values of the choice, for one parent: 64 parameters with 16 parents each stay affordable."""


def _when(name: str) -> str:
    return f"variables.params[{name}].when"


def _asks(name: str, parent: str) -> str:
    return f"has({_when(name)}) && {parent} in {_when(name)}"


_WHEN: Final = _when("r")
_UNKNOWN: Final = "!(p in variables.params)"
_ENDLESS: Final = f"variables.params[p].kind in {cel_list(_CONTINUOUS)}"
# Of several in a circle the first by name is blamed, as by the search.
_CIRCLE_OF_TWO: Final = f"r < p && {_asks('p', 'r')}"
_CIRCLE_OF_THREE: Final = (
    f"r < p && has({_when('p')})"
    f" && {_when('p')}.exists(q, r < q && q in variables.params && {_asks('q', 'r')})"
)
_FOREIGN: Final = "!(v in variables.params[p].value)"
_CHOICE: Final = (
    f"variables.params[p].kind == 'choice' && !(p in variables.{UNLISTED.name})"
    f" && size({_WHEN}[p]) * size(variables.params[p].value) <= {_MOST_COMPARED}"
)
_MISPLACED: Final = f"{_CHOICE} && {_WHEN}[p].exists(v, {_FOREIGN})"


def _parent(culprit: str) -> str:
    """The first parent that is wrong."""
    return f"{_WHEN}.filter(p, {culprit})[0]"


def _path(culprit: str) -> str:
    return f"'params.' + r + '.when.' + {_parent(culprit)}"


_ORPHANED: Final = Check(
    "orphaned",
    "variables.dependent",
    f"{_WHEN}.exists(p, {_UNKNOWN})",
    _path(_UNKNOWN),
    f"'there is no parameter ' + {_parent(_UNKNOWN)}",
)
_SELFISH: Final = Check(
    "selfish",
    "variables.dependent",
    f"r in {_WHEN}",
    "'params.' + r + '.when.' + r",
    "r + ' can not depend on itself; name another parameter'",
)
_ADRIFT: Final = Check(
    "adrift",
    "variables.dependent",
    f"{in_none(_ORPHANED)} && {_WHEN}.exists(p, {_ENDLESS})",
    _path(_ENDLESS),
    f"{_parent(_ENDLESS)} + ' is continuous; give it a kind with values, such as choice or linspace'",
)
_CIRCULAR: Final = Check(
    "circular",
    "variables.dependent",
    f"{in_none(_ORPHANED, _SELFISH)} && {_WHEN}.exists(p, {_CIRCLE_OF_TWO} || {_CIRCLE_OF_THREE})",
    "'params.' + r + '.when'",
    "'the conditions go round in a circle; leave one of them out'",
)
_UNMET: Final = Check(
    "unmet",
    "variables.dependent",
    f"{in_none(_ORPHANED)} && {_WHEN}.exists(p, {_MISPLACED})",
    f"[{_parent(_MISPLACED)}].map(p, 'params.' + r + '.when.' + p + '[' + string({_WHEN}[p].indexOf("
    f"{_WHEN}[p].filter(v, {_FOREIGN})[0])) + ']')[0]",
    f"'not a value of ' + {_parent(_MISPLACED)}",
)

CONDITIONS: Final = (
    Variable("dependent", f"variables.names.filter(r, has({_WHEN}))"),
    _ORPHANED,
    _SELFISH,
    _ADRIFT,
    _CIRCULAR,
    _UNMET,
)
"""In the order in which each needs only those before it."""
