"""Whether what a tuner suggests can be a configuration: of the space, or of any names and values without one."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from leadline.search.space.fields import show
from leadline.search.space.fit import MisfitError, fit
from leadline.search.space.lookup import canonical, is_number
from leadline.search.space.parse import check_names
from leadline.search.space.space import Space

MOST_NAMES = 64
"""Parameters of one configuration."""


def fit_any(params: Any, space: Space | None) -> dict[str, Any]:
    """The configuration with the space's own values (1 where 1.0 was written). Raises MisfitError.

    space: None where any names and values will do, as long as they are JSON.
    """
    if not isinstance(params, Mapping):
        raise MisfitError("", f"it is {show(params)} and not a map of names to values")
    if space is None:
        return _fit_anything(params)
    return fit(space, params)


def _fit_anything(params: Mapping[Any, Any]) -> dict[str, Any]:
    if not 1 <= len(params) <= MOST_NAMES:
        raise MisfitError(
            "", f"it has {len(params)} parameters; at least 1 and at most {MOST_NAMES} can be used"
        )
    problems = check_names(params)
    if problems:
        raise MisfitError("", problems[0].message)
    for name, value in params.items():
        try:
            canonical(value)
        except (TypeError, ValueError, RecursionError):
            raise MisfitError(str(name), "has a value that is no JSON") from None
        if is_number(value) and not (isinstance(value, int) or isfinite(value)):
            raise MisfitError(str(name), "is not a finite number")
    return dict(params)
