"""The ground of every cluster benchmark: a control plane, fake nodes, our CRDs, and groups of quick trials."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faults.groups
from cluster.client import Api
from cluster.controlplane import ControlPlane
from cluster.fakenodes import add_kwok_nodes
from cluster.waiting import wait_until
from integration.served import install
from leadline.api import names
from leadline.api.trial import TrialStatus
from leadline.reconcile.manifest import build_job, build_trial, trial_spec
from leadline.reconcile.observed import Trial
from leadline.reconcile.parse import parse_group
from leadline.search import New
from operator_process import OperatorProcess

Json = dict[str, Any]

POD_SECONDS = 0.1
"""How long a fake pod runs: next to nothing, so that what is measured is the machinery."""


@contextmanager
def ground() -> Iterator[ControlPlane]:
    """A control plane with room for a thousand pods at once, and our CRDs in force."""
    with ControlPlane(scheduler=True, kwok=True, report=print) as plane:
        add_kwok_nodes(plane.api(), 20)
        install(plane.api())
        _introduce_trials(plane.api())
        yield plane


def _introduce_trials(api: Api) -> None:
    """Wait until the garbage collector knows Trials, as it does in every cluster half a minute after the installation.

    Before that it asks the API server about the owner of each Job.
    """
    document = api.create(group("introduced", 1, 1, suspend=True))
    api.create(build_trial(parse_group(document), 0, New({"x": 0.5}), 0))
    api.delete(names.API_VERSION, names.GROUP_KIND, "introduced", "default")
    wait(lambda: not api.list(names.API_VERSION, names.TRIAL_KIND, "default"), "the Trial to go", longest=1.0)


def pod_template() -> Json:
    """The pod of a trial, as its user writes it."""
    return {
        "metadata": {
            "annotations": {
                "sim.leadline.dev/duration": f"{int(POD_SECONDS * 1000)}ms",
                "sim.leadline.dev/termination-message": '{"loss": 0.5}',
            }
        },
        "spec": {
            "containers": [{"name": "train", "image": "fake", "command": ["train", "--x=0.5"]}],
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "restartPolicy": "Never",
        },
    }


def group(name: str, runs: int, concurrency: int, **spec: Any) -> Json:
    """A random search over one parameter, with trials of that pod."""
    document = faults.groups.group(name, runs=runs, concurrency=concurrency, template=pod_template(), **spec)
    document["metadata"]["namespace"] = "default"
    return document


def rendered_pod() -> Json:
    """The pod of a trial as it is run, for bare Jobs: the same annotations and spec, with its environment variables.

    Without the labels: the operator would take it for one of its own.
    """
    document = group("bare", 1, 1)
    document["metadata"] |= {"uid": "none", "generation": 1, "creationTimestamp": "2026-01-31T12:00:00Z"}
    known = parse_group(document)
    assert known.spec is not None, known.problems
    trial = Trial(0, "none", trial_spec(0, New({"x": 0.5}), 0), TrialStatus())
    pod: Json = build_job(known, known.spec, trial, 1)["spec"]["template"]
    del pod["metadata"]["labels"]
    return pod


def get_group(api: Api, name: str) -> Json:
    """A group as it stands."""
    return api.get(names.API_VERSION, names.GROUP_KIND, name, "default")


def wait(holds: Callable[[], object], what: str, longest: float = 0.1) -> None:
    """Wait until ``holds()``, asked every ``longest`` seconds at the latest; an error after a quarter of an hour."""
    wait_until(holds, what, timeout=900.0, longest=longest)


def writes(operator: OperatorProcess) -> dict[str, float]:
    """The operator's writes so far by verb and resource."""
    found: dict[str, float] = {}
    for labels, value in operator.samples("leadline_api_calls_total"):
        if labels["verb"] in ("create", "update", "patch", "delete"):
            key = f"{labels['verb']} {labels['resource']}"
            found[key] = found.get(key, 0) + value
    return found


def resident_mib(pid: int) -> float:
    """Resident memory of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no VmRSS of process {pid}")


def spread(values: Sequence[float]) -> str:
    """Median with the least and the greatest value."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
