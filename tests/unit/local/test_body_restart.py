"""A search that was interrupted: gently, at once, or by kill -9; and what the next run makes of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cluster.waiting import wait_until
from leadline.local.body import INTERRUPTED
from leadline.local.output import Output
from leadline.local.store import Store
from leadline.metrics import Summary
from unit.local import crashing
from unit.local.bodies import MARK_START, PATIENCE, Document, Search, document, until
from unit.local.helpers import is_alive

BLOCKED = f"{MARK_START}\nwhile [ ! -e go ]; do sleep 0.02; done; echo loss=0.$LEADLINE_PARAM_X"
"""A trial that ends when the test says so."""
STUBBORN = f"trap '' TERM\n{MARK_START}\nwhile :; do sleep 0.05; done"
"""A trial that only SIGKILL ends."""


@pytest.fixture
def search(tmp_path: Path) -> Iterator[Search]:
    search = Search(tmp_path)
    yield search
    search.clean()


# --- gently, and at once ---


async def test_an_interrupted_trial_is_due_again_at_once_and_nobody_is_blamed(search: Search) -> None:
    async with search.begun(document(BLOCKED)) as body:
        await until(lambda: len(search.starts()) == 2, "two trials to start")
        body.interrupt()
    assert search.left() == []
    status = search.trials()[0].status
    assert (status.state, status.reason, status.attempt) == ("Pending", "Interrupted", 2)
    assert (status.failures, status.disruptions, status.not_before) == (0, 0, None)
    group = search.group()
    assert (group.status.state, group.status.message) == ("Searching", INTERRUPTED)
    assert (group.status.active, group.status.counts.running, group.status.counts.pending) == ({}, 0, 2)
    assert search.records() == []


async def test_the_next_run_goes_on_and_runs_no_finished_trial_again(search: Search) -> None:
    given = document(f"{MARK_START}\n[ $LEADLINE_NUMBER -lt 2 -o -e go ] || sleep 300; echo loss=1", trials=5)
    async with search.begun(given) as body:
        await until(lambda: search.states()[:2] == ["Succeeded"] * 2, "two trials to end")
        await until(lambda: search.starts()[2] and search.starts()[3], "the next two to start")
        body.interrupt()
    (search.folder / "go").touch()
    group = await search.run(given)
    assert group.status.progress == "5/5"
    assert search.starts() == {0: 1, 1: 1, 2: 2, 3: 2, 4: 1}


async def test_a_result_that_was_there_when_the_search_was_interrupted_counts(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    finish = Output.finish

    def slow(output: Output) -> tuple[Summary, str]:
        go_on.wait(PATIENCE)
        return finish(output)

    monkeypatch.setattr(Output, "finish", slow)
    script = f"{MARK_START}; echo loss=1; [ $LEADLINE_NUMBER = 1 ] || sleep 300"
    async with search.begun(document(script, trials=2)) as body:
        await until(
            lambda: body.supervisor.reading and search.starts()[0], "the log of the quick trial to be read"
        )
        body.interrupt()
        go_on.set()
    assert search.states() == ["Pending", "Succeeded"]
    assert search.group().status.progress == "1/2"


async def test_a_second_interruption_ends_at_once_what_does_not_listen(search: Search) -> None:
    async with search.begun(document(STUBBORN, trials=2)) as body:
        await until(lambda: len(search.starts()) == 2, "two trials to start")
        body.interrupt()
        await asyncio.sleep(0)
        assert search.left()
        body.interrupt()
    assert search.left() == []
    assert [trial.status.reason for trial in search.trials()] == ["Interrupted"] * 2


async def test_an_interruption_before_anything_has_started_leaves_nothing(search: Search) -> None:
    async with search.running(document(BLOCKED)) as body:
        body.interrupt()
        await body.run()
    assert (search.starts(), search.records(), search.left()) == ({}, [], [])


async def test_an_interrupted_trial_of_a_suspended_search_waits(search: Search) -> None:
    async with search.begun(document(BLOCKED, trials=2)) as body:
        await until(lambda: len(search.starts()) == 2, "two trials to start")
        body.interrupt()
    async with search.begun(document(BLOCKED, trials=2, spec={"suspend": True})) as body:
        await until(lambda: search.group().status.state == "Suspended", "the group to be suspended")
        assert search.starts() == {0: 1, 1: 1}
        body.interrupt()


async def test_an_error_of_ours_leaves_no_process_behind(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("a bug")

    async with search.running(document(BLOCKED)) as body:
        task = asyncio.create_task(body.run())
        await until(lambda: len(search.starts()) == 2, "two trials to start")
        monkeypatch.setattr(body.supervisor, "store_exits", broken)
        search.edit(lambda group: group["spec"]["matrix"].update(concurrency=1))
        with pytest.raises(RuntimeError, match="a bug"):
            await asyncio.wait_for(task, PATIENCE)
    assert search.left() == []


# --- kill -9 ---


@contextmanager
def killed_run(search: Search, given: Document) -> Iterator[subprocess.Popen[bytes]]:
    """A run in a process of its own, for a test to kill."""
    paths = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen(
        [sys.executable, crashing.__file__, "run", str(search.folder), json.dumps(given)],
        env={**os.environ, "PYTHONPATH": paths},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_what_kill_9_left_running_is_ended_before_its_number_runs_again(search: Search) -> None:
    given = document(BLOCKED, trials=4)
    with killed_run(search, given) as process:
        await until(lambda: len(search.starts()) == 2, "two trials to start")
    left = search.left()
    assert left
    assert process.returncode == -signal.SIGKILL
    async with search.begun(given):
        await until(lambda: search.told.left == [2], "the leftovers to be found")
        await until(lambda: search.starts()[0] == 2, "the first trial to start again")
        assert not any(is_alive(pid) for pid in left)
        (search.folder / "go").touch()
    assert search.group().status.progress == "4/4"
    assert search.starts() == {0: 2, 1: 2, 2: 1, 3: 1}
    statuses = [trial.status for trial in search.trials()]
    assert [(status.attempt, status.failures, status.disruptions) for status in statuses] == [
        (2, 0, 0),
        (2, 0, 0),
        (1, 0, 0),
        (1, 0, 0),
    ]


async def test_a_trial_that_was_being_ended_when_kill_9_came_has_ended_for_that_reason(
    search: Search,
) -> None:
    given = document(STUBBORN, grace=1)
    with killed_run(search, given):
        await until(lambda: len(search.starts()) == 2, "two trials to start")
        search.edit(lambda trial: trial["spec"].update(stop=True), "Trial", "g-0")
        await until(lambda: search.trials()[0].status.stopping, "the stop to be noted")
    given["spec"]["suspend"] = True
    async with search.begun(given) as body:
        await until(lambda: search.states()[0] == "Stopped", "the trial to be stopped")
        body.interrupt()
    assert (search.trials()[0].status.reason, search.starts()[0]) == ("StoppedByUser", 1)
    assert search.trials()[1].status.reason == "Interrupted"


async def test_an_interruption_while_leftovers_are_ended_ends_them_at_once(search: Search) -> None:
    with killed_run(search, document(STUBBORN)):
        await until(lambda: len(search.starts()) == 2, "two trials to start")
    async with search.begun(document(STUBBORN)) as body:
        await until(lambda: search.told.left, "the leftovers to be found")
        body.interrupt()
    assert search.left() == []
    assert [trial.status.reason for trial in search.trials()] == ["Interrupted"] * 2
    assert search.starts() == {0: 1, 1: 1}


def test_kill_9_around_any_write_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """Two trials at once; the run is killed right before or right after its nth commit, for every n, then run again."""
    points = crashing.every_point(tmp_path)
    for point in points:
        assert point.problems() == [], point
    # Created, claimed, held, opened, running, ended, recorded, …: each was one of them.
    assert sum(point.outcome == "killed" for point in points) >= 14
    # All points are not alike: some lie before the first result, some after it.
    assert {len(point.finished) for point in points} >= {0, 1}


def test_the_file_of_a_killed_run_is_free_at_once(search: Search) -> None:
    with killed_run(search, document("sleep 300")):
        wait_until(search.path.exists, "the file")
    Store.open(search.path).close()
