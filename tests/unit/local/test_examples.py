"""Every example is a valid file, and its first trial runs on this machine and reports its metric."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from leadline.api.group import GroupSpec
from leadline.api.schema import from_dict
from leadline.api.status import GroupStatus
from leadline.api.trial import TrialStatus
from leadline.api.validate import validate_group
from leadline.api.yaml_loader import load
from leadline.local.command import command_of
from leadline.local.process import Files, TrialProcess, missing_program
from leadline.reconcile.manifest import build_pod, trial_spec
from leadline.reconcile.observed import Group, Trial
from leadline.reconcile.sample import first_trial
from leadline.search import check_matrix, make_searcher, total_trials

EXAMPLES = Path(__file__).parents[3] / "examples"
FILES = sorted(EXAMPLES.glob("*.yaml"))


def spec_of(path: Path) -> dict[str, Any]:
    spec: dict[str, Any] = yaml.safe_load(path.read_text())["spec"]
    return spec


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def example(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_there_is_an_example_for_each_algorithm() -> None:
    assert {spec_of(path)["matrix"]["kind"] for path in FILES} >= {
        "auto",
        "grid",
        "random",
        "mapping",
        "sobol",
        "hyperband",
        "asha",
        "iterative",
    }


def test_an_example_is_a_valid_file_without_a_warning(example: Path) -> None:
    (document,) = load(example.read_text())
    assert validate_group(document.value) == ()
    assert check_matrix(spec_of(example)["matrix"]) == ()


def test_an_example_is_short_enough_to_read_and_small_enough_to_try(example: Path) -> None:
    assert len(example.read_text().splitlines()) <= 60
    total = total_trials(spec_of(example)["matrix"])
    assert total is not None
    assert total <= 32


async def test_the_first_trial_of_an_example_runs_here_and_reports_its_metric(
    example: Path, tmp_path: Path
) -> None:
    spec = from_dict(GroupSpec, spec_of(example))
    name = spec_of(example)["matrix"]["metric"]["name"]
    group = Group(example.stem, "default", "uid", 1, 0.0, spec, GroupStatus())
    matrix = spec_of(example)["matrix"]
    first = first_trial(group, lambda ask: make_searcher(matrix, seed=7).suggest(ask.numbers))
    assert first is not None
    trial = Trial(0, "uid", trial_spec(0, first, 0), TrialStatus())

    pod = build_pod(group, spec, trial, 1, {})
    translation = command_of(pod, folder=str(EXAMPLES), python=sys.executable)
    assert translation.problems == ()
    assert translation.command is not None
    assert missing_program(translation.command) == ""
    files = Files.of(tmp_path, "a-0-1")
    process = await TrialProcess.start(translation.command, files)
    process.release()
    ended = await process.wait()

    log = files.log.read_text()
    assert ended.code == 0, log
    values = re.findall(rf'\b{name}"?[=:] ?([0-9.e-]+)', log)
    assert values, log
    if message := files.termination_message():
        assert json.loads(message)[name] == pytest.approx(float(values[-1]), abs=1e-3)
