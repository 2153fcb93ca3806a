"""Groups and trials as an operator would have left them, and a file of this machine that holds some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from leadline.api import names
from leadline.local.places import default_path
from leadline.local.store import Store

Object = dict[str, Any]
NOW = 1_800_000_000.0
"""2027-01-15T08:00:00Z"""


def conditions(finished: bool, succeeded: bool, generation: int = 1) -> list[Object]:
    """Those that tell whether a search is over."""
    truth = {"Finished": str(finished), "Succeeded": str(succeeded) if finished else "Unknown"}
    return [
        {
            "type": kind,
            "status": status,
            "reason": "BudgetReached" if finished else "Searching",
            "message": "",
            "observedGeneration": generation,
            "lastTransitionTime": "2027-01-15T07:00:00Z",
        }
        for kind, status in truth.items()
    ]


def group(name: str = "digits", state: str = "Searching", **changes: Any) -> Object:
    """A random search of 4 trials for the greatest accuracy. changes: of its status; ``spec``, ``matrix`` of these."""
    spec, matrix = changes.pop("spec", {}), changes.pop("matrix", {})
    over = state in ("Succeeded", "Failed")
    whole = {
        "kind": "random",
        "numRuns": 4,
        "concurrency": 2,
        "metric": {"name": "accuracy", "optimization": "maximize"},
        "params": {
            "lr": {"kind": "loguniform", "value": {"min": 0.0001, "max": 1}},
            "opt": {"kind": "choice", "value": ["sgd", "a dam"]},
        },
        **matrix,
    }
    status = {
        "state": state,
        "observedGeneration": 1,
        "progress": "4/4" if over else "2/4",
        "counts": {"running": 0 if over else 2, "succeeded": 2},
        "conditions": conditions(over, state == "Succeeded"),
        **changes,
    }
    container = {"name": "train", "image": "none:1", "args": ["--lr={{ lr }}"]}
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.GROUP_KIND,
        "metadata": {"name": name},
        "spec": {
            "matrix": {key: value for key, value in whole.items() if value is not None},
            "template": {"spec": {"containers": [container]}},
            **spec,
        },
        "status": {key: value for key, value in status.items() if value is not None},
    }


def best(name: str, number: int, value: float, **params: Any) -> Object:
    """The entry of a group's status."""
    return {"trial": f"{name}-{number}", "number": number, "value": value, "params": params}


def trial(number: int, state: str = "Succeeded", value: float | None = None, **changes: Any) -> Object:
    """A trial. changes: of its status; ``params`` are its parameters, ``metrics`` names and last values."""
    params = changes.pop("params", {"lr": 0.1, "opt": "sgd"})
    metrics = {name: {"last": last, "count": 1} for name, last in changes.pop("metrics", {}).items()}
    status = {"state": state, "attempt": 1, "value": value, "metrics": metrics, **changes}
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.TRIAL_KIND,
        "spec": {"number": number, "params": params, "history": 0},
        "status": {key: known for key, known in status.items() if known is not None},
    }


def owned(item: Object, of: Object) -> Object:
    """A trial with the name, labels and owner that make it one of this group."""
    meta, number = of["metadata"], item["spec"]["number"]
    owner = {"apiVersion": names.API_VERSION, "kind": names.GROUP_KIND, "controller": True}
    labels = {
        names.LABEL_GROUP: meta["name"],
        names.LABEL_GROUP_UID: meta["uid"],
        names.LABEL_TRIAL: str(number),
    }
    return {
        **item,
        "metadata": {
            "name": names.trial_name(meta["name"], number),
            "labels": labels,
            "ownerReferences": [{**owner, "name": meta["name"], "uid": meta["uid"]}],
        },
    }


def store(
    folder: Path,
    known: Mapping[str, Any],
    trials: Iterable[Object] = (),
    logs: Mapping[str, str] | None = None,
    path: Path | None = None,
) -> Path:
    """A file of this machine with a group, its trials and the logs of attempts (``0-1``: trial 0, attempt 1)."""
    name = known["metadata"]["name"]
    path = path or default_path(name, folder)
    with Store.open(path) as opened:
        stored = opened.put(names.GROUP_KIND, name, known)
        for item in trials:
            whole = owned(item, stored)
            opened.put(names.TRIAL_KIND, whole["metadata"]["name"], whole)
        for attempt, text in (logs or {}).items():
            opened.folder.mkdir(exist_ok=True)
            (opened.folder / f"{name}-{attempt}.log").write_text(text)
    return path


TRIALS = (
    trial(0, value=0.5, params={"lr": 0.1, "opt": "sgd"}, metrics={"accuracy": 0.5, "size": 7.25}),
    trial(1, value=0.9, params={"lr": 0.01234567890123, "opt": "a dam"}, metrics={"accuracy": 0.9}),
    trial(2, "Running", params={"lr": 1e-5, "opt": "sgd"}, startTime="2027-01-15T07:00:00Z"),
    trial(3, "Failed", reason="ExitCode", message="exit code 1", logTail="last words\n", failures=1),
)
"""One of each kind."""
BEST = best("digits", 1, 0.9, lr=0.01234567890123, opt="a dam; rm -rf 'x'")
"""The best of them, with a value that a shell could misread."""
