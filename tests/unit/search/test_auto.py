"""What auto leaves a search to, and that it says so."""

from __future__ import annotations

from typing import Any

import pytest

from contract.search.engine import Group, succeed
from leadline.search import Promote, check_matrix, chosen, make_searcher, planned_brackets
from unit.search.rung_searches import LINE, matrix

METRIC = {"name": "loss", "optimization": "minimize"}


def auto(runs: int = 40, **more: Any) -> dict[str, Any]:
    return {"kind": "auto", "numRuns": runs, "metric": METRIC, "params": LINE, **more}


def by_rungs(runs: int = 40, most: int = 27, **more: Any) -> dict[str, Any]:
    return matrix("auto", most, numRuns=runs, **more)


UNIT = {"kind": "uniform", "value": [0, 1]}
ON_OFF = {"kind": "choice", "value": [0, 1]}
CHOICES = {"c": ON_OFF, "n": {"kind": "range", "value": [0, 100, 1]}}
FIXED = {f"k{n}": {"kind": "choice", "value": [n]} for n in range(41)}
CONDITIONAL = {"c": ON_OFF, "y": {**UNIT, "when": {"c": [1]}}}


def many(count: int) -> dict[str, Any]:
    return {f"x{n}": UNIT for n in range(count)}


@pytest.mark.parametrize(
    ("searched", "kind", "reason"),
    [
        (auto(40), "bayes", "with 40 trials each one counts"),
        (auto(2000), "bayes", "with 2,000 trials"),
        (
            auto(2001),
            "cmaes",
            "2,001 trials are more than a Gaussian process is worth its time for, and most",
        ),
        (auto(5000, params=many(61)), "cmaes", "most parameters are numbers that can take small steps"),
        (
            auto(5000, params={**many(2), **CHOICES}),
            "evolution",
            "many parameters are choices or take large steps",
        ),
        (auto(5000, params={**many(3), **CHOICES}), "cmaes", "most parameters are numbers"),
        (
            auto(5000, params={**many(9), **CONDITIONAL}),
            "evolution",
            "conditions decide which parameters there are",
        ),
        (auto(5000, params={**many(2), **FIXED}), "cmaes", "most parameters are numbers"),
        (auto(40, params={**many(20), **FIXED}), "bayes", "with 40 trials each one counts"),
        (auto(40, concurrency="4"), "bayes", "with 40 trials each one counts"),
        (auto(40, params=many(61)), "tpe", "61 parameters are more than a Gaussian process can tell apart"),
        (auto(8, concurrency=8), "bayes", "all 8 trials can run at once"),
        (auto(10**6, params={"x": {"kind": "range", "value": [0, 50, 1]}}), "bayes", "with 50 trials"),
        (by_rungs(40), "asha", "bayes chooses new ones: with 40 trials each one counts"),
        (by_rungs(5000), "asha", "tpe chooses new ones: 5,000 trials are more than"),
    ],
)
def test_the_choice_and_its_reason(searched: dict[str, Any], kind: str, reason: str) -> None:
    choice = chosen(searched)
    assert choice is not None
    assert choice.kind == kind
    assert reason in choice.reason
    for new in make_searcher(searched, 1).suggest([0]).suggestions:
        assert (new.origin["algorithm"], new.origin["chosen"]) == ("auto", kind)


def test_with_a_resource_it_goes_by_rungs() -> None:
    assert [bracket.amounts for bracket in planned_brackets(by_rungs())] == [
        (1, 3, 9, 27),
        (3, 9, 27),
        (9, 27),
    ]
    assert [bracket.amounts for bracket in planned_brackets(by_rungs(minResource=9))] == [(9, 27)]
    assert planned_brackets(auto()) == ()
    group = Group(make_searcher(by_rungs(30), 1), 4, succeed).run()
    assert group.done is not None
    assert group.done.message == "numRuns is 30"
    assert {new.resource for new in group.suggested} == {1, 3, 9}
    phases = [new.origin.get("phase", new.origin.get("sampler")) for new in group.suggested]
    assert {"initial", "model", "random"} == set(phases)
    assert any(isinstance(up, Promote) and up.last for up in group.promoted), "somebody gets all of it"
    assert {up.origin["chosen"] for up in group.promoted} == {"asha"}


@pytest.mark.parametrize(
    ("searched", "path", "words"),
    [
        (by_rungs() | {"maxIterations": None}, "maxIterations", "auto with a resource needs maxIterations"),
        (auto(maxIterations=9), "maxIterations", "auto takes maxIterations only with a resource"),
        (auto(eta=3), "eta", "only with a resource"),
        (auto(resume=False), "resume", "only with a resource"),
        (auto(minResource=2), "minResource", "only with a resource"),
        (by_rungs(most=9, minResource=10), "minResource", "minResource is 10, more than maxIterations"),
        (by_rungs() | {"sampler": "tpe"}, "sampler", "auto takes no sampler"),
        (by_rungs() | {"resource": {"name": "x", "type": "int"}}, "resource.name", "is also a parameter"),
    ],
)
def test_what_is_wrong_with_its_fields(searched: dict[str, Any], path: str, words: str) -> None:
    [problem] = check_matrix(searched)
    assert problem.path == path
    assert words in problem.message
