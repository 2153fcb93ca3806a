"""Whose file it is, who may open it, and what kill -9 leaves of it."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from leadline.local.errors import StoreInUseError, StoreUnusableError
from leadline.local.store import Store
from leadline.local.store_file import FORMAT
from unit.local.helpers import Driver, driver, kill


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "search.db"


@pytest.fixture
def holder(path: Path) -> Iterator[Driver]:
    """A process that runs a search in the file, with a worker beside it."""
    with driver("hold", path) as running:
        worker = int(running.says())
        yield running
        kill(worker)


def test_a_second_run_is_refused_and_told_which_process_runs(path: Path, holder: Driver) -> None:
    with pytest.raises(StoreInUseError, match=rf"search\.db is in use: process {holder.pid} runs") as caught:
        Store.open(path)
    assert caught.value.pid == holder.pid


def test_a_run_killed_with_a_worker_left_behind_keeps_nobody_out(path: Path, holder: Driver) -> None:
    holder.kill()
    Store.open(path).close()


def test_a_second_run_of_the_same_process_is_refused_and_the_first_keeps_its_lock(path: Path) -> None:
    with Store.open(path):
        for _ in range(2):
            with pytest.raises(StoreInUseError):
                Store.open(path)


def test_a_closed_file_can_be_opened_again(path: Path) -> None:
    store = Store.open(path)
    store.close()
    store.close()
    Store.open(path).close()


@pytest.mark.usefixtures("holder")
def test_readers_and_editors_work_beside_a_run(path: Path) -> None:
    with Store.open(path, "read") as reader, Store.open(path, "edit") as editor:
        editor.put("OptimizationGroup", "a", {"spec": {"suspend": True}})
        assert reader.get("OptimizationGroup", "a") is not None


@pytest.mark.parametrize("access", ["read", "edit"])
def test_a_missing_file_is_only_created_by_a_run(path: Path, access: str) -> None:
    with pytest.raises(StoreUnusableError, match="does not exist; `leadline run` creates it"):
        Store.open(path, access)  # type: ignore[arg-type]
    assert not list(path.parent.iterdir())


def test_a_folder_that_is_missing_is_created(tmp_path: Path) -> None:
    Store.open(tmp_path / "new" / "search.db").close()


def test_an_empty_file_is_filled_by_a_run_and_refused_to_others(path: Path) -> None:
    path.touch()
    with pytest.raises(StoreUnusableError, match="is empty"):
        Store.open(path, "read")
    Store.open(path).close()
    Store.open(path, "read").close()


def test_a_file_of_a_newer_leadline_is_refused_untouched(path: Path) -> None:
    Store.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreUnusableError, match=rf"newer Leadline \(format {FORMAT + 1}.*upgrade"):
        Store.open(path)
    assert path.read_bytes() == before


def test_a_file_of_another_program_is_refused_untouched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(StoreUnusableError, match="another program"):
        Store.open(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_untouched(path: Path) -> None:
    path.write_text("kind: OptimizationGroup\n" * 100)
    with pytest.raises(StoreUnusableError, match="not a database; name another file"):
        Store.open(path)
    assert path.read_text().startswith("kind")


def test_a_refused_file_is_not_left_locked(path: Path) -> None:
    path.write_text("no database, and long enough to see that " * 100)
    with pytest.raises(StoreUnusableError):
        Store.open(path)
    path.unlink()
    Store.open(path).close()


def test_a_place_that_cant_hold_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnusableError, match=r"file/search\.db can't be used: .*name another file"):
        Store.open(tmp_path / "file" / "search.db")


def test_names_with_characters_of_urls_work(tmp_path: Path) -> None:
    path = tmp_path / "50% of? it#1.db"
    with Store.open(path) as store:
        store.put("Trial", "a-0", {})
    with Store.open(path, "read") as store:
        assert store.get("Trial", "a-0") is not None
    assert path.exists()


def test_kill_9_in_mid_transaction_loses_nothing_that_was_committed_and_keeps_no_half(path: Path) -> None:
    draw = random.Random(7)
    done = 0
    for _ in range(8):
        with driver("write", path) as writer:
            for _ in range(draw.randrange(1, 60)):
                done = int(writer.says())
            writer.kill()
            done = max([done, *(int(line) for line in writer.output.read().split() if line)])
        with Store.open(path, "read") as store:
            left, right = store.get("Account", "left"), store.get("Account", "right")
            assert left is not None
            assert right is not None
            moved = right["spec"]["amount"]
            assert left["spec"]["amount"] + moved == 1_000_000
            assert [int(obj["metadata"]["name"]) for obj in store.list("Receipt")] == list(
                range(1, moved + 1)
            )
            assert moved in (done, done + 1)  # the last commit may have been made and not said
