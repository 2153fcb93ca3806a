"""From a search space to what templates must know of it: which names have a value in some trials only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from leadline.api.names import ENV_PREFIX
from leadline.search import parse_space
from leadline.template import Presence

_MOST_VALUES: Final = 1000
"""Values of a parameter that tests in a template are tried with; for more, only ``is defined`` is understood."""


def variable_of(name: str) -> str:
    """The environment variable in which a trial finds this parameter."""
    return f"{ENV_PREFIX}PARAM_{name.upper()}"


def presence_of(matrix: Mapping[str, Any]) -> Presence:
    """When each parameter has a value; nothing is said of a space with mistakes."""
    params = matrix.get("params")
    if not isinstance(params, Mapping) or not any(
        isinstance(parameter, Mapping) and "when" in parameter for parameter in params.values()
    ):
        return Presence()
    space, _ = parse_space(params)
    if space is None:
        return Presence()
    parents = {parent for condition in space.conditions.values() for parent in condition.parents}
    values = {parent: space.parameters[parent].values or () for parent in parents}
    return Presence(
        needs={name: condition.parents for name, condition in space.conditions.items()},
        values={parent: found for parent, found in values.items() if len(found) <= _MOST_VALUES},
        variables={variable_of(name): name for name in space.conditions},
    )
