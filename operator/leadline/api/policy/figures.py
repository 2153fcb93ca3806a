"""Whether the numbers and dates of a parameter make sense, whichever form they were written in.

A row is one parameter: ``v`` its values in the order of its kind's keys, ``at`` the path of each.
"""

from __future__ import annotations

from typing import Final

from leadline.api.parameter import FORMS, GREATEST_NUM
from leadline.api.policy.cel import KIND, VALUE, Check, Variable
from leadline.api.policy.shapes import MAP_KEYS
from leadline.api.rules import cel_list

_MOST_FIELDS: Final = max(len(form.keys + form.optional) for form in FORMS.values())


def _is(*kinds: str) -> str:
    return f"r.kind in {cel_list(kinds)}"


# --- rows ---


def _row(form: str, values: str, paths: str) -> str:
    return (
        f"variables.sound.filter(r, type({VALUE}) == {form}).map(r, {{'name': dyn(r), 'kind': dyn({KIND}), "
        f"'colon': dyn({'true' if form == 'string' else 'false'}), 'v': dyn({values}), 'at': dyn({paths})}})"
    )


def _first(values: str) -> str:
    """The places that a list has and its kind uses; what follows is ignored, as in Polyaxon."""
    return f"variables.places.filter(i, i < size({values}) && i < size(variables.used[{KIND}]))"


_PARTS: Final = f"{VALUE}.split(':')"
_PRESENT_KEYS: Final = f"{MAP_KEYS}.filter(key, key in {VALUE})"
_ROWS: Final = (
    Variable("places", str(list(range(_MOST_FIELDS)))),
    Variable(
        "rows",
        " + ".join(
            (
                _row(
                    "list",
                    f"{_first(VALUE)}.map(i, {VALUE}[i])",
                    "variables.places.map(i, 'params.' + r + '.value[' + string(i) + ']')",
                ),
                _row(
                    "map",
                    f"{_PRESENT_KEYS}.map(key, {VALUE}[key])",
                    f"{_PRESENT_KEYS}.map(key, 'params.' + r + '.value.' + key)",
                ),
                _row(
                    "string",
                    f"{_first(_PARTS)}.map(i, {_PARTS}[i].trim())",
                    "variables.places.map(i, 'params.' + r + '.value')",
                ),
            )
        ),
    ),
)
_WHOLE_PATH: Final = "'params.' + r.name + '.value'"

# --- numbers and dates as they were written ---

_DATED: Final = _is("daterange", "datetimerange")
_NUMBER: Final = "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
_NO_NUMBER: Final = (
    f"i < size(r.v) && (i == 2 || !({_DATED})) && type(r.v[i]) != int && type(r.v[i]) != double"
    f" && !(r.colon && r.v[i].matches('{_NUMBER}'))"
)
_YEAR: Final = "([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})"
_LEAP_YEAR: Final = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"
_DAY: Final = (
    f"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    f"|02-(0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
_CLOCK: Final = "[Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
_ZONE: Final = "([Zz]|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])"


def _no_date(place: int) -> str:
    text = f"r.v[{place}]"
    return (
        f"(type({text}) != string || !{text}.trim().matches(r.kind == 'daterange' ? '^{_DAY}$' : "
        f"'^{_DAY}({_CLOCK}{_ZONE}?)?$'))"
    )


_WRITTEN: Final = (
    Check(
        "undated",
        "variables.rows",
        f"{_DATED} && ({_no_date(0)} || {_no_date(1)})",
        f"r.at[{_no_date(0)} ? 0 : 1]",
        "'write a date like 2019-06-22' + (r.kind == 'daterange' ? '' : 'T21:00:00')",
    ),
    Check(
        "unnumbered",
        "variables.rows",
        f"variables.places.exists(i, {_NO_NUMBER})",
        f"r.at[variables.places.filter(i, {_NO_NUMBER})[0]]",
        "'write a number'",
    ),
)

# --- numbers and dates by their size ---

_TIME: Final = "(size(x.trim()) > 10 ? x.trim().substring(11) : '00:00')"
_OFFSET: Final = f"{_TIME}.find('[+-].*').replace(':', '')"
# From 2019-06-22, 2019-06-22 21:00 or 2019-06-22t21:00:00.5+0200 to what timestamp() reads.
_MOMENT: Final = (
    f"timestamp(x.trim().substring(0, 10) + 'T' + {_TIME}.find('^[0-9]+:[0-9]+')"
    f" + ({_TIME}.matches('^[0-9]+:[0-9]+:') ? {_TIME}.find(':[0-9]+(:[0-9.]+)').substring(3) : ':00')"
    f" + ({_OFFSET} == '' ? 'Z' : {_OFFSET}.substring(0, 3) + ':' + {_OFFSET}.substring(3)))"
)
_CENTRED: Final = _is("normal", "qnormal", "lognormal", "qlognormal")
_COUNTED: Final = _is("linspace", "logspace", "geomspace")
_BAD_BASE: Final = "size(r.v) > 3 && r.v[3] <= 0.0"
_BAD_MIN: Final = "r.real && r.v[0] <= 0.0"
_BAD_SCALE: Final = f"{_CENTRED} && r.v[1] <= 0.0"
_BAD_STEP: Final = f"size(r.v) > 2 && !({_COUNTED}) && r.v[2] <= 0.0"

_SIZED: Final = (
    Variable(
        "figures",
        "variables.rows.filter(r, !variables.unnumbered.exists(bad, bad.name == r.name)"
        " && !variables.undated.exists(bad, bad.name == r.name))"
        ".map(r, {'name': r.name, 'kind': r.kind, 'at': r.at, 'real': dyn(r.name in variables.real), "
        f"'zoned': dyn(r.v.map(x, type(x) == string && x.matches(':[0-5][0-9].*{_ZONE}$'))), "
        f"'v': dyn(r.v.map(x, type(x) == string && {_DATED} ? dyn({_MOMENT}) : dyn(double(x))))}})",
    ),
    Check(
        "uncounted",
        "variables.figures",
        f"{_COUNTED} && (r.v[2] < 1.0 || r.v[2] > {GREATEST_NUM}.0 || r.v[2] != double(int(r.v[2])))",
        "r.at[2]",
        f"'num must be a whole number from 1 to {GREATEST_NUM}'",
    ),
    Check(
        "negative",
        "variables.figures",
        f"({_BAD_MIN}) || ({_BAD_SCALE}) || ({_BAD_STEP}) || ({_BAD_BASE})",
        f"r.at[{_BAD_MIN} ? 0 : {_BAD_SCALE} ? 1 : {_BAD_STEP} ? 2 : 3]",
        "'must be greater than 0'",
    ),
    Check(
        "baseless",
        "variables.figures",
        "size(r.v) > 3 && r.v[3] == 1.0",
        "r.at[3]",
        "'base must not be 1: every power of 1 is 1'",
    ),
    Check(
        "unordered",
        "variables.figures",
        f"!({_CENTRED}) && r.v[0] >= r.v[1]",
        _WHOLE_PATH,
        "(r.real ? 'min must be less than max'"
        " : variables.keys[r.kind][0] + ' must be less than ' + variables.keys[r.kind][1])",
    ),
    Check(
        "crossing",
        "variables.figures",
        "r.kind == 'geomspace' && r.v[0] <= 0.0 && r.v[1] >= 0.0",
        _WHOLE_PATH,
        "'geomspace can not reach or cross 0; write start and stop of the same sign, not 0'",
    ),
    Check(
        "divided",
        "variables.figures",
        "r.kind == 'daterange' && r.v[2] < 1e15 && r.v[2] != double(int(r.v[2]))",
        "r.at[2]",
        "'step counts whole days'",
    ),
    Check(
        "zoned",
        "variables.figures",
        "r.kind == 'datetimerange' && r.zoned[0] != r.zoned[1]",
        _WHOLE_PATH,
        "'one of start and stop has a time zone; write it for both or for neither'",
    ),
)

FIGURES: Final = (*_ROWS, *_WRITTEN, *_SIZED)
"""In the order in which each needs only those before it."""
