"""A file into the store: new, again, edited; and started over."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from leadline.api.names import GROUP_KIND
from leadline.local.groups import find_edit_problems, forget_group, put_group
from leadline.local.places import default_path, known_paths, prepare
from leadline.local.store import Store
from unit.local.bodies import MARK_START, Document, Search, document

GIVEN = document("echo loss=1", matrix={"kind": "random", "numRuns": 4, "values": None, "seed": 1})
del GIVEN["spec"]["matrix"]["values"]
GIVEN["spec"]["matrix"]["params"] = {"x": {"kind": "uniform", "value": [0, 1]}}

Change = Callable[[dict[str, Any]], Any]


def edited(change: Change) -> Document:
    again = deepcopy(GIVEN)
    change(again)
    return again


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "g.db") as store:
        put_group(store, GIVEN)
        yield store


def generation(store: Store) -> int:
    found = store.get(GROUP_KIND, "g")
    assert found is not None
    number: int = found["metadata"]["generation"]
    return number


def test_the_same_file_again_changes_nothing(store: Store) -> None:
    before = store.version()
    assert find_edit_problems(store, GIVEN) == ()
    put_group(store, GIVEN)
    assert store.version() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda group: group["spec"]["matrix"].update(concurrency=7),
        lambda group: group["spec"]["matrix"].update(numRuns=5),
        lambda group: group["spec"].update(suspend=True),
        lambda group: group["spec"].update(stop="Drain"),
        lambda group: group["spec"].update(termination={"timeout": 5}),
        lambda group: group["metadata"].update(labels={"team": "blue"}),
    ],
    ids=["concurrency", "numRuns up", "suspend", "stop", "termination", "labels"],
)
def test_what_may_change_is_taken_over_and_the_status_stays(store: Store, change: Change) -> None:
    known = store.get(GROUP_KIND, "g")
    assert known is not None
    store.put(GROUP_KIND, "g", {**known, "status": {"next": 3}})
    again = edited(change)
    assert find_edit_problems(store, again) == ()
    put = put_group(store, again)
    assert (put["status"], put["metadata"]["uid"]) == ({"next": 3}, known["metadata"]["uid"])
    assert generation(store) == (1 if "labels" in put["metadata"] else 2)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda group: group["spec"]["matrix"].update(numRuns=3), "spec.matrix.numRuns"),
        (lambda group: group["spec"]["matrix"].update(seed=2), "spec.matrix.seed"),
        (lambda group: group["spec"]["matrix"]["params"]["x"].update(value=[0, 2]), "spec.matrix.params"),
        (
            lambda group: group["spec"]["matrix"]["metric"].update(optimization="maximize"),
            "spec.matrix.metric",
        ),
        (
            lambda group: group["spec"]["template"]["spec"]["containers"][0].update(command=["x"]),
            "spec.template",
        ),
        (lambda group: group["spec"].update(metrics={"patterns": ["a(.)"]}), "spec.metrics"),
        (lambda group: group["metadata"].update(namespace="other"), "metadata.namespace"),
    ],
    ids=["numRuns down", "seed", "params", "metric", "template", "metrics", "namespace"],
)
def test_what_can_t_change_is_named(store: Store, change: Change, path: str) -> None:
    assert [problem.path for problem in find_edit_problems(store, edited(change))] == [path]


def test_a_suspension_by_another_command_gives_way_to_the_file(store: Store) -> None:
    known = store.get(GROUP_KIND, "g")
    assert known is not None
    store.put(GROUP_KIND, "g", {**known, "spec": {**known["spec"], "suspend": True}})
    assert not put_group(store, GIVEN)["spec"].get("suspend")


def test_a_file_without_a_name_can_t_be_found_again(store: Store) -> None:
    again = edited(lambda group: group.update(metadata={"generateName": "g-"}))
    assert [problem.path for problem in find_edit_problems(store, again)] == ["metadata.name"]


async def test_starting_over_forgets_records_and_logs_of_this_group_alone(tmp_path: Path) -> None:
    search = Search(tmp_path)
    given = document(f"{MARK_START}\necho loss=1", trials=2)
    await search.run(given)
    logs = tmp_path / "g.db.d"
    (logs / "g-1-2-1.log").write_text("of a group named g-1")
    with Store.open(search.path) as store:
        put_group(store, {**deepcopy(given), "metadata": {"name": "other"}})
        await forget_group(store, "g")
        assert [group["metadata"]["name"] for group in store.list(GROUP_KIND)] == ["other"]
        assert store.list("Trial") == []
    assert [path.name for path in logs.iterdir()] == ["g-1-2-1.log"]
    group = await search.run(given)
    assert (group.status.progress, search.starts()) == ("2/2", {0: 2, 1: 2})


async def test_there_may_be_nothing_to_forget(store: Store) -> None:
    await forget_group(store, "never-seen")


# --- where files are ---


def test_the_same_folder_and_name_lead_to_the_same_file(tmp_path: Path) -> None:
    for name in ("b", "a"):
        path = default_path(name, tmp_path)
        prepare(path)
        Store.open(path).close()
    assert known_paths(tmp_path) == [tmp_path / ".leadline" / "a.db", tmp_path / ".leadline" / "b.db"]


def test_git_is_told_to_leave_the_folder_alone(tmp_path: Path) -> None:
    prepare(default_path("a", tmp_path))
    assert (tmp_path / ".leadline" / ".gitignore").read_text().endswith("*\n")


def test_a_file_that_is_named_gets_no_folder_of_ours(tmp_path: Path) -> None:
    prepare(tmp_path / "mine.db")
    assert list(tmp_path.iterdir()) == []
