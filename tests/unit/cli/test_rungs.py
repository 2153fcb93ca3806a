"""What the commands show of searches by rungs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from leadline.cli.main import cli
from unit.cli.objects import group, store, trial

MATRIX: dict[str, Any] = {
    "kind": "hyperband",
    "maxIterations": 81,
    "resource": {"name": "epochs", "type": "int"},
    "metric": {"name": "loss", "optimization": "minimize"},
    "params": {"lr": {"kind": "loguniform", "value": {"min": 0.0001, "max": 0.1}}},
}


def write(folder: Path, **matrix: Any) -> Path:
    container = {"name": "train", "image": "none:1", "args": ["--lr={{ lr }}", "--epochs={{ epochs }}"]}
    document = {
        "apiVersion": "leadline.dev/v1alpha1",
        "kind": "OptimizationGroup",
        "metadata": {"name": "s"},
        "spec": {"matrix": {**MATRIX, **matrix}, "template": {"spec": {"containers": [container]}}},
    }
    path = folder / "search.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def leadline(*arguments: str) -> Result:
    answer = CliRunner().invoke(cli, list(arguments))
    assert answer.exit_code == 0, answer.output
    return answer


def test_check_shows_brackets_and_counts_trials_and_starts(tmp_path: Path) -> None:
    lines = leadline("check", str(write(tmp_path))).stdout.splitlines()
    assert "trials       143" in lines
    assert "starts       206, a promotion counted as another one" in lines
    place = next(i for i, line in enumerate(lines) if line.startswith("BRACKET"))
    assert lines[place + 1].split(maxsplit=1) == ["4", "81 @ 1  27 @ 3  9 @ 9  3 @ 27  1 @ 81"]
    assert lines[place + 5].split(maxsplit=1) == ["0", "5 @ 81"]


def test_check_tells_brackets_to_programs(tmp_path: Path) -> None:
    found = json.loads(leadline("check", str(write(tmp_path)), "-o", "json").stdout)
    assert (found["trials"], found["starts"]) == (143, 206)
    assert found["brackets"][3] == {
        "bracket": 1,
        "rungs": [{"trials": 8, "resource": 27}, {"trials": 2, "resource": 81}],
    }
    args = found["example"]["spec"]["template"]["spec"]["containers"][0]["args"]
    assert args[1] == "--epochs=1"


def test_check_shows_ashas_rungs(tmp_path: Path) -> None:
    path = write(tmp_path, kind="asha", numRuns=50, brackets=2)
    lines = leadline("check", str(path)).stdout.splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("BRACKET"))
    assert lines[place + 2].split() == ["1", "3", "9", "27", "81"]
    assert not any(line.startswith("starts") for line in lines)
    found = json.loads(leadline("check", str(path), "-o", "json").stdout)
    assert found["starts"] is None
    assert found["brackets"][1]["rungs"][0] == {"trials": None, "resource": 3}


def test_check_warns_of_resume_without_a_checkpoint(tmp_path: Path) -> None:
    (told,) = json.loads(leadline("check", str(write(tmp_path, resume=True)), "-o", "json").stdout)[
        "warnings"
    ]
    assert told["path"] == "spec.matrix.resume"
    assert "spec.checkpoint" in told["remedy"]


def test_check_warns_of_resume_where_nothing_is_started_again(tmp_path: Path) -> None:
    path = write(tmp_path, kind="asha", numRuns=50, variant="stopping", resume=True)
    (told,) = json.loads(leadline("check", str(path), "-o", "json").stdout)["warnings"]
    assert (told["path"], "nothing to resume" in told["message"]) == ("spec.matrix.resume", True)


def test_trials_have_a_column_for_what_they_were_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    results = [
        {"attempt": tried, "sequence": tried, "outcome": "succeeded", "resource": resource, "value": 0.5}
        for tried, resource in ((1, 1), (2, 3))
    ]
    first = trial(0, "Paused", value=0.5, results=results)
    second = trial(1, "Running")
    store(tmp_path, group(matrix=MATRIX), [first, second])
    lines = leadline("trials", "digits", "--local").stdout.splitlines()
    assert lines[0].split()[:4] == ["TRIAL", "STATE", "VALUE", "epochs"]
    assert lines[1].split()[:4] == ["digits-0", "Paused", "0.5", "3"]
    rows = list(csv.DictReader(io.StringIO(leadline("trials", "digits", "--local", "-o", "csv").stdout)))
    assert [row["resource"] for row in rows] == ["3", ""]
    names = leadline("trials", "digits", "--local", "--sort=-epochs", "-o", "name").stdout.split()
    assert names[0].endswith("digits-0")


@pytest.mark.parametrize(
    "more", [{}, {"kind": "asha", "numRuns": 30}, {"kind": "asha", "numRuns": 30, "variant": "stopping"}]
)
def test_a_simulation_runs_through_the_rungs(tmp_path: Path, more: dict[str, Any]) -> None:
    path = write(tmp_path, maxIterations=9, seed=1, **more)
    found = json.loads(
        leadline(
            "simulate", str(path), "--objective", "(log10(lr) + 2) ** 2 + 1 / epochs", "-o", "json"
        ).stdout
    )
    assert found["state"] == "Succeeded"
    assert found["world"]["duration"] == "60 * resource"
    counts = found["trials"]
    assert counts["succeeded"] + counts["stopped"] == found["trials"]["total"]
    assert bool(counts["stopped"]) == (more.get("variant") == "stopping")
