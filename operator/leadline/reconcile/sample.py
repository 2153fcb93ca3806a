"""A trial to try a template with, before the search has begun."""

from __future__ import annotations

from collections.abc import Callable

from leadline.api.schema import to_dict
from leadline.reconcile.observed import Ask, Group
from leadline.reconcile.rounds import has_rounds
from leadline.search import Answer, New, parse_space
from leadline.search.errors import ExtensionError


def middle(group: Group) -> New | None:
    """A point in the middle of the space; None where a tuner makes up the parameters."""
    assert group.spec is not None
    params = to_dict(group.spec.matrix).get("params")
    space = None if params is None else parse_space(params)[0]
    return None if space is None else New(space.from_units(lambda name: 0.5))


def first_trial(group: Group, answer: Callable[[Ask], Answer]) -> New | None:
    """What trial 0 will be, as the search answers; a point of the space where a tuner would have to be asked for it."""
    assert group.spec is not None
    if has_rounds(group.spec.matrix):
        return middle(group)
    try:
        found = answer(Ask((0,), 0))
    except ExtensionError:
        return middle(group)  # The search itself will say so, and ask again.
    return next((known for known in found.suggestions if isinstance(known, New)), None)
