"""Searches by rungs on this machine: programs that write checkpoints and go on, and programs that report as they go."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from cluster.waiting import wait_until
from e2e.desk import ROOT, Desk
from leadline.local.store import Store

RUNGS = {
    "maxIterations": 9,
    "resource": {"name": "epochs", "type": "int"},
    "numRuns": None,
}

TRAIN = """
import json, os, pathlib, sys
epochs, x = int(sys.argv[1]), float(sys.argv[2])
assert os.environ["LEADLINE_RESOURCE"] == os.environ["LEADLINE_PARAM_EPOCHS"] == sys.argv[1]
assert json.loads(os.environ["LEADLINE_PARAMS"]) == {"x": x, "epochs": epochs}
state = pathlib.Path(os.environ["LEADLINE_CHECKPOINT_DIR"]) / "done"
done = int(state.read_text()) if state.exists() else 0
number, attempt = os.environ["LEADLINE_NUMBER"], os.environ["LEADLINE_ATTEMPT"]
with open("trained", "a") as trained:
    for epoch in range(done + 1, epochs + 1):
        trained.write(f"{number} {attempt} {epoch}\\n")
        state.write_text(str(epoch))
# Also where nothing was left to do: it may have been killed after the last epoch.
print(f"epoch={epochs} loss={x + 1 / epochs}")
"""

REPORTS = """
import sys, time
x = float(sys.argv[1])
for epoch in range(1, 10):
    print(f"epoch={epoch} loss={x + 1 / epoch}", flush=True)
    open("trained", "a").write(f"{epoch}\\n")
    time.sleep(0.4 if x < 0.2 else 1.0)
"""


def trials(desk: Desk) -> list[dict[str, Any]]:
    """As they are stored, by number."""
    with Store.open(desk.folder / ".leadline" / "search.db", "read") as store:
        return sorted(store.list("Trial"), key=lambda trial: trial["spec"]["number"])


def write(desk: Desk, script: str, command: list[str], **matrix: Any) -> None:
    """search.yaml, and the program that it runs."""
    (desk.folder / "train.py").write_text(script)
    given = desk.write("", **{**RUNGS, **matrix})
    given["spec"]["matrix"] = {
        key: value for key, value in given["spec"]["matrix"].items() if value is not None
    }
    given["spec"]["template"]["spec"]["containers"][0]["command"] = ["python", "train.py", *command]
    desk.save(given)


@pytest.mark.parametrize("resume", [True, False])
def test_hyperband_goes_on_from_checkpoints_where_that_is_asked_for(desk: Desk, resume: bool) -> None:
    # Without resume the folder is there for retries: each rung has one of its own.
    write(desk, TRAIN, ["{{ epochs }}", "{{ x }}"], kind="hyperband", resume=resume)
    if not resume:
        text = (desk.folder / "search.yaml").read_text()
        (desk.folder / "search.yaml").write_text(f"{text}  checkpoint: {{claimName: on-a-cluster}}\n")
    summary = desk.summary()
    assert (summary["state"], summary["trials"]["succeeded"]) == ("Succeeded", 17)
    found = trials(desk)
    assert Counter(result["resource"] for trial in found for result in trial["status"]["results"]) == {
        1: 9,
        3: 8,
        9: 5,
    }
    trained = [tuple(map(int, line.split())) for line in (desk.folder / "trained").read_text().splitlines()]
    by_epoch = Counter((number, epoch) for number, _, epoch in trained)
    promoted = [trial for trial in found if len(trial["status"]["results"]) > 1]
    assert len(promoted) == 3 + 1
    if resume:
        assert set(by_epoch.values()) == {1}, "no epoch is trained twice"
    else:
        assert max(by_epoch[trial["spec"]["number"], 1] for trial in promoted) == 3
    for trial in promoted:
        assert [result["attempt"] for result in trial["status"]["results"]] == list(
            range(1, trial["status"]["attempt"] + 1)
        )


def test_a_search_that_was_killed_between_two_rungs_goes_on(desk: Desk) -> None:
    write(desk, TRAIN, ["{{ epochs }}", "{{ x }}"], kind="hyperband", resume=True, concurrency=1)
    process = desk.begin("run", "search.yaml", "--quiet")

    def promoted() -> bool:
        path = desk.folder / ".leadline" / "search.db"
        return path.exists() and any(
            len(trial.get("status", {}).get("results", ())) > 1 for trial in trials(desk)
        )

    wait_until(promoted, "a promotion", 60)
    process.kill()
    process.wait()
    summary = desk.summary()
    assert summary["trials"]["succeeded"] == 17
    results = Counter(result["resource"] for trial in trials(desk) for result in trial["status"]["results"])
    assert results == {1: 9, 3: 8, 9: 5}


def test_asha_stops_trials_by_what_they_report(desk: Desk) -> None:
    values = {"kind": "linspace", "value": [0, 1, 6]}
    write(
        desk,
        REPORTS,
        ["{{ x }}"],
        kind="asha",
        variant="stopping",
        brackets=1,
        numRuns=6,
        params={"x": values},
        concurrency=6,
    )
    summary = desk.summary()
    counts = summary["trials"]
    assert counts["stopped"] >= 3, json.dumps(counts)
    assert counts["succeeded"] >= 1
    assert summary["best"]["params"] == {"x": 0}
    for trial in trials(desk):
        status = trial["status"]
        assert status["attempt"] == 1
        if status["state"] == "Stopped":
            assert status["reason"] == "StoppedAtRung"
            assert "results at epochs=" in status["message"]
            assert [result["outcome"] for result in status["results"]][-1] == "stopped"
    epochs = len((desk.folder / "trained").read_text().splitlines())
    assert epochs < 6 * 9


@pytest.mark.parametrize(("name", "trials"), [("hyperband", 17), ("asha", 20), ("auto", 32)])
def test_an_example_runs_to_its_best_trial(desk: Desk, name: str, trials: int) -> None:
    summary = desk.summary(str(ROOT / "examples" / f"{name}.yaml"))
    counts = summary["trials"]
    assert (summary["state"], counts["succeeded"] + counts["stopped"]) == ("Succeeded", trials)
    assert bool(counts["stopped"]) == (name == "asha")
