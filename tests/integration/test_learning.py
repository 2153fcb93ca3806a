"""A search that learns, on a real API server: every trial runs once, whatever becomes of the processes that think."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from cluster.client import Api
from faults.groups import group, trials, wait_finished
from faults.observer import Observer
from operator_process import OperatorProcess

REPORT = {"sim.leadline.dev/termination-message": '{"loss": {{ x }}}'}
BAYES = {"kind": "bayes", "numInitialRuns": 4, "maxIterations": 12}


def learning() -> dict[str, Any]:
    """Sixteen trials, three at once; without the number of trials that ``group`` gives every search."""
    document = group(matrix=BAYES, concurrency=3, seconds=0.5, annotations=REPORT)
    del document["spec"]["matrix"]["numRuns"]
    return document


def children(parent: int) -> list[int]:
    """The processes that an operator has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text()
        except OSError:
            continue
        if f"PPid:\t{parent}\n" in status:
            found.append(int(folder.name))
    return found


def test_a_model_chooses_and_survives_every_death(
    api: Api, namespace: str, operator: OperatorProcess, start_operator: Any
) -> None:
    with Observer(api, namespace, 3) as observer:
        api.create(learning(), namespace)

        def reached(number: int) -> None:
            name = f"g-{number}"
            api.wait("leadline.dev/v1alpha1", "Trial", name, bool, namespace)

        reached(6)
        thinking = children(operator.pid)
        assert thinking, "it thinks in a process of its own"
        for process in thinking:
            os.kill(process, signal.SIGKILL)
        reached(10)
        operator.kill()
        start_operator()
        status = wait_finished(api, namespace)["status"]
        observer.check()
    assert status["counts"]["succeeded"] == status["total"] == 16
    specs = sorted((trial["spec"] for trial in trials(api, namespace)), key=lambda spec: spec["number"])
    phases = [spec["origin"]["phase"] for spec in specs]
    assert phases[:4] == ["initial"] * 4
    assert phases[8:] == ["model"] * 8
    assert len({str(spec["params"]) for spec in specs}) == 16
    assert all(spec["history"] >= spec["number"] - 2 for spec in specs), "all but the two that ran beside it"
    assert status["best"]["value"] < 0.05
