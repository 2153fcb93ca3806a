"""One search on this machine, from its first trial to its end."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.waiting import wait_until
from leadline.api.names import TRIAL_KIND
from leadline.local.errors import StoreInUseError
from leadline.local.output import Output
from leadline.local.store import Store
from leadline.local.view import GroupGoneError
from leadline.metrics import Summary
from leadline.reconcile.observed import Ask
from leadline.reconcile.records import Records
from leadline.search import Answer
from unit.local.bodies import MARK_START, PATIENCE, Document, Search, document, until

GOOD = f"{MARK_START}\necho loss=0.$LEADLINE_PARAM_X"


@pytest.fixture
def search(tmp_path: Path) -> Iterator[Search]:
    search = Search(tmp_path)
    yield search
    search.clean()


# --- ends of trials ---


async def test_a_search_runs_every_trial_once_and_ends_with_the_best(search: Search) -> None:
    group = await search.run(document(GOOD, trials=5))
    assert (group.status.state, group.status.progress) == ("Succeeded", "5/5")
    assert search.states() == ["Succeeded"] * 5
    assert [trial.status.value for trial in search.trials()] == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert group.status.best is not None
    assert group.status.best.trial == "g-0"
    assert search.starts() == dict.fromkeys(range(5), 1)


async def test_nothing_is_left_at_the_end_but_records_and_logs(search: Search) -> None:
    group = await search.run(document(GOOD))
    assert search.records() == []
    assert group.status.active == {}
    assert search.left() == []
    files = {path.name for path in (search.folder / "g.db.d").iterdir()}
    assert files == {"g-0-1.log", "g-1-1.log", "g-2-1.log"}
    assert (search.folder / "g.db.d" / "g-2-1.log").read_text() == "loss=0.2\n"


async def test_never_more_trials_run_at_once_than_wanted(search: Search) -> None:
    script = """
        mkdir running.$LEADLINE_NUMBER; ls -d running.* | wc -l >> together
        sleep 0.05; rmdir running.$LEADLINE_NUMBER; echo loss=1
    """
    await search.run(document(script, trials=8))
    together = [int(line) for line in (search.folder / "together").read_text().split()]
    assert max(together) == 2
    assert search.body is not None
    assert search.body.supervisor.most_at_once == 2


async def test_a_search_without_a_metric_runs_its_trials(search: Search) -> None:
    given = document("true")
    del given["spec"]["matrix"]["metric"]
    group = await search.run(given)
    assert (group.status.state, group.status.best) == ("Succeeded", None)


@pytest.mark.parametrize(
    ("script", "reason", "words"),
    [
        ("echo no such file; exit 3", "ExitCode", "its command ended with exit code 3"),
        ("kill -9 $$$$", "Killed", "ran out of memory"),
        ("kill -SEGV $$$$", "ExitCode", f"ended by signal {int(signal.SIGSEGV)}"),
        ("echo loss=nan", "MetricNotFinite", "NaN or infinite"),
        ("echo lost=1", "MetricMissing", 'did you mean "lost"'),
        ("true", "MetricMissing", 'print a line "loss=0.93"'),
        ("exec no-such-program", "ExitCode", "exit code 127"),
    ],
)
async def test_a_trial_that_fails_says_why_and_the_search_goes_on(
    search: Search, script: str, reason: str, words: str
) -> None:
    group = await search.run(document(f"[ $LEADLINE_PARAM_X = 1 ] || {{ echo loss=1; exit; }}\n{script}"))
    assert (group.status.state, search.states()) == ("Succeeded", ["Succeeded", "Failed", "Succeeded"])
    status = search.trials()[1].status
    assert status.reason == reason
    assert words in status.message
    assert (status.failures, status.disruptions, status.value) == (1, 0, None)


async def test_a_failed_trial_keeps_the_last_lines_of_its_log(search: Search) -> None:
    await search.run(document("echo no such file; exit 3", trials=1))
    assert search.trials()[0].status.log_tail == "no such file"


async def test_a_search_without_a_good_trial_has_failed(search: Search) -> None:
    group = await search.run(document("exit 1"))
    assert group.status.state == "Failed"


async def test_a_failed_trial_is_tried_again_as_often_as_wanted(search: Search) -> None:
    script = f'{MARK_START}\necho loss=$LEADLINE_ATTEMPT; [ "$LEADLINE_ATTEMPT" = 3 ]'
    await search.run(document(script, trials=1, spec={"termination": {"maxRetries": 2}}))
    status = search.trials()[0].status
    assert (status.state, status.attempt, status.failures, status.value) == ("Succeeded", 3, 2, 3.0)
    assert search.starts() == {0: 3}


async def test_a_trial_that_runs_too_long_is_ended_with_all_it_started(search: Search) -> None:
    script = "echo loss=0.5; sleep 300 & sleep 300"
    group = await search.run(document(script, trials=1, spec={"termination": {"timeout": 1}}))
    status = search.trials()[0].status
    assert (status.state, status.reason) == ("Failed", "TimedOut")
    # What it had reported is kept with its record, and is no result.
    assert (status.metrics["loss"].last, status.value) == (0.5, None)
    assert group.status.best is None
    assert search.left() == []


async def test_the_termination_message_wins_over_the_log(search: Search) -> None:
    script = """echo loss=1; echo '{"loss": 0.25}' > "$LEADLINE_TERMINATION_LOG" """
    await search.run(document(script, trials=1))
    assert search.trials()[0].status.value == 0.25


async def test_a_large_log_costs_little_memory_and_its_last_value_counts(search: Search) -> None:
    script = "yes 'step of no interest' | head -c 20000000; echo loss=0.125"
    await search.run(document(script, trials=1))
    assert search.trials()[0].status.value == 0.125
    assert (search.folder / "g.db.d" / "g-0-1.log").stat().st_size > 20_000_000


async def test_what_a_trial_has_reported_can_be_seen_while_it_runs(search: Search) -> None:
    script = "echo loss=0.75; while [ ! -e go ]; do sleep 0.02; done; echo loss=0.5"
    async with search.begun(document(script, trials=1)) as body:
        await until(
            lambda: [a for a in body.supervisor.running() if a.metrics and a.metrics.metrics], "a value"
        )
        (running,) = body.supervisor.running()
        assert running.metrics is not None
        assert running.metrics.metrics["loss"].last == 0.75
        (search.folder / "go").touch()
    assert search.trials()[0].status.value == 0.5


async def test_a_log_that_is_read_while_the_search_thinks_is_read_once(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, read = threading.Event(), Counter[str]()
    finish, answer = Output.finish, Records.answer

    def count(output: Output) -> tuple[Summary, str]:
        name = output.files.log.stem
        read[name] += 1
        if name == "g-1-1":
            asked.wait(PATIENCE)  # for the question that follows the end of the other one
        return finish(output)

    def think(records: Records, ask: Ask, seed: int) -> Answer:
        if ask.history:
            asked.set()
            body = search.body
            assert body is not None
            wait_until(lambda: not body.supervisor.reading, "the log to be read")
        return answer(records, ask, seed)

    monkeypatch.setattr(Output, "finish", count)
    monkeypatch.setattr(Records, "answer", think)
    async with search.begun(document("while [ ! -e go ]; do sleep 0.01; done; echo loss=1")) as body:
        await until(lambda: len(body.supervisor.running()) == 2, "two trials to run")
        (search.folder / "go").touch()
    assert read == {"g-0-1": 1, "g-1-1": 1, "g-2-1": 1}


# --- what can't start ---


def with_pod(given: Document, **fields: Any) -> Document:
    given["spec"]["template"]["spec"].update(fields)
    return given


async def test_a_template_that_this_machine_can_t_run_stalls_the_group_and_names_the_field(
    search: Search,
) -> None:
    group = await search.run(with_pod(document(GOOD), volumes=[{"name": "data", "emptyDir": {}}]))
    assert group.status.state == "Stalled"
    assert "spec.template.spec.volumes: this machine has no volumes; remove it" in group.status.message
    assert search.trials() == []


async def test_a_program_that_is_missing_stalls_the_group_until_it_is_there(search: Search) -> None:
    given = document(GOOD, trials=1)
    container = given["spec"]["template"]["spec"]["containers"][0]
    container["command"] = ["./trial.sh"]
    group = await search.run(given)
    assert group.status.state == "Stalled"
    assert (
        "spec.template.spec.containers[0].command: this machine has no program './trial.sh'"
        in group.status.message
    )

    program = search.folder / "trial.sh"
    program.write_text("#!/bin/sh\necho loss=1\n")
    program.chmod(0o755)
    assert (await search.run(given)).status.state == "Succeeded"


async def test_a_finished_search_stays_as_it_is_when_its_program_is_gone(search: Search) -> None:
    program = search.folder / "trial.sh"
    program.write_text("#!/bin/sh\necho loss=1\n")
    program.chmod(0o755)
    given = document("", trials=1)
    given["spec"]["template"]["spec"]["containers"][0]["command"] = ["./trial.sh"]
    before = await search.run(given)
    program.unlink()
    assert (await search.run(given)).status == before.status


async def test_a_trial_whose_template_can_t_be_filled_in_fails_alone(search: Search) -> None:
    given = document(GOOD, matrix={"values": [{"x": 1}, {"x": 0}, {"x": 2}]})
    given["spec"]["template"]["spec"]["containers"][0]["args"] = ["{{ 1 / x }}"]
    await search.run(given)
    assert search.states() == ["Succeeded", "Failed", "Succeeded"]
    status = search.trials()[1].status
    assert (status.reason, status.attempt) == ("TemplateError", 1)
    assert "spec.template.spec.containers[0].args[0]" in status.message


async def test_a_value_that_no_command_line_can_hold_fails_its_trial_alone(search: Search) -> None:
    given = document(GOOD, matrix={"values": [{"x": "1"}, {"x": "a\0b"}, {"x": "2"}]})
    await search.run(given)
    assert search.states() == ["Succeeded", "Failed", "Succeeded"]


async def test_a_folder_that_is_gone_is_waited_for(search: Search, tmp_path: Path) -> None:
    search.folder = tmp_path / "work"
    search.folder.mkdir()
    first = document(
        f"{MARK_START}; echo loss=1; [ $LEADLINE_NUMBER = 1 ] || {{ cd ..; mv work away; }}", trials=2
    )
    first["spec"]["matrix"]["concurrency"] = 1
    async with search.begun(first) as body:
        await until(lambda: search.group().status.state == "Waiting", "the group to wait")
        assert "can't be started" in search.group().status.message
        body.interrupt()
    assert search.states()[0] == "Succeeded"


# --- what others do meanwhile ---


async def test_a_suspended_search_starts_nothing_new_and_goes_on_when_resumed(search: Search) -> None:
    script = f"{MARK_START}; while [ ! -e go ]; do sleep 0.02; done; echo loss=1"
    async with search.begun(document(script, trials=4)):
        await until(lambda: len(search.starts()) == 2, "two trials to start")
        search.edit(lambda group: group["spec"].update(suspend=True))
        await until(lambda: search.group().status.state == "Suspended", "the group to be suspended")
        (search.folder / "go").touch()
        await until(lambda: search.states().count("Succeeded") == 2, "the running ones to end")
        assert len(search.starts()) == 2
        search.edit(lambda group: group["spec"].update(suspend=False))
    assert search.states() == ["Succeeded"] * 4


async def test_a_stop_now_ends_what_runs(search: Search) -> None:
    script = f"{MARK_START}; echo loss=1; sleep 300"
    async with search.begun(document(script, trials=4)):
        await until(lambda: len(search.starts()) == 2, "two trials to start")
        search.edit(lambda group: group["spec"].update(stop="Now"))
    assert search.states() == ["Stopped", "Stopped"]
    assert search.group().status.conditions[-1].reason == "StoppedByUser"
    assert search.left() == []


async def test_a_trial_stopped_by_hand_ends_alone(search: Search) -> None:
    script = f"{MARK_START}; echo loss=1; [ $LEADLINE_NUMBER != 0 ] || sleep 300"
    async with search.begun(document(script)):
        await until(lambda: search.starts()[0], "the first trial to start")
        search.edit(lambda trial: trial["spec"].update(stop=True), TRIAL_KIND, "g-0")
    assert search.states() == ["Stopped", "Succeeded", "Succeeded"]


async def test_lower_concurrency_ends_no_running_trial(search: Search) -> None:
    script = f"{MARK_START}; while [ ! -e go ]; do sleep 0.02; done; echo loss=1"
    async with search.begun(document(script, trials=4)) as body:
        await until(lambda: len(search.starts()) == 2, "two trials to start")
        search.edit(lambda group: group["spec"]["matrix"].update(concurrency=1))
        await until(lambda: search.group().status.observed_generation == 2, "the edit to be seen")
        assert len(body.supervisor.running()) == 2
        (search.folder / "go").touch()
    assert search.starts() == dict.fromkeys(range(4), 1)


async def test_a_trial_deleted_by_hand_is_skipped_and_its_process_ended(search: Search) -> None:
    script = f"{MARK_START}; [ $LEADLINE_NUMBER != 0 ] || sleep 300; echo loss=1"
    async with search.begun(document(script)):
        await until(lambda: search.starts()[0] and search.starts()[1], "two trials to start")
        with Store.open(search.path, "edit") as store:
            store.delete(TRIAL_KIND, "g-0")
            # Deletions leave no trace to be woken by; any other change does.
            group = store.get("OptimizationGroup", "g")
            assert group is not None
            group["spec"]["matrix"]["concurrency"] = 1
            store.put("OptimizationGroup", "g", group)
    assert [trial.number for trial in search.trials()] == [1, 2]
    assert search.group().status.counts.skipped == 1
    assert search.starts()[0] == 1
    assert search.left() == []


async def test_a_group_deleted_by_hand_ends_its_run_and_its_processes(search: Search) -> None:
    async with search.running(document(f"{MARK_START}; echo loss=1; sleep 0.1", trials=200)) as body:
        task = asyncio.create_task(body.run())
        await until(lambda: len(search.starts()) >= 2, "two trials to start")
        with Store.open(search.path, "edit") as store:
            store.delete("OptimizationGroup", "g")
        with pytest.raises(GroupGoneError, match="the group g was deleted"):
            await asyncio.wait_for(task, PATIENCE)
    assert search.left() == []


async def test_two_runs_of_one_search_are_refused(search: Search) -> None:
    async with search.begun(document(f"{MARK_START}; sleep 300")) as body:
        await until(search.starts, "a trial to start")
        with pytest.raises(StoreInUseError, match="runs a search in it"):
            Store.open(search.path)
        body.interrupt()
