"""Whether a parameter's value has the shape of its kind: list, map with the right keys, or colon string."""

from __future__ import annotations

from typing import Final

from leadline.api.parameter import FORMS
from leadline.api.policy.cel import KIND, VALUE, VALUE_PATH, Check, Variable, in_none, table
from leadline.api.rules import cel_list

_NOT_IN_A_GRID: Final = ("pchoice", *(kind for kind, form in FORMS.items() if form.keys[0] in ("low", "loc")))
_NO_COLON: Final = tuple(kind for kind, form in FORMS.items() if not form.colon)

MAP_KEYS: Final = f"(r in variables.real ? variables.instead[{KIND}] : variables.used[{KIND}])"
"""The keys that the map of the parameter named r is read by, in their order."""
_NEEDED_KEYS: Final = f"(r in variables.real ? variables.instead[{KIND}] : variables.keys[{KIND}])"
_STRANGE_KEY: Final = f"!(key in {MAP_KEYS}) && !(key in variables.unused[{KIND}])"
_NEEDS: Final = f"'kind ' + {KIND} + ' needs '"

_TABLES: Final = (
    Variable("keys", table({kind: form.keys for kind, form in FORMS.items()})),
    Variable("used", table({kind: form.keys + form.optional for kind, form in FORMS.items()})),
    Variable("unused", table({kind: form.unused for kind, form in FORMS.items()})),
    Variable("instead", table({kind: form.instead for kind, form in FORMS.items() if form.instead})),
    Variable("params", "has(object.spec.matrix.params) ? object.spec.matrix.params : {}"),
    Variable("names", "variables.params.map(name, name)"),
)

_SHAPELESS: Final = Check(
    "shapeless",
    "variables.names",
    f"type({VALUE}) != list && type({VALUE}) != map && type({VALUE}) != string",
    VALUE_PATH,
    "'write a list, a map or a colon string'",
)
UNLISTED: Final = Check(
    "unlisted",
    "variables.names",
    f"{KIND} in ['choice', 'pchoice'] && type({VALUE}) != list",
    VALUE_PATH,
    "'choice and pchoice need a list'",
)
UNGRIDDED: Final = Check(
    "ungridded",
    "variables.names",
    f"object.spec.matrix.kind == 'grid' && {KIND} in {cel_list(_NOT_IN_A_GRID)}",
    "'params.' + r + '.kind'",
    f"'a grid can not enumerate ' + {KIND} + '; list its values, or search with kind: random'",
)

_FORMED: Final = (
    Variable("formed", f"variables.names.filter(r, {KIND} in variables.keys && {in_none(_SHAPELESS)})"),
    Variable("mapped", f"variables.formed.filter(r, type({VALUE}) == map)"),
    # A log-uniform map with min and max holds real values; its other keys are then others.
    Variable(
        "real",
        f"variables.mapped.filter(r, {KIND} in variables.instead && 'min' in {VALUE} && 'max' in {VALUE})",
    ),
)

_FORM_CHECKS: Final = (
    Check(
        "keyless",
        "variables.mapped",
        f"!{_NEEDED_KEYS}.all(key, key in {VALUE})",
        VALUE_PATH,
        f"{_NEEDS} + 'the keys ' + {_NEEDED_KEYS}.join(', ')",
    ),
    Check(
        "overfull",
        "variables.mapped",
        f"{VALUE}.exists(key, {_STRANGE_KEY})",
        f"{VALUE_PATH} + '.' + {VALUE}.filter(key, {_STRANGE_KEY})[0]",
        f"'not a key of kind ' + {KIND} + '; it has ' + {MAP_KEYS}.join(', ')",
    ),
    Check(
        "short",
        "variables.formed",
        f"type({VALUE}) == list && size({VALUE}) < size(variables.keys[{KIND}])",
        VALUE_PATH,
        f"{_NEEDS} + '[' + variables.keys[{KIND}].join(', ') + ']'",
    ),
    Check(
        "templated",
        "variables.formed",
        f"type({VALUE}) == string && {VALUE}.contains('{{{{')",
        VALUE_PATH,
        "'a template can not stand for a value; write the values themselves'",
    ),
    Check(
        "coloned",
        "variables.formed",
        f"type({VALUE}) == string && {KIND} in {cel_list(_NO_COLON)}",
        VALUE_PATH,
        f"'kind ' + {KIND} + ' takes no colon string; write a list or a map'",
    ),
    Check(
        "brief",
        "variables.formed",
        f"type({VALUE}) == string && size({VALUE}.split(':')) < size(variables.keys[{KIND}])",
        VALUE_PATH,
        f"{_NEEDS} + '\"' + variables.keys[{KIND}].join(':') + '\"'",
    ),
)

SHAPES: Final = (
    *_TABLES,
    _SHAPELESS,
    UNLISTED,
    *_FORMED,
    *_FORM_CHECKS,
    Variable("sound", f"variables.formed.filter(r, {in_none(*_FORM_CHECKS)})"),
)
"""In the order in which each needs only those before it; ``sound`` holds the names that came through."""
