"""Who is who among this machine's processes, and what a killed runner leaves behind is ended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cluster.waiting import wait_until
from leadline.local import system
from leadline.local.process import Files
from leadline.local.store import Store
from leadline.local.system import Identity, LinuxTable, ProcessTable, PsTable
from unit.local.helpers import driver, is_alive, kill

LINUX = Path("/proc/self/stat").exists()
TABLES: list[ProcessTable] = [LinuxTable()] if LINUX else []
if not LINUX or shutil.which(
    "ps"
):  # Linux does without ps; where there is one, it must give the same answers
    TABLES.append(PsTable())


@pytest.fixture(params=TABLES, ids=lambda table: type(table).__name__)
def table(request: pytest.FixtureRequest) -> ProcessTable:
    found: ProcessTable = request.param
    return found


@pytest.fixture
def sleeper(table: ProcessTable) -> Iterator[Identity]:
    """A process that leads a session of its own, with a mark."""
    environment = {**os.environ, system.MARK: "mine"}
    with subprocess.Popen(["sleep", "60"], start_new_session=True, env=environment) as process:
        token = table.token(process.pid)
        assert token is not None
        yield Identity(process.pid, token, "mine")
        process.kill()


def test_a_process_is_the_same_by_number_and_start(sleeper: Identity, table: ProcessTable) -> None:
    assert system.is_same_process(sleeper.pid, sleeper.token, table)
    assert not system.is_same_process(sleeper.pid, "another start", table)


def test_a_process_that_is_gone_has_no_start(table: ProcessTable) -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert table.token(process.pid) is None


def test_an_identity_survives_its_record(sleeper: Identity) -> None:
    assert Identity.from_dict(sleeper.to_dict()) == sleeper


@pytest.mark.skipif(not LINUX, reason="reads /proc, which only Linux has")
def test_a_name_with_spaces_and_parentheses_does_not_shift_the_fields(tmp_path: Path) -> None:
    program = tmp_path / "a) S 1 (b"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as process:
        parsed = LinuxTable().token(process.pid)
        with subprocess.Popen(["sleep", "60"]) as later:
            ticks = [int(str(token).split("/")[-1]) for token in (parsed, LinuxTable().token(later.pid))]
            later.kill()
        process.kill()
    assert 0 <= ticks[1] - ticks[0] < 6000


async def test_an_ended_trial_has_no_members_left(sleeper: Identity, table: ProcessTable) -> None:
    assert system.members(sleeper, table=table) == [sleeper.pid]
    assert await system.end(sleeper, grace=10, table=table)
    assert system.members(sleeper, table=table) == []
    assert not await system.end(sleeper, grace=10, table=table)


async def test_a_number_that_belongs_to_another_by_now_is_not_mistaken(
    sleeper: Identity, table: ProcessTable
) -> None:
    recorded = replace(sleeper, token="the start of a process that ended long ago", mark="its own")
    assert not await system.end(recorded, grace=0, table=table)
    assert is_alive(sleeper.pid)


@pytest.fixture
def family(table: ProcessTable) -> Iterator[tuple[Identity, int]]:
    """A leader with a child in its group, both marked: its identity and the child's number."""
    with subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo $!; read go"],
        start_new_session=True,
        env={**os.environ, system.MARK: "mine"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as leader:
        assert leader.stdin is not None
        assert leader.stdout is not None
        token = table.token(leader.pid)
        assert token is not None
        child = int(leader.stdout.readline())
        yield Identity(leader.pid, token, "mine"), child
        os.killpg(leader.pid, signal.SIGKILL)


async def test_a_group_is_ended_with_its_leader(family: tuple[Identity, int], table: ProcessTable) -> None:
    leader, child = family
    assert await system.end(replace(leader, mark="lost"), grace=0, table=table)
    assert not is_alive(child)


async def test_a_group_whose_number_belongs_to_another_by_now_is_not_mistaken(
    family: tuple[Identity, int], table: ProcessTable
) -> None:
    leader, child = family
    recorded = Identity(leader.pid, "the start of a process that ended long ago", "its own")
    assert not await system.end(recorded, grace=0, table=table)
    assert is_alive(leader.pid)
    assert is_alive(child)


async def test_children_are_found_by_their_mark_when_the_leader_is_gone(
    family: tuple[Identity, int], table: ProcessTable
) -> None:
    leader, child = family
    kill(leader.pid)
    wait_until(lambda: not is_alive(leader.pid), "the leader's end")
    assert is_alive(child)
    assert await system.end(replace(leader, token="gone"), grace=10, table=table)
    assert not is_alive(child)


def test_a_mark_is_matched_as_a_whole(sleeper: Identity, table: ProcessTable) -> None:
    assert system.members(Identity(0, "gone", "min"), table=table) == []


# --- kill -9 of a runner, at each step of a launch ---


def recorded(path: Path) -> Identity | None:
    """What a new runner finds. That the file opens at all shows that the killed one's lock is gone."""
    with Store.open(path) as store:
        job = store.get("Job", "a-0-1")
        return Identity.from_dict(job["status"]["process"]) if job else None


async def test_killed_before_the_record_nothing_runs_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    with driver("held", path) as runner:
        pid = int(runner.says())
        runner.kill()
    wait_until(lambda: not is_alive(pid), "the end of the held process")
    assert recorded(path) is None
    assert not (tmp_path / "ran").exists()


async def test_killed_before_the_release_nothing_runs_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    with driver("recorded", path) as runner:
        pid = int(runner.says())
        runner.kill()
    identity = recorded(path)
    assert identity is not None
    assert identity.pid == pid
    await system.end(identity, grace=10)
    wait_until(lambda: not is_alive(pid), "the end of the held process")
    assert not (tmp_path / "ran").exists()


async def test_killed_after_the_release_the_trial_is_found_and_ended_with_all_it_started(
    tmp_path: Path,
) -> None:
    path = tmp_path / "search.db"
    log = Files.of(tmp_path / "search.db.d", "a-0-1").log
    with driver("released", path) as runner:
        pid = int(runner.says())
        wait_until(lambda: log.read_text() == "up\n", "the trial's word")
        runner.kill()
    identity = recorded(path)
    assert identity is not None
    assert identity.pid == pid
    orphans = system.members(identity)
    assert len(orphans) >= 3  # the shell, its deaf child, the one in a session of its own
    assert all(is_alive(orphan) for orphan in orphans)
    assert await system.end(identity, grace=0.2)
    assert not any(is_alive(orphan) for orphan in orphans)
    assert not await system.end(identity, grace=0.2)
    assert (tmp_path / "ran").read_text() == "ran\n"
