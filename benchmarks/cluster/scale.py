"""What ten thousand finished trials cost: resident memory, restart to the first action, writes at rest.

The trials are written as the operator itself would have stored them; then an operator is started on them.

    make bench            or  python -m benchmarks.cluster.scale [--rest 60]
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.cluster.ground import get_group, ground, group, resident_mib, wait, writes
from cluster.client import Api
from cluster.controlplane import ControlPlane
from leadline.api import names
from leadline.reconcile.manifest import build_trial
from leadline.reconcile.parse import parse_group
from leadline.search import New
from operator_process import OperatorProcess

ALLOWED_MIB = {1_000: 150.0, 10_000: 300.0}
FINISHED = "2026-01-31T12:00:00Z"


def plant(api: Api, name: str, finished: int) -> None:
    """A group with ``finished`` recorded trials, suspended, and room for more."""
    document = api.create(group(name, finished + 100, 4, suspend=True))
    planted = parse_group(document)

    def create(number: int) -> None:
        value = number / 20_000
        trial = api.create(build_trial(planted, number, New({"x": value}), number))
        trial["status"] = {
            "state": "Succeeded",
            "reason": "Completed",
            "attempt": 1,
            "value": value,
            "results": [{"attempt": 1, "sequence": number + 1, "outcome": "succeeded", "value": value}],
            "metrics": {"loss": {"last": value, "min": value, "max": value, "count": 1}},
            "startTime": FINISHED,
            "completionTime": FINISHED,
            "node": "fake-0",
        }
        api.replace(trial, "status")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(create, range(finished)))
    document["status"] = {"next": finished, "completed": finished, "seed": 1, "total": finished + 100}
    api.replace(document, "status")


def measure(plane: ControlPlane, finished: int, rest: float) -> bool:
    """Start an operator on ``finished`` trials, let it rest, then let it go on; True within what is allowed."""
    api, name = plane.api(), f"scale-{finished}"
    plant(api, name, finished)
    with OperatorProcess(plane.kubeconfig(), "--no-leader-election") as operator:
        wait(lambda: get_group(api, name)["status"].get("state") == "Suspended", "the operator to see it")
        memory = resident_mib(operator.pid)
        time.sleep(2)
        before = writes(operator)
        time.sleep(rest)
        after = writes(operator)
        operator.kill()
        api.patch(names.API_VERSION, names.GROUP_KIND, name, {"spec": {"suspend": False}}, "default")
        begun = time.monotonic()
        operator.start(wait=False)
        wait(lambda: get_group(api, name)["status"]["next"] > finished, "the first claim", longest=0.02)
        first = time.monotonic() - begun
        peak = resident_mib(operator.pid)
    at_rest = sum(after.values()) - sum(before.values())
    print(f"\n{finished:,} finished trials")
    print(f"  resident memory          {max(memory, peak):.0f} MiB   allowed: {ALLOWED_MIB[finished]:g}")
    print(f"  restart to first claim   {first:.2f} s (baseline: below)")
    print(f"  writes in {rest:g} s of rest   {at_rest:g}   allowed: 0")
    api.delete(names.API_VERSION, names.GROUP_KIND, name, "default")
    return max(memory, peak) <= ALLOWED_MIB[finished] and at_rest == 0


def start_alone(plane: ControlPlane) -> float:
    """The baseline of a restart: seconds from the start of the process to the first claim of a new group."""
    api = plane.api()
    api.create(group("empty", 1, 1))
    with OperatorProcess(plane.kubeconfig(), "--no-leader-election") as operator:
        operator.kill()
        api.delete(names.API_VERSION, names.GROUP_KIND, "empty", "default")
        wait(lambda: api.find(names.API_VERSION, names.GROUP_KIND, "empty", "default") is None, "it to go")
        api.create(group("empty", 1, 1))
        begun = time.monotonic()
        operator.start(wait=False)
        wait(
            lambda: get_group(api, "empty").get("status", {}).get("next", 0) > 0,
            "the first claim",
            longest=0.02,
        )
        return time.monotonic() - begun


def main() -> int:
    """Measure and print; 1 where a figure is out of what is allowed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rest", type=float, default=60.0)
    chosen = parser.parse_args()
    with ground() as plane:
        good = [measure(plane, finished, chosen.rest) for finished in ALLOWED_MIB]
        print(f"\nbaseline: start to first claim with nothing to read   {start_alone(plane):.2f} s")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
