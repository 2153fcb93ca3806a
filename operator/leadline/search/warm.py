"""A search that knows something before it begins: its first trials are points that somebody wants tried.

Around any other searcher. The points take the first numbers and the resources that these have; whatever the searcher
itself would suggest there, and would suggest again later, is exchanged, so that no point comes twice and none is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cached_property

from leadline.search.interface import Answer, Completed, New, Params, Promote, Running, Searcher
from leadline.search.prior import Prior
from leadline.search.space.lookup import key_of


class Warm:
    """See ``Searcher``. The first suggestions of ``inner`` are replaced by the points of ``prior``.

    by_index: each number of the inner search has its suggestion whatever is known; otherwise it suggests nothing that
    it knows to run or to have ended, and only what is asked for at once with a point can be that point.
    """

    def __init__(self, inner: Searcher, prior: Prior, by_index: bool) -> None:
        self._inner, self._by_index = inner, by_index
        self._points = prior.points
        if prior.results:
            inner.update(prior.results, ())

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        """Passed on: a point that was tried is a trial like any other."""
        self._inner.update(completed, running)

    def suggest(self, numbers: Sequence[int]) -> Answer:
        """The inner suggestions, with the points in place of the first ones."""
        answer = self._inner.suggest(numbers)
        if not self._points:
            return answer
        news = [suggestion for suggestion in answer.suggestions if isinstance(suggestion, New)]
        numbered = dict(zip(numbers, news, strict=False))
        exchange = self._exchange(numbered)
        changed = iter(
            [
                self._given(number, new) if number < len(self._points) else _exchanged(new, exchange)
                for number, new in numbered.items()
            ]
        )
        suggestions = tuple(new if isinstance(new, Promote) else next(changed) for new in answer.suggestions)
        return replace(answer, suggestions=suggestions)

    def _given(self, number: int, suggestion: New) -> New:
        """A point of the user's, with what the inner search would have given its own: bracket, rung, resource."""
        told = ("algorithm", "chosen", "history", "bracket", "rung")
        origin = {name: suggestion.origin[name] for name in told if name in suggestion.origin}
        params = deepcopy(dict(self._points[number]))
        return replace(suggestion, params=params, origin={**origin, "phase": "given", "point": number})

    def _exchange(self, numbered: Mapping[int, New]) -> dict[str, Params]:
        """What to suggest instead of each point that the inner search may come to: what the points have displaced."""
        places = range(len(self._points))
        firsts = {place: numbered[place].params for place in places if place in numbered}
        if self._by_index:
            if all(
                key_of(new.params) not in self._keys
                for number, new in numbered.items()
                if number not in places
            ):
                return {}
            found = [new for new in self._inner.suggest(places).suggestions if isinstance(new, New)]
            firsts = {place: new.params for place, new in zip(places, found, strict=False)}
        displaced = {key_of(params): params for params in firsts.values()}
        points = [key_of(self._points[place]) for place in firsts]
        free = [params for key, params in displaced.items() if key not in points]
        again = [key for key in points if key not in displaced]
        return dict(zip(again, free, strict=False))

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(map(key_of, self._points))


def _exchanged(suggestion: New, exchange: Mapping[str, Params]) -> New:
    other = exchange.get(key_of(suggestion.params)) if exchange else None
    return suggestion if other is None else replace(suggestion, params=other)
