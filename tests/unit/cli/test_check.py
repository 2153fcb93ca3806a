"""`leadline check`: what a valid file would do, for people and for programs. Bad files: tests/contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from leadline.cli.main import cli
from leadline.reconcile.observed import Ask
from leadline.reconcile.parse import parse_group
from leadline.reconcile.records import Records

MATRIX: dict[str, Any] = {
    "kind": "random",
    "numRuns": 20,
    "concurrency": 3,
    "seed": 7,
    "metric": {"name": "loss", "optimization": "minimize", "strategy": "best"},
    "params": {
        "lr": {"kind": "loguniform", "value": {"min": 0.0001, "max": 0.1}},
        "units": {"kind": "range", "value": [8, 80, 8]},
    },
}
CONTAINER = {"name": "train", "image": "none:1", "args": ["--lr={{ lr }}"]}


def write(folder: Path, *, args: list[str] | None = None, **matrix: Any) -> Path:
    """A file; ``matrix`` replaces fields, None removes one."""
    fields = {key: value for key, value in {**MATRIX, **matrix}.items() if value is not None}
    container = CONTAINER if args is None else {**CONTAINER, "args": args}
    document = {
        "apiVersion": "leadline.dev/v1alpha1",
        "kind": "OptimizationGroup",
        "metadata": {"name": "s"},
        "spec": {"matrix": fields, "template": {"spec": {"containers": [container]}}},
    }
    path = folder / "search.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def check(path: Path | str, *options: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["check", str(path), *options], input=text)


def told(path: Path | str) -> dict[str, Any]:
    answer = check(path, "-o", "json")
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_a_file_is_told_for_programs(tmp_path: Path) -> None:
    found = told(write(tmp_path))
    example = found.pop("example")

    assert found == {
        "algorithm": "random",
        "space": {"size": None},
        "trials": 20,
        "concurrency": 3,
        "params": {
            "lr": {"kind": "loguniform", "low": 0.0001, "high": 0.1},
            "units": {"kind": "range", "values": [8, 16, 24, 32, 40, 48, 56, 64, 72]},
        },
        "warnings": [],
    }
    assert example["kind"] == "Job"
    assert example["metadata"]["name"] == "s-0-1"


def test_the_example_is_the_trial_that_the_files_seed_gives(tmp_path: Path) -> None:
    path = write(tmp_path)
    group = parse_group({**yaml.safe_load(path.read_text()), "metadata": {"name": "s", "uid": "u"}})
    (first,) = Records(group, live=True).answer(Ask((0,), 0), 7).suggestions
    container = told(path)["example"]["spec"]["template"]["spec"]["containers"][0]

    assert container["args"] == [f"--lr={first.params['lr']}"]  # type: ignore[union-attr]
    assert {"name": "LEADLINE_TRIAL", "value": "s-0"} in container["env"]


def test_a_space_of_a_million_million_million_points_takes_no_time(tmp_path: Path) -> None:
    wide = {name: {"kind": "range", "value": [0, 1_000_000, 1]} for name in "abc"}
    found = told(write(tmp_path, kind="grid", params=wide, seed=None, args=["{{ a }}"]))

    assert found["space"]["size"] == 10**18
    assert len(found["params"]["a"]["values"]) == 1000
    assert found["params"]["a"]["size"] == 1_000_000


def test_the_values_of_a_mapping_keep_their_types(tmp_path: Path) -> None:
    values = [{"lr": 1}, {"lr": 1.5}, {"lr": True}, {"lr": "1"}, {"lr": 1}, {"lr": [1]}, {"lr": None}]
    found = told(write(tmp_path, kind="mapping", values=values, params=None, numRuns=None, seed=None))

    assert found["space"] == {"size": 7}
    assert found["params"]["lr"]["values"] == [1, 1.5, True, "1", [1], None]


def test_a_warning_is_no_error(tmp_path: Path) -> None:
    path = write(tmp_path, numRuns=5, params={"lr": {"kind": "logspace", "value": "0.001:0.1:5"}})
    (warning,) = told(path)["warnings"]

    assert warning["path"] == "spec.matrix.params.lr.value"
    assert warning["line"] > 1
    assert "geomspace" in warning["remedy"]
    assert f"{path}:{warning['line']}:{warning['column']}: warning: " in check(path).stdout


def test_a_template_that_fails_with_the_first_values_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, params={"lr": {"kind": "choice", "value": [0]}}, args=["{{ 1 / lr }}"])
    answer = check(path, "-o", "json")
    (error,) = json.loads(answer.stdout)["errors"]

    assert answer.exit_code == 2
    assert error["path"] == "spec.template.spec.containers[0].args[0]"
    assert "division by zero (in the first trial: lr=0)" in error["message"]
    assert path.read_text().splitlines()[error["line"] - 1].strip() == "- '{{ 1 / lr }}'"


def test_a_file_is_told_for_people(tmp_path: Path) -> None:
    path = write(tmp_path)
    lines = check(path).stdout.splitlines()

    assert f"{path}: valid" in lines
    for fact in (
        "search       s",
        "algorithm    random, seed 7",
        "objective    minimize loss (each trial's best value)",
        "space        continuous",
        "trials       20",
        "concurrency  3",
        "lr          loguniform   0.0001 to 0.1",
        "units       range        9 values: 8, 16, 24, 32, 40, 48, … 72",
        "  kind: Job",
    ):
        assert fact in lines


def test_people_are_spared_what_every_trial_has_and_long_texts(tmp_path: Path) -> None:
    script = "\n".join(f"line {number}" for number in range(40))
    text = check(write(tmp_path, args=[script, "x" * 500, "{{ lr }}"])).stdout

    assert "ownerReferences" not in text
    assert "LEADLINE_GROUP" not in text
    assert "… 29 more lines" in text
    assert "… 320 more characters" in text
    assert "line 39" in check(write(tmp_path, args=[script, "{{ lr }}"]), "-o", "yaml").stdout


def test_texts_that_look_like_numbers_are_told_apart(tmp_path: Path) -> None:
    choices = ["1", 1, "true", True, None, "no", "a\x1b[2Jb", [1, 2]]
    text = check(write(tmp_path, params={"lr": {"kind": "choice", "value": choices}})).stdout

    assert '"1", 1, "true", true, null, "no", a\\x1b[2Jb, [1,2]' in text


def test_probabilities_are_shown(tmp_path: Path) -> None:
    text = check(write(tmp_path, params={"lr": {"kind": "pchoice", "value": [[1, 0.25], [2, 0.75]]}})).stdout

    assert "1 (0.25), 2 (0.75)" in text


def test_standard_input_is_a_file_too(tmp_path: Path) -> None:
    answer = check("-", text=write(tmp_path).read_text())

    assert answer.exit_code == 0
    assert "<stdin>: valid" in answer.stdout


def test_a_file_that_is_not_there_has_no_line() -> None:
    answer = check("nowhere.yaml", "-o", "json")

    assert answer.exit_code == 2
    (error,) = json.loads(answer.stdout)["errors"]
    assert (error["path"], error["line"], error["column"]) == ("", None, None)


@pytest.mark.parametrize("metadata", [{"name": "s"}, {"generateName": "s-"}])
def test_a_name_may_be_made_up_by_the_server(tmp_path: Path, metadata: dict[str, str]) -> None:
    path = write(tmp_path)
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "metadata": metadata}))

    assert told(path)["example"]["metadata"]["name"].startswith("s-")


def test_what_the_server_fills_in_may_stand_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path)
    document = yaml.safe_load(path.read_text())
    document["metadata"] |= {"uid": "u", "resourceVersion": "7", "creationTimestamp": "2027-01-01T00:00:00Z"}
    document["status"] = {"state": "Succeeded", "progress": "20/20", "best": {"nonsense": 1}}
    path.write_text(yaml.safe_dump(document))

    assert told(path)["trials"] == 20
