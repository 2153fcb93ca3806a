"""Reads the searches of this machine that another one's ``warmStart`` names, with their trials."""

from __future__ import annotations

from collections.abc import Iterable

from leadline.api.names import GROUP_KIND, TRIAL_KIND
from leadline.local.places import SUFFIX
from leadline.local.store import Store
from leadline.reconcile.parse import parse_trial
from leadline.reconcile.warm import earlier_of
from leadline.search import Earlier


def read_earlier(store: Store, wanted: Iterable[str]) -> tuple[Earlier, ...]:
    """Each search as it is now: in the same file, or in one of its own beside it."""
    return tuple(_read(store, name) for name in wanted)


def _read(store: Store, name: str) -> Earlier:
    if store.get(GROUP_KIND, name) is not None:
        return _from(store, name)
    path = store.path.with_name(f"{name}{SUFFIX}")
    if not path.exists():
        return earlier_of(name, None)
    with Store.open(path, "read") as other:
        return _from(other, name)


def _from(store: Store, name: str) -> Earlier:
    group = store.get(GROUP_KIND, name)
    if group is None:
        return earlier_of(name, None)
    trials = store.list(TRIAL_KIND, group_uid=group["metadata"]["uid"])
    return earlier_of(name, group, [parse_trial(trial) for trial in trials])
