"""What the commands say of searches by a tuner of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from leadline.cli.main import cli
from plugins.install import GOOD, SEARCHERS, install_here

HTTP = {"http": {"url": "http://tuner.example/suggest"}}
CONTAINER = {"container": {"image": "tuner:1", "command": ["sh", "-c", "suggest"]}}
PARAMS = {"x": {"kind": "uniform", "value": [0, 1]}}


def write(folder: Path, tuner: dict[str, Any], **matrix: Any) -> str:
    container = {"name": "train", "image": "none:1", "command": ["sh", "-c", "true {{ x }}"]}
    rounds = {"numRuns": 6} if "entryPoint" in tuner else {"maxIterations": 3}
    search = {
        "kind": "iterative",
        **rounds,
        "params": PARAMS,
        "metric": {"name": "loss", "optimization": "minimize"},
        "tuner": tuner,
        **matrix,
    }
    document = {
        "apiVersion": "leadline.dev/v1alpha1",
        "kind": "OptimizationGroup",
        "metadata": {"name": "s"},
        "spec": {
            "matrix": {key: value for key, value in search.items() if value is not None},
            "template": {"spec": {"containers": [container]}},
        },
    }
    path = folder / "search.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(path)


def leadline(*arguments: str, status: int = 0) -> Result:
    answer = CliRunner().invoke(cli, list(arguments))
    assert answer.exit_code == status, answer.output
    return answer


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_here(monkeypatch, tmp_path / "site", SEARCHERS, GOOD)


@pytest.mark.parametrize(
    ("tuner", "words"),
    [
        (HTTP, "POST http://tuner.example/suggest, once for each round"),
        (CONTAINER, "container of tuner:1, once for each round"),
        ({"entryPoint": "staircase"}, "entry point staircase, whenever a trial may start"),
    ],
)
def test_check_shows_the_tuner(tmp_path: Path, plugins: None, tuner: dict[str, Any], words: str) -> None:
    path = write(tmp_path, tuner)

    assert f"tuner        {words}" in leadline("check", path).stdout.splitlines()
    told = json.loads(leadline("check", path, "-o", "json").stdout)
    assert told["tuner"] == words
    assert told["trials"] == (6 if "entryPoint" in tuner else None)
    assert told["example"]["kind"] == "Job"


def test_check_says_that_a_plug_in_is_not_here(tmp_path: Path) -> None:
    path = write(tmp_path, {"entryPoint": "elsewhere"})
    assert (
        "warning: spec.matrix.tuner.entryPoint: no searcher named 'elsewhere'"
        in leadline("check", path).stdout
    )
    told = json.loads(leadline("check", path, "-o", "json").stdout)
    assert [(one["path"], one["line"]) for one in told["warnings"]] == [("spec.matrix.tuner.entryPoint", 19)]
    assert told["example"]["kind"] == "Job", "the middle of the space stands in for its first suggestion"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("exits", "failed: SystemExit: 3"),
        ("hangs", "gave no answer within 2 s"),
        ("prints", None),
        ("ends", "the process that models results ended with exit code 5"),
    ],
)
def test_check_outlives_a_plug_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str | None
) -> None:
    """What it prints is no part of what check prints; its exits and its sleep are told."""
    monkeypatch.setattr("leadline.cli.preview.PLUGIN_LIMIT", 2.0)
    places = {plugin: f"plugins.rude:{plugin}" for plugin in ("exits", "hangs", "prints", "ends")}
    install_here(monkeypatch, tmp_path / "site", SEARCHERS, places)
    told = json.loads(leadline("check", write(tmp_path, {"entryPoint": name}), "-o", "json").stdout)
    messages = [one["message"] for one in told["warnings"]]
    assert len(messages) == (0 if words is None else 1), messages
    assert words is None or words in messages[0]


def test_run_refuses_a_searcher_or_a_rule_that_is_not_here(tmp_path: Path, plugins: None) -> None:
    rules = [{"kind": "custom_early_stopping", "entryPoint": "nobody", "evaluationInterval": 2}]
    path = write(tmp_path, {"entryPoint": "elsewhere"}, earlyStopping=rules)
    said = leadline("run", path, "--db", str(tmp_path / "s.db"), status=2).output
    assert (
        "spec.matrix.tuner.entryPoint: no searcher named 'elsewhere' is installed here; there are: middle"
        in said
    )
    assert (
        "spec.matrix.earlyStopping[0].entryPoint: no stopping rule named 'nobody' is installed here" in said
    )
    assert not (tmp_path / "s.db").exists()


def test_check_has_no_first_trial_where_the_tuner_names_the_parameters(tmp_path: Path) -> None:
    path = write(tmp_path, HTTP, params=None)

    said = leadline("check", path).stdout
    assert "space        open: the tuner names the parameters" in said
    assert "The parameters are the tuner's: there is no first trial to show." in said
    assert json.loads(leadline("check", path, "-o", "json").stdout)["example"] is None
    leadline("check", path, "-o", "yaml")


@pytest.mark.parametrize("tuner", [HTTP, CONTAINER])
def test_simulate_says_that_it_can_not_ask_a_tuner_outside(tmp_path: Path, tuner: dict[str, Any]) -> None:
    answer = leadline("simulate", write(tmp_path, tuner), "--objective", "x", status=1)
    assert "a tuner in a container or over HTTP can't be simulated" in answer.output


def test_simulate_asks_a_searcher_in_python(tmp_path: Path, plugins: None) -> None:
    answer = leadline("simulate", write(tmp_path, {"entryPoint": "middle"}), "--objective", "x", "-o", "json")
    assert json.loads(answer.stdout)["trials"]["succeeded"] == 6


def test_simulate_tells_of_a_searcher_that_is_not_here(tmp_path: Path) -> None:
    path = write(tmp_path, {"entryPoint": "elsewhere"})
    answer = leadline("simulate", path, "--objective", "x", status=1)
    assert "no searcher named 'elsewhere' is installed" in answer.output
