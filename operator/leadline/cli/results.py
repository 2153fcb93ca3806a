"""The table that a run ends with: the best trials of a group in a store, or what there is where nothing is compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leadline.cli.output import INACTIVE, Table, span, visible

if TYPE_CHECKING:
    from leadline.api.group import GroupSpec
    from leadline.api.trial import TrialStatus
    from leadline.local.store import Store
    from leadline.reconcile.observed import Group

SHOWN = 10
"""Trials of a search without a metric that are shown."""


def best_trials(store: Store, group: Group) -> Table:
    """Rank, trial, value, parameters and time of the best trials; without a metric the first trials and states."""
    from leadline.api.names import TRIAL_KIND
    from leadline.reconcile.parse import parse_trial

    spec = group.spec
    if spec is None:
        return Table(())
    names = parameter_names(spec)
    if spec.matrix.metric is None:
        table = Table(("TRIAL", "STATE", *map(visible, names), "TIME"))
        for document in store.list(TRIAL_KIND, group_uid=group.uid)[:SHOWN]:
            trial = parse_trial(document)
            name = document["metadata"]["name"]
            table.add(name, trial.status.state, *_values(trial.spec.params, names), time_of(trial.status))
        return table
    rung = () if spec.matrix.resource is None else (visible(spec.matrix.resource.name),)
    table = Table(("RANK", "TRIAL", visible(spec.matrix.metric.name), *rung, *map(visible, names), "TIME"))
    for rank, entry in enumerate(group.status.top, start=1):
        found = store.get(TRIAL_KIND, entry.trial)
        if found is not None:
            trial = parse_trial(found)
            values = _values(trial.spec.params, names)
            reached = (entry.resource for _ in rung)
            table.add(rank, entry.trial, entry.value, *reached, *values, time_of(trial.status))
    return table


def parameter_names(spec: GroupSpec) -> tuple[str, ...]:
    """Names of a search's parameters, in the order of its file; of a mapping every name that it has."""
    if spec.matrix.params is not None:
        return tuple(spec.matrix.params)
    return tuple(dict.fromkeys(name for values in spec.matrix.values or () for name in values))


def time_of(status: TrialStatus) -> str:
    """For how long a trial's last attempt ran; its times are kept in whole seconds."""
    from leadline.reconcile.trial_status import seconds

    if status.start_time is None or status.completion_time is None:
        return ""
    return span(seconds(status.completion_time) - seconds(status.start_time))


def _values(params: Mapping[str, Any], names: tuple[str, ...]) -> list[Any]:
    return [params.get(name, INACTIVE) for name in names]
