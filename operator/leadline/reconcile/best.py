"""``status.best`` and ``status.top``: the best trials as they are once a pass is stored."""

from __future__ import annotations

from leadline.api.matrix import Matrix
from leadline.api.names import trial_name, trial_number
from leadline.api.status import Best, TopEntry
from leadline.reconcile.draft import Draft
from leadline.reconcile.standings import Standing, standing_of


def best_and_top(draft: Draft) -> tuple[Best | None, tuple[TopEntry, ...]]:
    """The best trial, None where none has a value yet, and the top ten."""
    if draft.spec.matrix.metric is None:
        return None, ()
    name, trials = draft.observed.group.name, draft.observed.trials
    written = {n: standing_of(n, trials[n].spec.params, status) for n, status in draft.writes.items()}
    deleted = _deleted(draft)
    ranked = draft.observed.history.standings.top(draft.maximize, {**deleted, **written})
    top = tuple(TopEntry(trial_name(name, one.number), one.value, one.resource) for one in ranked)
    # Of a deleted trial the parameters are known only while it is the best.
    known = ((one, one.params) for one in ranked if one.params is not None)
    best = next(
        (
            Best(trial_name(name, one.number), one.number, one.value, params, one.resource)
            for one, params in known
        ),
        None,
    )
    return best, top


def _deleted(draft: Draft) -> dict[int, Standing]:
    """Of the best as stored those without a record: what a trial came to is true though a user deleted it since."""
    old, standings = draft.observed.group.status, draft.observed.history.standings
    found = {}
    for entry in old.top:
        number = trial_number(entry.trial)
        found[number] = Standing(number, None, entry.value, 0, entry.resource)
    if (best := old.best) is not None:
        found[best.number] = Standing(best.number, best.params, best.value, 0, best.resource)
    return {number: one for number, one in found.items() if number not in standings}


def told(best: Best, matrix: Matrix) -> str:
    """What the best trial came to, and at what resource, in a few words."""
    value = f"{best.value:g}" if matrix.metric is None else f"{matrix.metric.name}={best.value:g}"
    return (
        value
        if matrix.resource is None or best.resource is None
        else f"{value} at {matrix.resource.name}={best.resource}"
    )
