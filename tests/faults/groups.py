"""Groups of short trials on fake nodes, as the fault tests apply them."""

from __future__ import annotations

import json
from typing import Any

from cluster.client import Api
from cluster.waiting import wait_until
from leadline.api import names

Json = dict[str, Any]


def group(
    name: str = "g",
    *,
    runs: int = 6,
    concurrency: int = 2,
    seconds: float = 0.3,
    annotations: dict[str, str] | None = None,
    pod: Json | None = None,
    matrix: Json | None = None,
    **spec: Any,
) -> Json:
    """A random search for x whose trials take ``seconds`` on a fake node and report loss = x."""
    known = {
        "sim.leadline.dev/duration": f"{int(seconds * 1000)}ms",
        "sim.leadline.dev/termination-message": '{"loss": {{ x }}}',
        **(annotations or {}),
    }
    container = {"name": "train", "image": "fake", "command": ["train"], "args": ["--x={{ x }}"]}
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.GROUP_KIND,
        "metadata": {"name": name},
        "spec": {
            "matrix": {
                "kind": "random",
                "numRuns": runs,
                "concurrency": concurrency,
                "seed": 1,
                "metric": {"name": "loss", "optimization": "minimize"},
                "params": {"x": {"kind": "uniform", "value": [0, 1]}},
                **(matrix or {}),
            },
            "template": {
                "metadata": {"annotations": known},
                "spec": {"containers": [container], "terminationGracePeriodSeconds": 0, **(pod or {})},
            },
            "termination": {"ttl": 0},
            **spec,
        },
    }


def condition(document: Json, kind: str) -> Json:
    """A condition of a group, or an empty mapping."""
    found = (known for known in document.get("status", {}).get("conditions", ()) if known["type"] == kind)
    return next(found, {})


def is_finished(document: Json) -> bool:
    """Whether a group has come to its end."""
    return bool(condition(document, "Finished").get("status") == "True")


def wait_finished(api: Api, namespace: str, name: str = "g", timeout: float = 180) -> Json:
    """Wait until a group has finished, and return it."""
    return api.wait(names.API_VERSION, names.GROUP_KIND, name, is_finished, namespace, timeout=timeout)


def trials(api: Api, namespace: str) -> list[Json]:
    """Trials by number."""
    found = api.list(names.API_VERSION, names.TRIAL_KIND, namespace)
    return sorted(found, key=lambda trial: trial["spec"]["number"])


def check_complete(api: Api, namespace: str, runs: int, name: str = "g") -> Json:
    """The end that every fault must leave: each trial once, each result counted once, nothing held, no Job left."""
    document = wait_finished(api, namespace, name)
    status = document["status"]
    found = trials(api, namespace)
    assert [trial["spec"]["number"] for trial in found] == list(range(runs))
    assert status["next"] == runs
    assert sum(status["counts"].values()) == runs
    assert status["counts"]["succeeded"] == runs, json.dumps(status["counts"])
    assert status.get("active", {}) == {}
    values = [trial["status"]["value"] for trial in found]
    assert status["best"]["value"] == min(values)
    assert sorted(status["top"], key=lambda top: top["value"]) == status["top"]
    wait_until(lambda: not api.list("batch/v1", "Job", namespace), "the Jobs to go", 60)
    return document
