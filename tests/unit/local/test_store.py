"""The objects' rules: versions, generations, owners, selectors, transactions."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from hypothesis.strategies import integers, sampled_from

from leadline.api.names import LABEL_GROUP_UID
from leadline.local.errors import AlreadyExistsError, ConflictError, NotFoundError, StoreUnusableError
from leadline.local.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "search.db") as store:
        yield store


def trial(number: int, *, group_uid: str = "", owner: str = "", state: str = "") -> dict[str, Any]:
    obj: dict[str, Any] = {"apiVersion": "leadline.dev/v1alpha1", "metadata": {}, "spec": {"number": number}}
    if group_uid:
        obj["metadata"]["labels"] = {LABEL_GROUP_UID: group_uid}
    if owner:
        obj["metadata"]["ownerReferences"] = [{"uid": owner, "controller": True}]
    if state:
        obj["status"] = {"state": state}
    return obj


def names(objects: list[dict[str, Any]]) -> list[str]:
    return [obj["metadata"]["name"] for obj in objects]


def test_a_created_object_gets_what_the_api_server_would_give_it(store: Store) -> None:
    stored = store.put("Trial", "a-0", trial(0))
    metadata = stored["metadata"]
    assert (stored["kind"], metadata["name"], metadata["generation"], metadata["resourceVersion"]) == (
        "Trial",
        "a-0",
        1,
        "1",
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", metadata["creationTimestamp"])
    assert len(metadata["uid"]) == 36
    assert store.get("Trial", "a-0") == stored


def test_an_absent_object_is_none(store: Store) -> None:
    assert store.get("Trial", "a-0") is None


def test_what_is_returned_shares_nothing_with_what_was_given(store: Store) -> None:
    given = trial(0)
    stored = store.put("Trial", "a-0", given)
    given["spec"]["number"] = stored["spec"]["number"] = 9
    found = store.get("Trial", "a-0")
    assert found is not None
    assert found["spec"]["number"] == 0


def test_every_value_of_json_comes_back_as_it_went_in(store: Store) -> None:
    value = {
        "spec": {
            "text": "é\0\ud800\U0001f600",
            "float": 0.1,
            "one": 1,
            "true": True,
            "none": None,
            "list": [[], {}],
        }
    }
    assert store.put("Trial", "a-0", value)["spec"] == value["spec"]


def test_creating_what_is_there_is_refused(store: Store) -> None:
    store.put("Trial", "a-0", trial(0))
    with pytest.raises(AlreadyExistsError, match="Trial a-0"):
        store.put("Trial", "a-0", trial(0))


def test_the_same_name_may_stand_for_objects_of_several_kinds(store: Store) -> None:
    store.put("Trial", "a-0", trial(0))
    store.put("Job", "a-0", trial(0))
    assert names(store.list("Job")) == ["a-0"]


def test_a_write_that_has_not_seen_the_newest_version_is_refused(store: Store) -> None:
    first = store.put("Trial", "a-0", trial(0))
    store.put("Trial", "a-0", {**first, "status": {"state": "Running"}})
    with pytest.raises(ConflictError, match="Trial a-0"):
        store.put("Trial", "a-0", {**first, "status": {"state": "Failed"}})
    found = store.get("Trial", "a-0")
    assert found is not None
    assert found["status"] == {"state": "Running"}


def test_a_write_meant_for_a_predecessor_of_the_same_name_is_refused(store: Store) -> None:
    old = store.put("Trial", "a-0", trial(0))
    store.delete("Trial", "a-0")
    new = store.put("Trial", "a-0", trial(0))
    old["metadata"]["resourceVersion"] = new["metadata"]["resourceVersion"]
    with pytest.raises(ConflictError):
        store.put("Trial", "a-0", old)


def test_changing_what_is_gone_is_refused(store: Store) -> None:
    stored = store.put("Trial", "a-0", trial(0))
    store.delete("Trial", "a-0")
    with pytest.raises(NotFoundError, match="Trial a-0"):
        store.put("Trial", "a-0", stored)


def test_the_generation_counts_changes_of_the_spec_only(store: Store) -> None:
    obj = store.put("OptimizationGroup", "a", trial(0))
    obj = store.put("OptimizationGroup", "a", {**obj, "status": {"state": "Searching"}})
    assert obj["metadata"]["generation"] == 1
    obj = store.put("OptimizationGroup", "a", {**obj, "spec": {"suspend": True}})
    assert obj["metadata"]["generation"] == 2


def test_a_writer_cant_change_uid_generation_or_creation(store: Store) -> None:
    first = store.put("Trial", "a-0", trial(0))
    forged = {**first["metadata"], "generation": 7, "creationTimestamp": "2000-01-01T00:00:00Z"}
    second = store.put("Trial", "a-0", {**first, "metadata": forged, "status": {"state": "Running"}})
    kept = ("uid", "generation", "creationTimestamp")
    assert [second["metadata"][key] for key in kept] == [first["metadata"][key] for key in kept]


def test_writing_what_is_stored_already_writes_nothing(store: Store) -> None:
    stored = store.put("Trial", "a-0", trial(0))
    version = store.version()
    assert store.put("Trial", "a-0", stored) == stored
    assert store.version() == version


def test_a_version_is_never_given_twice(store: Store) -> None:
    store.put("Trial", "a-0", trial(0))
    store.delete("Trial", "a-0")
    assert store.put("Trial", "a-0", trial(0))["metadata"]["resourceVersion"] == "2"


def test_nan_is_refused_and_nothing_is_written(store: Store) -> None:
    with pytest.raises(ValueError, match="JSON"):
        store.put("Trial", "a-0", {"status": {"value": float("nan")}})
    assert store.get("Trial", "a-0") is None
    store.put("Trial", "a-0", trial(0))


def test_a_transaction_that_fails_leaves_the_file_as_it_was(store: Store) -> None:
    kept = store.put("Trial", "a-0", trial(0))

    def write_and_fail() -> None:
        with store.transaction():
            store.put("Trial", "a-0", {**kept, "status": {"state": "Running"}})
            store.put("Trial", "a-1", trial(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert store.list("Trial") == [kept]
    assert store.version() == 1


def test_a_conflict_inside_a_transaction_undoes_all_of_it(store: Store) -> None:
    stale = store.put("Trial", "a-0", trial(0))
    store.put("Trial", "a-0", {**stale, "status": {"state": "Running"}})

    def write_and_conflict() -> None:
        with store.transaction():
            store.put("Trial", "a-1", trial(1))
            store.put("Trial", "a-0", {**stale, "status": {"state": "Failed"}})

    with pytest.raises(ConflictError):
        write_and_conflict()
    assert names(store.list("Trial")) == ["a-0"]


def test_transactions_dont_nest(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError, match="nest"), store.transaction():
        pass


def test_objects_are_listed_in_the_order_of_their_creation(store: Store) -> None:
    for number in (2, 10, 1):
        store.put("Trial", f"a-{number}", trial(number))
    first = store.get("Trial", "a-2")
    assert first is not None
    store.put("Trial", "a-2", {**first, "status": {"state": "Running"}})
    assert names(store.list("Trial")) == ["a-2", "a-10", "a-1"]


def test_objects_are_selected_by_group_and_state(store: Store) -> None:
    store.put("Trial", "a-0", trial(0, group_uid="A", state="Succeeded"))
    store.put("Trial", "a-1", trial(1, group_uid="A", state="Running"))
    store.put("Trial", "a-2", trial(2, group_uid="A"))
    store.put("Trial", "b-0", trial(0, group_uid="B", state="Running"))
    assert names(store.list("Trial", group_uid="A")) == ["a-0", "a-1", "a-2"]
    assert names(store.list("Trial", states=["Running"])) == ["a-1", "b-0"]
    assert names(store.list("Trial", states=[])) == []
    assert names(store.list("Trial", group_uid="A", without_states={"Succeeded", "Failed"})) == ["a-1", "a-2"]
    assert names(store.list("Trial", states=[""])) == ["a-2"]


def test_selectors_follow_changes(store: Store) -> None:
    obj = store.put("Trial", "a-0", trial(0, group_uid="A", state="Running"))
    store.put("Trial", "a-0", {**obj, "status": {"state": "Failed"}})
    assert not store.list("Trial", states=["Running"])
    assert names(store.list("Trial", states=["Failed"])) == ["a-0"]


def test_only_what_was_written_since_a_version_can_be_asked_for(store: Store) -> None:
    old = store.put("Trial", "a-0", trial(0))
    store.put("Trial", "a-1", trial(1))
    seen = store.version()
    store.put("Trial", "a-2", trial(2))
    store.put("Trial", "a-0", {**old, "status": {"state": "Running"}})
    assert names(store.list("Trial", newer_than=seen)) == ["a-0", "a-2"]
    assert not store.list("Trial", newer_than=store.version())


def test_deleting_an_object_deletes_what_it_owns_directly_or_not(store: Store) -> None:
    group = store.put("OptimizationGroup", "a", trial(0))
    owned = store.put("Trial", "a-0", trial(0, owner=group["metadata"]["uid"]))
    store.put("Job", "a-0-1", trial(0, owner=owned["metadata"]["uid"]))
    store.put("Trial", "b-0", trial(0))
    assert store.delete("OptimizationGroup", "a")
    assert (store.list("OptimizationGroup"), store.list("Job"), names(store.list("Trial"))) == (
        [],
        [],
        ["b-0"],
    )


def test_a_delete_meant_for_a_predecessor_of_the_same_name_does_nothing(store: Store) -> None:
    old = store.put("Trial", "a-0", trial(0))
    store.delete("Trial", "a-0")
    store.put("Trial", "a-0", trial(0))
    assert not store.delete("Trial", "a-0", uid=old["metadata"]["uid"])
    assert store.get("Trial", "a-0") is not None


def test_a_reader_cant_write(store: Store) -> None:
    with Store.open(store.path, "read") as reader, pytest.raises(StoreUnusableError, match="readonly"):
        reader.put("Trial", "a-0", trial(0))


def test_a_reader_sees_one_moment_within_a_transaction_and_the_newest_outside(store: Store) -> None:
    obj = store.put("Trial", "a-0", trial(0))
    with Store.open(store.path, "read") as reader:
        with reader.transaction():
            assert reader.version() == 1
            store.put("Trial", "a-0", {**obj, "status": {"state": "Running"}})
            assert reader.get("Trial", "a-0") == obj
        assert reader.version() == 2


def test_ten_thousand_trials_are_written_and_read_quickly(store: Store) -> None:
    # About 3 s and 2 ms on two cores of 2020; the bounds only catch a missing index or a quadratic write.
    before = time.monotonic()
    for start in range(0, 10_000, 100):
        with store.transaction():
            for number in range(start, start + 100):
                obj = store.put("Trial", f"a-{number}", trial(number, group_uid="A", state="Running"))
                store.put("Trial", f"a-{number}", {**obj, "status": {"state": "Succeeded", "value": 0.5}})
    store.put("Trial", "a-10000", trial(10_000, group_uid="A", state="Running"))
    written = time.monotonic()
    for _ in range(10):
        assert len(store.list("Trial", group_uid="A", without_states=["Succeeded"])) == 1
    read = time.monotonic()
    assert written - before < 30
    assert read - written < 1


class StoreMachine(RuleBasedStateMachine):
    """Any history of writes, beside a dict that follows the same rules."""

    path: Path

    def __init__(self) -> None:
        super().__init__()
        self.store = Store.open(self.path)
        self.model: dict[str, dict[str, Any]] = {}
        self.seen: list[dict[str, Any]] = []

    def teardown(self) -> None:
        self.store.close()
        for file in self.path.parent.glob("search.db*"):
            file.unlink()

    @rule(name=sampled_from("abc"), owner=sampled_from("abc"))
    def create(self, name: str, owner: str) -> None:
        uid = self.model[owner]["metadata"]["uid"] if owner in self.model else ""
        try:
            stored = self.store.put("Trial", name, trial(0, owner=uid))
        except AlreadyExistsError:
            assert name in self.model
        else:
            assert name not in self.model
            self.model[name] = stored
            self.seen.append(stored)

    @rule(index=integers(0, 9), number=integers(0, 3))
    def change(self, index: int, number: int) -> None:
        if not self.seen:
            return
        seen = self.seen[index % len(self.seen)]
        name = seen["metadata"]["name"]
        try:
            stored = self.store.put("Trial", name, {**seen, "spec": {"number": number}})
        except NotFoundError:
            assert name not in self.model
        except ConflictError:
            assert self.model[name] != seen
        else:
            assert self.model[name] == seen
            assert (stored == seen) == (seen["spec"]["number"] == number)
            if stored != seen:
                self.model[name] = stored
                self.seen.append(stored)

    @rule(name=sampled_from("abc"))
    def delete(self, name: str) -> None:
        assert self.store.delete("Trial", name) == (name in self.model)
        gone = {name}
        while gone:
            uids = {self.model.pop(name)["metadata"]["uid"] for name in gone if name in self.model}
            gone = {name for name, obj in self.model.items() if owner_of(obj) in uids}

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        listed = {obj["metadata"]["name"]: obj for obj in self.store.list("Trial")}
        assert listed == self.model
        versions = [obj["metadata"]["resourceVersion"] for obj in self.seen]
        assert len(versions) == len(set(versions))


def owner_of(obj: dict[str, Any]) -> str:
    return next((owner["uid"] for owner in obj["metadata"].get("ownerReferences", ())), "")


def test_any_history_of_writes_follows_the_rules(tmp_path: Path) -> None:
    class Machine(StoreMachine):
        path = tmp_path / "search.db"

    run_state_machine_as_test(Machine, settings=settings(max_examples=20, stateful_step_count=20))
