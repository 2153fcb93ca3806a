"""Whatever is done to a good document, the server and we agree whether it still is one, and on the field."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest

from cluster.choose import Cluster
from cluster.client import Api
from integration.mutations import mutants, mutants_outside_spec
from integration.served import Refusal, install, refusal, refusal_of_edit
from leadline.api.validate import stored, validate_group
from leadline.problems import Problem, errors
from leadline.search import check_matrix

SEED = 20261122
CASES = int(os.environ.get("LEADLINE_FUZZ_CASES", "300"))

# What the policy leaves to the search: it takes arithmetic that CEL doesn't have.
_ARITHMETIC = re.compile(
    "no number a computer can hold|too large|too close to be told apart|a millionth of their size"
    "|are natural-log exponents|too fine for numbers|at most 2\\^63|nested deeper"
)


def document(matrix: dict[str, Any], **spec: Any) -> Any:
    container = {
        "name": "train",
        "image": "registry.example/train:1",
        "command": ["python", "train.py"],
        "env": [{"name": "A", "value": "{{ lr }}"}],
    }
    return {
        "apiVersion": "leadline.dev/v1alpha1",
        "kind": "OptimizationGroup",
        "metadata": {"name": "fuzz", "labels": {"team": "blue"}},
        "spec": {"matrix": matrix, "template": {"spec": {"containers": [container]}}, **spec},
    }


DOCUMENTS = [
    document(
        {
            "kind": "random",
            "numRuns": 10,
            "concurrency": 2,
            "seed": 7,
            "metric": {"name": "loss", "optimization": "minimize", "strategy": "best"},
            "params": {
                "lr": {"kind": "loguniform", "value": {"min": 0.0001, "max": 0.1}},
                "mix": {"kind": "pchoice", "value": [["a", 0.2], [None, 0.8]]},
                "wide": {"kind": "qnormal", "value": [0, 2, 0.5]},
            },
        },
        termination={"maxRetries": 1, "timeout": 60},
        metrics={"container": "train", "follow": True, "patterns": ["(?P<loss>[0-9.]+)"]},
    ),
    document(
        {
            "kind": "grid",
            "numRuns": 10,
            "params": {
                "lr": {"kind": "geomspace", "value": "0.001:0.1:3"},
                "depth": {"kind": "range", "value": [1, 10, 2]},
                "base": {"kind": "logspace", "value": {"start": 1, "stop": 4, "num": 4, "base": 2}},
                "day": {"kind": "daterange", "value": ["2026-01-01", "2026-01-08", 1]},
                "kernel": {"kind": "choice", "value": ["rbf", "poly", None, [1, 2]]},
            },
        },
        suspend=True,
        podSecurity="restricted",
    ),
    document(
        {
            "kind": "sobol",
            "numRuns": 16,
            "params": {
                "lr": {"kind": "uniform", "value": "0:1"},
                "q": {"kind": "quniform", "value": {"low": 0, "high": 1, "q": 0.25}},
                "at": {
                    "kind": "datetimerange",
                    "value": ["2026-01-01T10:00:00Z", "2026-01-02 09:00+02:00", 3600],
                },
            },
        },
        stop="Drain",
    ),
    document({"kind": "mapping", "values": [{"lr": 0.1, "layers": [64, 32]}, {"lr": 0.01, "layers": None}]}),
]


@pytest.fixture(scope="module")
def api(api_server: Cluster) -> Api:
    api = api_server.api()
    install(api)
    return api


def our_errors(doc: Any) -> tuple[Problem, ...]:
    """What we refuse a document for; the search is asked only what the server's policy can answer too."""
    found = errors(validate_group(doc))
    if found:
        return found
    matrix = stored(doc)["spec"]["matrix"]
    problems = [problem.under("spec.matrix") for problem in errors(check_matrix(matrix))]
    return tuple(problem for problem in problems if not _ARITHMETIC.search(problem.message))


def agree(said: Refusal | None, ours: tuple[Problem, ...]) -> bool:
    if said is None or not ours:
        return said is None and not ours
    # Some metadata the server can't even decode; it then names no field.
    return not said.paths or any(said.blames(problem.path) for problem in ours)


def disagreement(mutant: Any, said: Refusal | None, ours: tuple[Problem, ...]) -> str:
    return json.dumps({"document": mutant, "server": said and said.message, "we": [str(p) for p in ours]})


def test_the_documents_are_good_before_anything_is_done_to_them(api: Api) -> None:
    for good in DOCUMENTS:
        assert our_errors(good) == ()
        assert refusal(api, good, "default") is None


def test_server_and_we_agree_on_mutants(api: Api) -> None:
    verdicts = {True: 0, False: 0}
    for mutant in mutants(DOCUMENTS, CASES, SEED):
        said, ours = refusal(api, mutant, "default"), our_errors(mutant)
        verdicts[said is None] += 1
        assert agree(said, ours), disagreement(mutant, said, ours)

    assert min(verdicts.values()) > CASES // 10, "mutants should be good often enough, and bad often enough"


def test_server_and_we_agree_on_mutants_outside_the_spec(api: Api) -> None:
    for mutant in mutants_outside_spec(DOCUMENTS, CASES // 3, SEED):
        said, ours = refusal(api, mutant, "default"), our_errors(mutant)
        assert agree(said, ours), disagreement(mutant, said, ours)


def test_server_and_we_agree_on_edits(api: Api, namespace: str) -> None:
    before = {}
    for number, good in enumerate(DOCUMENTS):
        name = f"fuzz-{number}"
        created = api.create({**good, "metadata": {"name": name}}, namespace)
        version = created["metadata"]["resourceVersion"]
        before[name] = {**good, "metadata": {"name": name, "resourceVersion": version}}

    for mutant in mutants(list(before.values()), CASES // 3, SEED + 1):
        said = refusal_of_edit(api, mutant, namespace)
        ours = validate_group(mutant, before[mutant["metadata"]["name"]])
        assert agree(said, ours), disagreement(mutant, said, ours)
