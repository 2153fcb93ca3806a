"""What a search is told before it begins: earlier groups' results, fixed once, and points written in the spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leadline.api.group import GroupSpec
from leadline.api.names import MAX_WARM_RESULTS
from leadline.api.schema import to_dict
from leadline.api.status import GroupStatus
from leadline.api.warm_start import WarmResult, WarmStatus
from leadline.reconcile.history import History
from leadline.reconcile.observed import Group, Observed, Trial
from leadline.reconcile.trial_status import cut
from leadline.search import Earlier, Known, Prior, earlier_results, read_points, recall


def earlier_of(name: str, group: Mapping[str, Any] | None, trials: Iterable[Trial] = ()) -> Earlier:
    """An earlier group from its document, None where there is none, and its trials."""
    if group is None:
        return Earlier(name)
    history = History()
    for trial in trials:
        history.add(trial.number, trial.spec.params, trial.status)
    return Earlier(name, (group.get("spec") or {}).get("matrix") or {}, tuple(history.results))


def unread(group: Group) -> tuple[str, ...]:
    """Names of the earlier groups that have to be read before the search may begin."""
    if group.spec is None or group.spec.warm_start is None or group.status.warm_start is not None:
        return ()
    return group.spec.warm_start.groups or ()


def recalled(observed: Observed, spec: GroupSpec) -> WarmStatus:
    """What the earlier groups have to say, to be stored: from then on it is the same, whatever becomes of them."""
    mine = observed.group.name
    groups = [
        group if group.name != mine else Earlier(f"{mine} (this group itself)")
        for group in observed.earlier or ()
    ]
    found = recall(to_dict(spec.matrix), groups, MAX_WARM_RESULTS)
    left_out = sum(found.left_out.values())
    message = f"{len(found.results)} results taken over"
    if left_out:
        reasons = sorted(found.left_out.items(), key=lambda pair: -pair[1])
        message += f", {left_out} left out: " + "; ".join(f"{why} ({count})" for why, count in reasons[:10])
        message += f"; and {len(reasons) - 10} more reasons" if len(reasons) > 10 else ""
    results = tuple(WarmResult(dict(one.params), one.value, one.resource) for one in found.results)
    return WarmStatus(taken=len(results), left_out=left_out, message=cut(message), results=results)


def prior_of(spec: GroupSpec, status: GroupStatus) -> Prior:
    """What the search is told: earlier results, oldest first, then those of the spec's points."""
    if spec.warm_start is None:
        return Prior()
    points = read_points(to_dict(spec.matrix), [to_dict(point) for point in spec.warm_start.points or ()])
    stored = status.warm_start.results if status.warm_start is not None else ()
    known = [Known(one.params, one.value, one.resource) for one in stored]
    return Prior(points.points, (*earlier_results(known, len(points.results)), *points.results))
