"""A search of this machine that begins with what another one came to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from leadline.api.names import GROUP_KIND, TRIAL_KIND
from leadline.local.store import Store
from unit.local.bodies import Document, Search, document

SCRIPT = "echo loss=$LEADLINE_PARAM_X"


def learning(warm: dict[str, Any], **matrix: Any) -> Document:
    """A search for x that learns."""
    fields = {
        "kind": "tpe",
        "values": None,
        "numRuns": 3,
        "seed": 1,
        "params": {"x": {"kind": "uniform", "value": [0, 1]}},
    }
    given = document(SCRIPT, matrix={**fields, **matrix}, spec={"warmStart": warm})
    given["spec"]["matrix"] = {
        key: value for key, value in given["spec"]["matrix"].items() if value is not None
    }
    return given


def forget(path: Path) -> None:
    """Delete a search as a person would."""
    path.unlink()


async def test_another_search_of_the_folder_is_read_once_and_may_be_deleted(tmp_path: Path) -> None:
    before = Search(tmp_path)
    before.path = tmp_path / "before.db"
    first = document(SCRIPT, trials=2, matrix={"values": [{"x": 0.25}, {"x": 7.5}]})
    with Store.open(before.path) as store:
        store.put(GROUP_KIND, "before", {**first, "metadata": {"name": "before"}})
        uid = (store.get(GROUP_KIND, "before") or {})["metadata"]["uid"]
        for number, x in enumerate((0.25, 7.5)):
            result = {"attempt": 1, "sequence": number + 1, "outcome": "succeeded", "value": x}
            trial = {
                "apiVersion": "leadline.dev/v1alpha1",
                "kind": TRIAL_KIND,
                "metadata": {
                    "name": f"before-{number}",
                    "labels": {"leadline.dev/group-uid": uid},
                    "ownerReferences": [
                        {"uid": uid, "kind": GROUP_KIND, "name": "before", "controller": True}
                    ],
                },
                "spec": {"number": number, "params": {"x": x}, "history": 0},
                "status": {"state": "Succeeded", "results": [result]},
            }
            store.put(TRIAL_KIND, f"before-{number}", trial)
    search = Search(tmp_path)
    group = await search.run(learning({"groups": ["before", "gone"]}, numRuns=2))
    told = group.status.warm_start
    assert told is not None
    assert (told.taken, told.left_out) == (1, 2)
    assert [(dict(one.params), one.value) for one in told.results] == [({"x": 0.25}, 0.25)]
    assert "gone: there is no such earlier group (1)" in told.message
    assert "x is 7.5, which is not from 0 to 1 (1)" in told.message
    assert [event.reason for event in search.told.events].count("WarmStart") == 1
    assert search.trials()[0].spec.origin["history"] == 1
    assert group.status.state == "Succeeded"

    forget(before.path)
    again = await search.run(learning({"groups": ["before", "gone"]}, numRuns=4))
    assert again.status.warm_start == told
    assert len(search.trials()) == 4


async def test_a_group_that_names_itself_learns_nothing_from_it(tmp_path: Path) -> None:
    group = await Search(tmp_path).run(learning({"groups": ["g"], "points": [{"params": {"x": 0.5}}]}))
    assert group.status.warm_start is not None
    assert "this group itself" in group.status.warm_start.message
    assert group.status.warm_start.taken == 0
