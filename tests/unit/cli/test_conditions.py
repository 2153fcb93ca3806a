"""What the commands show of parameters that only some trials have."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from leadline.cli.main import cli
from leadline.cli.rows import parameter_value

PARAMS: dict[str, Any] = {
    "optimizer": {"kind": "choice", "value": ["adam", "sgd", "nag"]},
    "momentum": {"kind": "uniform", "value": [0, 1], "when": {"optimizer": ["nag", "sgd"]}},
    "warmup": {"kind": "choice", "value": [None, "1", 1], "when": {"optimizer": ["sgd"], "steps": [0, 1]}},
    "steps": {"kind": "range", "value": [0, 100, 1]},
    "late": {"kind": "choice", "value": [1, 2], "when": {"steps": list(range(10, 30))}},
}


@pytest.fixture
def search(tmp_path: Path) -> Path:
    matrix = {
        "kind": "random",
        "numRuns": 30,
        "seed": 3,
        "metric": {"name": "loss", "optimization": "minimize"},
        "params": PARAMS,
    }
    container = {"name": "train", "image": "none:1", "args": ["--momentum={{ momentum | default(0) }}"]}
    path = tmp_path / "search.yaml"
    path.write_text(
        json.dumps(
            {
                "apiVersion": "leadline.dev/v1alpha1",
                "kind": "OptimizationGroup",
                "metadata": {"name": "s"},
                "spec": {"matrix": matrix, "template": {"spec": {"containers": [container]}}},
            }
        )
    )
    return path


def run(*arguments: str | Path) -> Result:
    answer = CliRunner().invoke(cli, list(map(str, arguments)))
    assert answer.exit_code == 0, answer.output
    return answer


def test_check_says_in_words_when_a_parameter_is_active(search: Path) -> None:
    lines = run("check", search).stdout.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("PARAMETER"))
    shown = {line.split()[0]: line for line in lines[start : start + 6]}

    assert shown["PARAMETER"].endswith("ACTIVE")
    assert shown["optimizer"].endswith(" always")
    assert shown["momentum"].endswith(" when optimizer is sgd or nag")
    assert shown["warmup"].endswith(" when optimizer is sgd and steps is 0 or 1")
    assert shown["late"].endswith(" when steps is one of 20 values, such as 10")


def test_check_tells_programs_the_values_of_each_parent(search: Path) -> None:
    params = json.loads(run("check", search, "-o", "json").stdout)["params"]

    assert params["momentum"] == {
        "kind": "uniform",
        "low": 0.0,
        "high": 1.0,
        "when": {"optimizer": ["sgd", "nag"]},
    }
    assert "when" not in params["optimizer"]


def test_a_search_without_conditions_has_no_column_of_them() -> None:
    assert "ACTIVE" not in run("check", Path(__file__).parents[3] / "examples" / "grid.yaml").stdout


def test_a_trial_without_a_parameter_shows_a_dash_and_one_with_null_shows_nothing() -> None:
    trial = {"spec": {"params": {"optimizer": "sgd", "warmup": None}}}

    assert [parameter_value(trial, name) for name in ("optimizer", "warmup", "momentum")] == [
        "sgd",
        None,
        "-",
    ]


def test_formulas_find_none_where_a_parameter_is_not_active(search: Path) -> None:
    table = run("simulate", search, "--objective", "9 if momentum == None else momentum").stdout
    rows = [line.split() for line in table.splitlines() if line.startswith("s-")]
    header = next(line.split() for line in table.splitlines() if line.startswith("TRIAL"))

    assert header == ["TRIAL", "VALUE", *sorted(PARAMS)]
    assert rows[0][header.index("momentum")] == rows[0][1] != "-"
    assert all(row[header.index("late")] in ("-", "1", "2") for row in rows)


def test_the_objective_that_is_proposed_can_be_computed_where_parameters_are_not_active(search: Path) -> None:
    refused = CliRunner().invoke(cli, ["simulate", str(search)])
    (example,) = (line for line in refused.stderr.splitlines() if "--objective" in line)

    assert "(0 if momentum == None else (" in example
    run(*shlex.split(example)[1:])
