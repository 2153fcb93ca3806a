"""The examples of tuners of one's own, run on this machine as their first lines say: awk, an HTTP server, a package."""

from __future__ import annotations

import json
import math
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cluster.waiting import wait_until
from e2e.desk import ROOT, Desk
from leadline.local.store import Store
from plugins.install import install

EXAMPLES = ROOT / "examples"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """With the examples in its folder."""
    for path in EXAMPLES.glob("tuner*"):
        target = desk.folder / path.name
        shutil.copytree(path, target) if path.is_dir() else shutil.copy(path, target)
    return desk


def searched(desk: Desk, name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The group and its trials by number."""
    desk.run("run", "--local", f"{name}.yaml", "--quiet")
    with Store.open(desk.folder / ".leadline" / f"{name}.db", "read") as store:
        group = store.get("OptimizationGroup", name)
        assert group is not None
        return group, sorted(store.list("Trial"), key=lambda trial: trial["spec"]["number"])


def test_a_tuner_in_awk_walks_downhill(desk: Desk) -> None:
    group, trials = searched(desk, "tuner-container")

    assert (group["status"]["state"], group["status"]["progress"]) == ("Succeeded", "20/20")
    for number, trial in enumerate(trials[4:], start=4):
        iteration = trial["spec"]["origin"]["iteration"]
        assert iteration == number // 4
        best = min(trials[: 4 * iteration], key=lambda known: known["status"]["value"])["spec"]["params"]
        assert all(
            abs(trial["spec"]["params"][name] - best[name]) <= 2 / 2**iteration + 1e-5 for name in "xz"
        )


@contextmanager
def golden(desk: Desk) -> Iterator[str]:
    """The example's server on a free port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, str(desk.folder / "tuners" / "golden.py"), str(port)], stderr=subprocess.DEVNULL
    )

    def answers() -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(answers, "the tuner to listen")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def test_a_tuner_over_http_closes_in_on_the_best_point(desk: Desk) -> None:
    with golden(desk) as url:
        path = desk.folder / "tuner-http.yaml"
        path.write_text(path.read_text().replace("http://localhost:8000", url))
        group, trials = searched(desk, "tuner-http")

    assert group["status"]["state"] == "Succeeded"
    assert "the tuner is done after round" in group["status"]["message"]
    assert abs(group["status"]["best"]["params"]["x"] - 1.5) < 0.15
    assert len(trials) == 2 * (group["status"]["round"]["iteration"] + 1)


def install_package(desk: Desk, folder: Path, site: Path) -> None:
    """What pip leaves of an installed package: its modules, and a folder that names its entry points."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    install(site, project["entry-points"], project["name"])
    for module in folder.glob("*.py"):
        shutil.copy(module, site)
    desk.environment["PYTHONPATH"] += f":{site}"


def test_a_searcher_from_a_package_is_found_by_its_entry_point(desk: Desk, tmp_path: Path) -> None:
    install_package(desk, EXAMPLES / "searchers", tmp_path / "site")

    group, trials = searched(desk, "tuner-entry-point")

    assert (group["status"]["state"], group["status"]["progress"]) == ("Succeeded", "16/16")
    places = [trial["spec"]["origin"]["place"] for trial in trials]
    assert places == list(range(2, 18))
    checked, _ = desk.run("check", "tuner-entry-point.yaml", "-o", "json")
    assert json.loads(checked)["tuner"] == "entry point halton, whenever a trial may start"


def test_a_stopping_rule_from_a_package_ends_trials_while_they_run(desk: Desk, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "early-stopping.yaml", desk.folder)
    told, _ = desk.run("check", "early-stopping.yaml", "-o", "json")
    (words,) = json.loads(told)["earlyStopping"]
    assert words == "rule median, after 4 reports of a trial and every 2 more, 50 times at most"
    (warning,) = json.loads(told)["warnings"]
    assert warning["path"] == "spec.matrix.earlyStopping[0].entryPoint"
    install_package(desk, EXAMPLES / "stopping-rules", tmp_path / "site")

    group, trials = searched(desk, "early-stopping")

    status = group["status"]
    assert (status["state"], status["progress"]) == ("Succeeded", "24/24")
    assert status["counts"]["stopped"] >= 6
    for trial in trials:
        if trial["status"]["state"] == "Stopped":
            assert trial["status"]["reason"] == "StoppedEarly"
            assert "is worse than the median of" in trial["status"]["message"]
            assert trial["status"]["value"] > status["best"]["value"]
    assert abs(math.log(status["best"]["params"]["rate"] / 0.05)) < 0.5
