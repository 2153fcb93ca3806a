"""Searches by a tuner of one's own on this machine: rounds, what the tuner is told, and what goes wrong with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from leadline.local import system
from leadline.local.groups import forget_group
from leadline.local.store import Store
from leadline.reconcile import records
from plugins.install import BAD, GOOD, SEARCHERS, install_here
from unit.local.bodies import Search, until
from unit.local.helpers import is_alive
from unit.local.tuners import iterative, served, shell, two_each

ROUNDS = """
cp "$LEADLINE_TUNER_INPUT" request.$(ls request.* 2>/dev/null | wc -l)
i=$(sed 's/.*"iteration":\\([0-9]*\\).*/\\1/' "$LEADLINE_TUNER_INPUT")
echo thinking
echo "{\\"suggestions\\": [{\\"x\\": $((i * 10))}, {\\"x\\": $((i * 10 + 1))}]}"
"""


@pytest.fixture
def search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Search]:
    monkeypatch.setattr(records, "OBSTACLE_FIRST", 0.2)
    search = Search(tmp_path)
    yield search
    search.clean()


def ran(search: Search) -> list[int]:
    """The values of x that trials ran with, sorted."""
    traces = search.folder / "ran"
    return sorted(map(int, traces.read_text().split())) if traces.exists() else []


async def test_a_container_suggests_rounds_until_max_iterations(search: Search) -> None:
    group = await search.run(iterative(shell(ROUNDS)))

    assert (group.status.state, group.status.progress) == ("Succeeded", "6/?")
    assert "(maxIterations is 3)" in group.status.message
    assert ran(search) == [0, 1, 10, 11, 20, 21]
    assert [trial.spec.origin["iteration"] for trial in search.trials()] == [0, 0, 1, 1, 2, 2]
    assert group.status.best is not None
    assert group.status.best.params == {"x": 0}
    assert group.status.round is not None
    assert (group.status.round.iteration, group.status.round.suggestions) == (2, ())
    left = {path.name for path in (search.folder / "g.db.d").iterdir()}
    assert {name for name in left if "tuner" in name} == {f"g-tuner-{i}.log" for i in range(3)}


async def test_the_tuner_is_told_what_became_of_the_rounds_before(search: Search) -> None:
    await search.run(iterative(shell(ROUNDS), seed=5))

    requests = [json.loads((search.folder / f"request.{n}").read_text()) for n in range(3)]
    assert [request["iteration"] for request in requests] == [0, 1, 2]
    assert [len(request["history"]) for request in requests] == [0, 2, 4]
    first = requests[0]
    assert (first["version"], first["group"], first["seed"]) == ("leadline.dev/tuner/v1", "g", 5)
    assert (first["n"], first["most"], first["truncated"], first["running"]) == (2, 1000, 0, [])
    assert first["matrix"]["kind"] == "iterative"
    assert "tuner" not in first["matrix"]
    newest = requests[2]["history"][0]
    assert newest["params"] == {"x": int(newest["value"])}
    assert newest["outcome"] == "succeeded"
    assert newest["sequence"] == 4
    assert newest["attempt"] == 1
    assert newest["trial"] in ("g-2", "g-3")


async def test_an_endpoint_suggests_rounds_until_it_is_done(search: Search) -> None:
    def answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**two_each(request), "done": request["iteration"] == 1}

    with served(answer) as endpoint:
        group = await search.run(iterative({"http": {"url": endpoint.url}}))

    assert (group.status.state, ran(search)) == ("Succeeded", [0, 1, 10, 11])
    assert "(the tuner is done after round 1)" in group.status.message
    assert [known.reason for known in group.status.conditions if known.type == "Finished"] == ["TunerDone"]


async def test_a_round_may_be_larger_than_concurrency_and_no_larger_than_num_runs(search: Search) -> None:
    def answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
        assert (request["n"], request["most"]) in ((2, 7), (2, 2))
        return {"suggestions": [{"x": n} for n in range(min(5, request["most"]))]}

    with served(answer) as endpoint:
        group = await search.run(iterative({"http": {"url": endpoint.url}}, numRuns=7))

    assert (group.status.state, group.status.progress) == ("Succeeded", "7/7")
    assert search.body is not None
    assert search.body.supervisor.most_at_once == 2


async def test_no_suggestion_ends_the_search(search: Search) -> None:
    with served(lambda request: {"suggestions": []}) as endpoint:
        group = await search.run(iterative({"http": {"url": endpoint.url}}))

    assert group.status.state == "Failed"
    assert "the tuner suggested nothing for round 0" in group.status.message


async def test_parameters_may_be_the_tuners_own(search: Search) -> None:
    with served(lambda request: {"suggestions": [{"depth": 3, "x": "1"}], "done": True}) as endpoint:
        tuner = {"http": {"url": endpoint.url}}
        group = await search.run(iterative(tuner, "echo loss={{ depth }}", params=None))

    assert group.status.best is not None
    assert (group.status.best.value, group.status.best.params) == (3.0, {"depth": 3, "x": "1"})


@pytest.mark.parametrize(
    ("tuner", "reason", "words"),
    [
        (shell("echo oh; echo no memory; exit 3"), "TunerFailed", "ended with exit code 3; it said: no memory"),
        (shell("kill -9 $$$$"), "TunerFailed", "killed by SIGKILL"),
        (shell("sleep 60", timeoutSeconds=1), "TunerFailed", "ran longer than tuner.container.timeoutSeconds (1 s)"),
        (shell("true"), "TunerAnswerInvalid", "the tuner printed nothing"),
        (shell("echo hello"), "TunerAnswerInvalid", "the answer is not JSON: Expecting value (line 1, column 1)"),
        (shell("echo '{\"suggestions\": [{\"y\": 1}]}'"), "TunerAnswerInvalid", "suggestions[0]: y is not a parameter"),
        (shell("echo '{\"suggestions\": [{\"x\": 100}]}'"), "TunerAnswerInvalid", "suggestions[0]: x can't be 100"),
        (shell("head -c 11000000 /dev/zero | tr '\\0' x"), "TunerAnswerInvalid", "more than 1048576 bytes"),
        ({"entryPoint": "broken"}, "TunerFailed", "the plug-in 'broken' failed: KeyError"),
        ({"entryPoint": "nowhere"}, "TunerNotFound", "no searcher named 'nowhere' is installed"),
    ],
)  # fmt: skip
async def test_a_tuner_that_fails_is_told_of_and_asked_again(
    search: Search, monkeypatch: pytest.MonkeyPatch, tuner: dict[str, Any], reason: str, words: str
) -> None:
    install_here(monkeypatch, search.folder / "site", SEARCHERS, {**GOOD, **BAD})
    runs: dict[str, Any] = {"maxIterations": None, "numRuns": 4} if "entryPoint" in tuner else {}
    async with search.begun(iterative(tuner, **runs)) as body:
        await until(lambda: search.group().status.state == "Waiting", "the failure to be told")
        group = search.group()
        body.interrupt()

    conditions = {known.type: known for known in group.status.conditions}
    assert (conditions["Reconciling"].status, conditions["Reconciling"].reason) == ("True", reason)
    assert words in group.status.message
    assert search.trials() == []
    assert search.left() == []


async def test_a_tuner_that_is_put_right_is_believed(search: Search) -> None:
    answers: list[Any] = [
        (500, b"oh"),
        (500, b"oh"),
        (500, b"oh"),
        (200, b"not JSON"),
        {"suggestions": [{"x": -1}]},
    ]
    with served(lambda request: answers.pop(0) if answers else two_each(request)) as endpoint:
        group = await search.run(iterative({"http": {"url": endpoint.url}}, maxIterations=1))

    assert (group.status.state, ran(search)) == ("Succeeded", [0, 1])
    reasons = [str(event.reason) for event in search.told.events]
    assert reasons[:3] == ["Accepted", "TunerFailed", "TunerAnswerInvalid"]


async def test_past_the_deadline_the_group_is_stalled_and_still_asks(search: Search) -> None:
    given = iterative(shell('test -e ready && echo \'{"suggestions": [{"x": 7}], "done": true}\''))
    given["spec"]["termination"] = {"pendingDeadline": 1}
    async with search.begun(given):
        await until(lambda: search.group().status.state == "Stalled", "the deadline to pass")
        (search.folder / "ready").touch()

    assert (search.group().status.state, ran(search)) == ("Succeeded", [7])


async def test_a_tuner_that_is_interrupted_is_asked_again(search: Search) -> None:
    slow = 'echo x >> asked; test $(wc -l < asked) = 1 && sleep 60; echo \'{"suggestions": [{"x": 7}], "done": true}\''
    async with search.begun(iterative(shell(slow))) as body:
        await until((search.folder / "asked").exists, "the tuner to be asked")
        body.interrupt()
    assert search.left() == []
    assert search.group().status.round is None

    group = await search.run(iterative(shell(slow)))

    assert (group.status.state, ran(search)) == ("Succeeded", [7])


async def test_what_a_killed_run_left_of_a_tuner_is_ended_first(search: Search) -> None:
    slow = 'echo $$ >> asked; test $(wc -l < asked) = 1 && sleep 60; echo \'{"suggestions": [{"x": 7}], "done": true}\''
    given = iterative(shell(slow))
    async with search.running(given) as body:
        task = asyncio.create_task(body.run())
        await until((search.folder / "asked").exists, "the tuner to be asked")
        record = search.folder / "g.db.d" / "g-tuner.process"
        kept = record.read_text()
        body.interrupt()
        await task
    orphan = await asyncio.create_subprocess_exec("sleep", "60", start_new_session=True)
    token = system.TABLE.token(orphan.pid)
    record.write_text(json.dumps({**json.loads(kept), "pid": orphan.pid, "token": token}))

    group = await search.run(given)

    assert (group.status.state, ran(search)) == ("Succeeded", [7])
    assert not record.exists()
    assert await orphan.wait() != 0
    assert not is_alive(orphan.pid)


async def test_suspend_gives_the_tuner_up_and_resume_asks_again(search: Search) -> None:
    script = 'echo x >> asked; test -e ready || sleep 60; echo \'{"suggestions": [{"x": 7}], "done": true}\''

    def suspend(wanted: bool) -> None:
        search.edit(lambda group: group["spec"].update(suspend=wanted))

    async with search.begun(iterative(shell(script))):
        await until((search.folder / "asked").exists, "the tuner to be asked")
        suspend(True)
        await until(lambda: search.group().status.state == "Suspended", "it to be suspended")
        await until(lambda: search.left() == [], "the tuner to be ended")
        (search.folder / "ready").touch()
        suspend(False)

    assert (search.group().status.state, ran(search)) == ("Succeeded", [7])


@pytest.mark.parametrize(
    ("tuner", "path", "words"),
    [
        ({"container": {"image": "none"}}, "command", "is missing, and there is no image here"),
        ({"container": {"image": "none", "command": ["no-such-tuner"]}}, "command", "has no program 'no-such-tuner'"),
        (
            {"container": {"image": "none", "command": ["true"], "env": [{"name": "A", "valueFrom": {"x": 1}}]}},
            "env[0].valueFrom",
            "has no Secret",
        ),
    ],
)  # fmt: skip
async def test_what_can_not_run_here_is_said_before_anything_runs(
    search: Search, tuner: dict[str, Any], path: str, words: str
) -> None:
    group = await search.run(iterative(tuner))

    assert group.status.state == "Stalled"
    assert f"spec.matrix.tuner.container.{path}: " in group.status.message
    assert words in group.status.message


async def test_starting_over_forgets_what_the_tuner_said(search: Search) -> None:
    await search.run(iterative(shell(ROUNDS), maxIterations=1))
    with Store.open(search.path) as store:
        await forget_group(store, "g")

    assert [path.name for path in (search.folder / "g.db.d").iterdir()] == []
