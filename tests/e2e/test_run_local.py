"""``leadline run`` as its users meet it: a process of its own, real trials, signals, kill -9, a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from cluster.waiting import wait_until
from e2e.desk import ROOT, Desk, Document
from leadline.local.store import Store

EXAMPLES = ROOT / "examples"
MARK_START = 'echo "$LEADLINE_NUMBER" >> started'

WAITS = f"{MARK_START}; while [ ! -e go ]; do sleep 0.02; done; echo loss=$LEADLINE_PARAM_X"


# --- to the end ---


@pytest.mark.parametrize(("name", "trials"), [("grid", 12), ("mapping", 4), ("conditional", 32)])
def test_an_example_runs_to_its_best_trial(desk: Desk, name: str, trials: int) -> None:
    summary = desk.summary(str(EXAMPLES / f"{name}.yaml"))
    assert (summary["state"], summary["trials"]["succeeded"]) == ("Succeeded", trials)
    assert summary["best"]["params"]
    assert 1 <= summary["mostAtOnce"] <= 4
    assert summary["duration"]["clock"] == "wall"
    assert Path(summary["files"]["database"]) == desk.folder / ".leadline" / f"{name}.db"
    assert len(list(Path(summary["files"]["logs"]).glob("*.log"))) == trials


def test_the_table_ends_with_the_paths_and_the_same_command_shows_it_again(desk: Desk) -> None:
    desk.write(f"{MARK_START}; echo loss=$LEADLINE_PARAM_X", trials=4)
    out, err = desk.run("run", "search.yaml")
    lines = out.splitlines()
    assert re.fullmatch(r"search succeeded in \d+s: 4 trials: 4 succeeded .*", lines[0])
    assert lines[2].split() == ["RANK", "TRIAL", "loss", "x", "TIME"]
    values = [float(line.split()[2]) for line in lines[3:7]]
    assert values == sorted(values)
    assert lines[-2:] == ["file: .leadline/search.db", "logs: .leadline/search.db.d"]
    assert "\x1b" not in out + err
    again, err = desk.run("run", "search.yaml")
    assert again.splitlines()[2:] == lines[2:]
    assert "it had finished already: --fresh starts it over" in err
    assert desk.starts() == dict.fromkeys(range(4), 1)
    desk.run("run", "search.yaml", "--fresh", "--quiet")
    assert desk.starts() == dict.fromkeys(range(4), 2)


def test_every_kind_of_bad_trial_is_told_apart_and_the_search_goes_on(desk: Desk) -> None:
    scripts = {
        "ExitCode": "echo no data; exit 1",
        "Killed": "kill -9 $$",
        "MetricNotFinite": "echo loss=nan",
        "MetricMissing": "echo hello",
        "TimedOut": "sleep 300",
        "Completed": "echo loss=0.5",
    }
    given = desk.write("{{ script }}", kind="mapping", values=[])
    matrix = given["spec"]["matrix"]
    matrix["values"] = [{"script": script} for script in scripts.values()]
    for key in ("numRuns", "seed", "params"):
        del matrix[key]
    given["spec"]["termination"] = {"timeout": 1}
    desk.save(given)
    summary = desk.summary()
    assert (summary["trials"]["failed"], summary["trials"]["succeeded"]) == (5, 1)
    with Store.open(desk.folder / ".leadline" / "search.db", "read") as store:
        reasons = {trial["spec"]["number"]: trial["status"]["reason"] for trial in store.list("Trial")}
    assert [reasons[number] for number in sorted(reasons)] == list(scripts)
    assert desk.left() == []


def test_a_search_without_a_good_trial_ends_with_status_1_and_the_log(desk: Desk) -> None:
    desk.write("echo the data is missing; exit 3", trials=2)
    out, err = desk.run("run", "search.yaml", status=1)
    assert re.match(r"search failed in \d+s: no trial succeeded: 2 trials: 2 failed", out)
    assert "its command ended with exit code 3" in err
    assert "| the data is missing" in err


def test_a_log_of_100_mb_is_read_in_bounded_memory(desk: Desk) -> None:
    desk.write("yes 'one more batch' | head -c 100000000; echo; echo loss=0.125", trials=1)
    process = desk.begin("run", "search.yaml", "-o", "json", "--quiet")
    peak = 0
    while process.poll() is None:
        # Not rusage: that inherits the size of the process that forked it, which is the whole test suite's.
        peak = max(peak, _peak_kib(process.pid))
        time.sleep(0.05)
    assert process.stdout is not None
    assert process.returncode == 0
    assert json.loads(process.stdout.read())["best"]["value"] == 0.125
    assert 0 < peak < 250_000


def _peak_kib(pid: int) -> int:
    """The greatest resident size of a process since it began its program; 0 once it has ended."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


# --- interrupted ---


def test_kill_9_again_and_again_and_every_trial_finishes_exactly_once(desk: Desk) -> None:
    desk.write(f"{MARK_START}; sleep 0.1; echo loss=$LEADLINE_PARAM_X")
    for number in (0, 2, 5, 9):
        process = desk.begin("run", "search.yaml", "--quiet")
        wait_until(lambda: desk.has_begun(number), "so many starts")  # noqa: B023
        process.kill()
        process.wait()
    finished, before = desk.finished(), desk.starts()
    summary = desk.summary()
    assert (summary["state"], summary["trials"]["succeeded"]) == ("Succeeded", 12)
    assert desk.finished() == set(range(12))
    assert {number: desk.starts()[number] for number in finished} == {
        number: before[number] for number in finished
    }
    assert desk.left() == []


def test_kill_9_is_put_right_at_once(desk: Desk) -> None:
    desk.write(WAITS, trials=3)
    process = desk.begin("run", "search.yaml")
    wait_until(lambda: len(desk.starts()) == 3, "three trials")
    process.kill()
    process.communicate()
    left = desk.left()
    assert len(left) >= 3
    begun = time.monotonic()
    process = desk.begin("run", "search.yaml")
    wait_until(lambda: desk.starts() == dict.fromkeys(range(3), 2), "each to start again")
    assert time.monotonic() - begun < 8
    assert not set(left) & set(desk.left())
    (desk.folder / "go").touch()
    _, err = process.communicate(timeout=60)
    assert "ending 3 trials that an earlier run left behind" in err
    assert "goes on after 0/3" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_search_ends_its_trials_and_goes_on_later(desk: Desk, number: signal.Signals) -> None:
    desk.write(f"{MARK_START}; [ $LEADLINE_NUMBER -lt 2 ] || [ -e go ] || sleep 300; echo loss=1", trials=6)
    process = desk.begin("run", "search.yaml")
    wait_until(lambda: len(desk.starts()) == 5, "two trials to end, three to run")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "search was interrupted: 2/6 trials (2 succeeded) are done; the same command goes on" in out
    assert "ending 3 running trials" in err
    assert desk.left() == []
    (desk.folder / "go").touch()
    assert desk.summary()["trials"]["succeeded"] == 6
    assert desk.starts() == {0: 1, 1: 1, 2: 2, 3: 2, 4: 2, 5: 1}


def test_ctrl_c_twice_ends_at_once_what_does_not_listen(desk: Desk) -> None:
    desk.write(f"trap '' TERM; {MARK_START}; while :; do sleep 0.1; done", trials=3)
    process = desk.begin("run", "search.yaml")
    wait_until(lambda: len(desk.starts()) == 3, "three trials")
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    wait_until(lambda: "Ctrl-C again" in process.stderr.readline(), "the offer")  # type: ignore[union-attr]
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - begun < 10  # and not the 30 s that trials are given
    assert desk.left() == []


# --- edits, and others at the same desk ---


def test_an_edit_is_taken_over_by_the_next_run_or_refused_with_its_field(desk: Desk) -> None:
    given = desk.write(WAITS, trials=6)
    process = desk.begin("run", "search.yaml")
    wait_until(lambda: len(desk.starts()) == 3, "three trials")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    given["spec"]["matrix"]["params"]["x"]["value"] = [0, 2]
    desk.save(given)
    out, err = desk.run("run", "search.yaml", status=2)
    assert out == ""
    assert re.match(r"search.yaml:\d+:\d+: spec.matrix.params: params can't change after creation; ", err)
    assert "start over with --fresh, or keep both with another metadata.name or another --db" in err
    assert "Traceback" not in err

    given["spec"]["matrix"]["params"]["x"]["value"] = [0, 1]
    given["spec"]["matrix"]["concurrency"] = 6
    desk.save(given)
    (desk.folder / "started").unlink()
    process = desk.begin("run", "search.yaml")
    wait_until(lambda: len(desk.starts()) == 6, "all six at once")
    (desk.folder / "go").touch()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def test_a_second_run_of_one_search_is_refused_and_harms_nothing(desk: Desk) -> None:
    desk.write(WAITS, trials=3)
    first = desk.begin("run", "search.yaml")
    wait_until(lambda: len(desk.starts()) == 3, "three trials")
    _, err = desk.run("run", "search.yaml", status=3)
    assert f"process {first.pid} runs a search in it" in err
    _, err = desk.run("run", "search.yaml", "--fresh", status=3)
    assert f"process {first.pid} runs a search in it" in err
    (desk.folder / "go").touch()
    first.communicate(timeout=60)
    assert (first.returncode, desk.starts()) == (0, dict.fromkeys(range(3), 1))


def test_another_process_suspends_resumes_and_stops_it(desk: Desk) -> None:
    desk.write(
        f"{MARK_START}; while [ ! -e go.$LEADLINE_NUMBER ]; do sleep 0.02; done; echo loss=1", trials=9
    )
    process = desk.begin("run", "search.yaml")
    wait_until(lambda: len(desk.starts()) == 3, "three trials")
    desk.run("suspend", "search", "--local")
    for number in range(3):
        (desk.folder / f"go.{number}").touch()
    wait_until(lambda: len(desk.finished()) == 3, "them to end")
    assert len(desk.starts()) == 3
    out, _ = desk.run("list", "--local")
    assert "Suspended" in out
    desk.run("resume", "search", "--local")
    wait_until(lambda: len(desk.starts()) == 6, "three more")
    desk.run("stop", "search", "--local", "--now")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "it was stopped after 6/9 trials (3 succeeded, 3 stopped)" in out
    assert desk.left() == []


# --- the command line ---


def pod(**fields: Any) -> Document:
    container = {"name": "a", "image": "i", "command": ["true"]}
    return {"template": {"spec": {"containers": [{**container, **fields.pop("container", {})}], **fields}}}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"matrix": {"kind": "radnom"}}, "spec.matrix.kind: must be one of"),
        (
            pod(container={"command": ["nowhere"]}),
            "spec.template.spec.containers[0].command: this machine has no program 'nowhere'; ",
        ),
        (
            pod(volumes=[{"name": "v", "emptyDir": {}}]),
            "spec.template.spec.volumes: this machine has no volumes; ",
        ),
    ],
    ids=["spec", "program", "volume"],
)
def test_a_file_that_can_t_run_is_refused_with_line_and_column_before_anything_is_made(
    desk: Desk, change: Document, line: str
) -> None:
    given = desk.write("true")
    for key, value in change.items():
        given["spec"][key] = {**given["spec"][key], **value}
    desk.save(given)
    out, err = desk.run("run", "search.yaml", status=2)
    assert out == ""
    assert re.match(rf"search.yaml:\d+:\d+: {re.escape(line)}", err), err
    assert not (desk.folder / ".leadline").exists()


def test_another_file_and_another_python_may_be_named(desk: Desk) -> None:
    given = desk.write("", trials=1)
    given["spec"]["template"]["spec"]["containers"][0]["command"] = ["python", "-c", "print('loss=1')"]
    desk.save(given)
    fake = desk.folder / "fake-python"
    fake.write_text("#!/bin/sh\necho loss=7\n")
    fake.chmod(0o755)
    assert desk.summary("search.yaml", "--db", "mine.db")["best"]["value"] == 1
    assert desk.summary("search.yaml", "--db", "other.db", "--python", "./fake-python")["best"]["value"] == 7
    assert not (desk.folder / ".leadline").exists()
    _, err = desk.run("run", "search.yaml", "--python", "no-such-python", status=2)
    assert "--python: no-such-python is no program that can be run" in err


def test_a_terminal_gets_a_live_picture_and_ctrl_c_from_its_keyboard(desk: Desk) -> None:
    desk.write(f"{MARK_START}; echo loss=0.25; [ -e go ] || sleep 300", trials=6)
    ours, theirs = pty.openpty()
    process = desk.begin(
        "run", "search.yaml", stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=_own_terminal
    )
    os.close(theirs)
    seen = _read(ours, until="3 running")
    assert "━" in seen
    seen += _read(ours, until="loss=0.25")
    os.write(ours, b"\x03")
    seen += _read(ours, until="logs: ")
    assert process.wait(timeout=60) == 130
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l"), "the cursor is shown again"
    assert "search was interrupted" in seen
    os.close(ours)
    assert desk.left() == []


def _own_terminal() -> None:
    """Make standard input the controlling terminal, as a login shell's is."""
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read(descriptor: int, until: str, timeout: float = 30) -> str:
    """What the terminal shows, until it shows this."""
    text, deadline = "", time.monotonic() + timeout
    while until not in text:
        assert time.monotonic() < deadline, f"no {until!r} in {text!r}"
        if select.select([descriptor], [], [], 0.1)[0]:
            text += os.read(descriptor, 65536).decode(errors="replace")
    return text
