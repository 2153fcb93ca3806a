"""What one process knows of a group, and when it has to read it again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from leadline.api import names
from leadline.api.schema import to_dict
from leadline.api.status import Best, Counts, GroupStatus, TopEntry
from leadline.kube.view import View

Json = dict[str, Any]

STATUS = GroupStatus(
    state="Searching",
    counts=Counts(running=1, succeeded=1),
    active={"1": 1},
    next=2,
    best=Best(trial="g-0", number=0, value=1.0, params={"x": 0.1, "layers": [64, 32], "ratio": 2.0}),
    top=(TopEntry(trial="g-0", value=1.0),),
)


def group(version: int, status: GroupStatus, **spec: Any) -> Json:
    """The group as the API server sends it."""
    matrix = {"kind": "random", "numRuns": 3, "params": {"x": {"kind": "uniform", "value": [0, 1]}}}
    template = {"spec": {"containers": [{"name": "train", "image": "img", "args": ["{{ x }}"]}]}}
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.GROUP_KIND,
        "metadata": {
            "name": "g",
            "namespace": "ns",
            "uid": "uid-g",
            "generation": 1 + len(spec),
            "resourceVersion": str(version),
            "creationTimestamp": "2026-11-23T10:00:00Z",
        },
        "spec": {"matrix": matrix, "template": template, **spec},
        "status": to_dict(status),
    }


def known() -> View:
    """A view whose trials have been read, and that has written the group's status itself since."""
    view = View(group(1, GroupStatus()))
    view.hydrated = True
    view.version = 2
    view.records.wrote_status(STATUS)
    return view


def test_what_a_user_edits_makes_nobody_read_the_trials_again() -> None:
    view = known()
    assert view.put_group(group(3, STATUS, suspend=True))
    assert view.hydrated


def test_a_status_that_somebody_else_wrote_does() -> None:
    view = known()
    assert view.put_group(group(3, replace(STATUS, active={}, next=3)))
    assert not view.hydrated


def test_our_own_status_that_comes_back_late_does_not() -> None:
    view = known()
    assert not view.put_group(group(2, STATUS))
    assert view.hydrated
