"""`leadline simulate`: a search and formulas in, its result out."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from leadline.api.matrix import Metric
from leadline.cli.main import cli
from leadline.cli.worlds import example_objective
from leadline.search import parse_space
from leadline.simulate.expression import Expression

from .test_check import write

KINDS: dict[str, Any] = {
    "choice": ["sgd", "adam"],
    "pchoice": [["sgd", 0.5], ["adam", 0.5]],
    "range": [1, 9, 2],
    "linspace": "0:1:5",
    "logspace": "-3:-1:5",
    "geomspace": "0.001:1:4",
    "uniform": [-2, 3],
    "quniform": [0, 1, 0.25],
    "loguniform": {"min": 0.001, "max": 1},
    "qloguniform": {"min": 1, "max": 100, "q": 1},
    "normal": [0, 1],
    "qnormal": [0, 1, 0.5],
    "lognormal": [0, 1],
    "qlognormal": [0, 1, 0.5],
    "daterange": ["2026-01-01", "2026-02-01", 1],
    "datetimerange": ["2026-01-01T00:00:00", "2026-01-02T00:00:00", 3600],
}


def simulate(path: Path | str, *options: str) -> Result:
    return CliRunner().invoke(cli, ["simulate", str(path), *options])


def summary(path: Path, *options: str, status: int = 0) -> dict[str, Any]:
    answer = simulate(path, "-o", "json", *options)
    assert answer.exit_code == status, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_the_result_tells_trials_best_concurrency_and_duration(tmp_path: Path) -> None:
    found = summary(write(tmp_path), "--objective", "(log10(lr) + 2) ** 2", "--duration", "100")

    assert found["state"] == "Succeeded"
    assert found["trials"]["succeeded"] == found["trials"]["total"] == 20
    assert found["mostAtOnce"] == 3
    assert found["duration"] == {"seconds": 700.0, "clock": "simulated"}
    assert found["slotUsePercent"] == pytest.approx(100 * 20 / 21, abs=0.1)
    assert found["best"]["value"] == found["top"][0]["value"] == min(t["value"] for t in found["top"])
    assert found["best"]["params"] == found["top"][0]["params"]
    assert len(found["top"]) == 10


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    path = write(tmp_path, seed=None)
    options = ["--objective", "lr + z", "--duration", "60 * u", "--failures", "0.2", "-o", "json", "--seed"]
    first, again, other = (simulate(path, *options, seed).stdout for seed in ("1", "1", "2"))

    assert first == again
    # A file without a seed searches by this one, too.
    assert json.loads(first)["top"][0]["params"] != json.loads(other)["top"][0]["params"]


def test_a_world_is_read_from_a_file_and_options_win_over_it(tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    world.write_text("objective: lr + z\nduration: 50\nfailures: 0.5\nseed: 3\n")
    found = summary(write(tmp_path), "--world", str(world), "--failures", "0")

    assert found["world"] == {
        "objective": "lr + z",
        "duration": "50",
        "failures": "0",
        "disruptions": "0",
        "reports": "1",
        "seed": 3,
    }
    assert found["trials"]["failed"] == 0


def test_a_search_that_finds_nothing_ends_with_one(tmp_path: Path) -> None:
    found = summary(write(tmp_path), "--objective", "lr", "--failures", "1", status=1)

    assert (found["state"], found["reason"]) == ("Failed", "NoGoodTrial")
    assert found["top"] == []
    assert found["failures"] == {"ExitCode": 20}


def test_people_are_told_why_trials_failed(tmp_path: Path) -> None:
    path = write(tmp_path)
    document = yaml.safe_load(path.read_text())
    document["spec"]["termination"] = {"timeout": 50}
    path.write_text(yaml.safe_dump(document))
    text = simulate(path, "--objective", "lr", "--duration", "40 if number < 15 else 60").stdout

    assert "trials:    20/20 (15 succeeded, 5 failed; failed by TimedOut 5)" in text.splitlines()


def test_people_get_a_few_lines_and_the_best_trials(tmp_path: Path) -> None:
    text = simulate(write(tmp_path), "--objective", "lr", "--duration", "100").stdout
    lines = text.splitlines()

    assert lines[0].startswith("s: Succeeded")
    assert "trials:    20/20 (20 succeeded)" in lines
    assert "duration:  11m on the simulated clock" in lines
    assert "at once:   3 at most, 95 % of the time of all slots" in lines
    assert lines[5].split() == ["TRIAL", "VALUE", "lr", "units"]
    assert len(lines) == 16


def test_without_a_metric_no_objective_is_asked_for(tmp_path: Path) -> None:
    answer = simulate(write(tmp_path, metric=None))

    assert answer.exit_code == 0
    assert "TRIAL" not in answer.stdout


def test_without_an_objective_an_example_is_given_that_runs_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path)
    refused = simulate(path)
    example = next(
        line for line in refused.stderr.splitlines() if "leadline simulate" in line and "--" in line
    )

    assert refused.exit_code == 2
    assert "value of loss" in refused.stderr
    assert "log10(lr)" in example
    assert simulate(*shlex.split(example)[2:]).exit_code == 0


@pytest.mark.parametrize("optimization", ["maximize", "minimize"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_example_can_be_computed_for_every_kind_of_parameter(kind: str, optimization: Any) -> None:
    space, problems = parse_space({"lambda": {"kind": kind, "value": KINDS[kind]}})
    assert space is not None, problems
    formula = Expression(example_objective(Metric("m", optimization), space, None))

    for unit in (0.001, 0.3, 0.999):
        value = space.parameters["lambda"].from_unit(unit)
        formula.value({"lambda": value, "params": {"lambda": value}, "z": 0.0})


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]), st.none() | st.text() | st.floats(-9, 9) | st.booleans(), min_size=1
    )
)
def test_the_example_can_be_computed_for_every_mapping(values: dict[str, Any]) -> None:
    formula = Expression(example_objective(Metric("m", "minimize"), None, (values, values)))

    formula.value({**values, "z": 0.0})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--objective", "lr +"], "--objective: can't be read"),
        (["--objective", "rl"], "--objective: there is no rl"),
        (["--objective", "log(-lr)"], "--objective: log has no value at -"),
        (["--objective", "lr", "--duration", "-1"], "--duration: gives -1 seconds (trial 0: lr="),
        (["--objective", "lr", "--failures", "2"], "--failures: gives 2, which is no probability"),
    ],
)
def test_a_bad_formula_is_told_at_its_option(tmp_path: Path, options: list[str], words: str) -> None:
    answer = simulate(write(tmp_path), *options)

    assert answer.exit_code == 2
    assert words in answer.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("objectiv: lr", "1:1: objectiv: unknown field; did you mean objective?"),
        ("objective: lr\nmood: 3", "2:1: mood: unknown field; a world has objective, duration"),
        ("objective: [1]", "1:1: objective: must be a formula or a number"),
        ("objective: lr\nseed: x", "2:1: seed: must be a whole number"),
        ("objective: lr\nduration: 3 * zz", "2:1: duration: there is no zz"),
        ("objective: lr\nduration: 0 - lr", "2:1: duration: gives -"),
        ("objective: lr\nobjective: z", "2:1: objective: stands twice"),
        ("- lr", "1:1: is no world"),
        ("objective: [1,", ":1:"),
    ],
)
def test_a_bad_world_is_told_at_its_line(tmp_path: Path, text: str, words: str) -> None:
    world = tmp_path / "world.yaml"
    world.write_text(text)
    answer = simulate(write(tmp_path), "--world", str(world))

    assert answer.exit_code == 2
    assert f"{world}:" in answer.stderr
    assert words in answer.stderr


def test_an_empty_world_says_nothing(tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    world.write_text("# nothing yet\n")

    assert simulate(write(tmp_path), "--world", str(world), "--objective", "lr").exit_code == 0


def test_an_invalid_search_is_refused_like_by_check(tmp_path: Path) -> None:
    answer = simulate(write(tmp_path, numRuns=0), "--objective", "lr")

    assert answer.exit_code == 2
    assert "spec.matrix.numRuns: must be at least 1" in answer.stderr


def test_a_suspended_search_says_so_and_is_no_success(tmp_path: Path) -> None:
    path = write(tmp_path)
    document = yaml.safe_load(path.read_text())
    document["spec"]["suspend"] = True
    path.write_text(yaml.safe_dump(document))
    answer = simulate(path, "--objective", "lr")

    assert answer.exit_code == 1
    assert answer.stdout.startswith("s: Suspended, spec.suspend is true")
