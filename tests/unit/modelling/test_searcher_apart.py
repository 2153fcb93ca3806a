"""A search that thinks in the other process answers as one that thinks here, whatever becomes of that process."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.search.engine import Group, succeed
from leadline.modelling import make_searcher_apart
from leadline.modelling.process import ANSWER_LIMIT, Process
from leadline.modelling.searcher import SearcherApart
from leadline.search import Completed, Prior, Searcher, make_searcher
from leadline.search.tuner.errors import TunerFailedError
from plugins.install import BAD_RULES, RULES, install_here

MATRIX: dict[str, Any] = {
    "kind": "tpe",
    "numRuns": 24,
    "metric": {"name": "loss", "optimization": "minimize"},
    "params": {"x": {"kind": "uniform", "value": [0, 1]}, "c": {"kind": "choice", "value": ["a", None]}},
}


@pytest.fixture
def process() -> Iterator[Process]:
    process = Process()
    yield process
    process.close()


def run(searcher: Searcher) -> list[str]:
    group = Group(searcher, 3, succeed).run()
    return [json.dumps([dict(new.params), dict(new.origin)]) for new in group.suggested]


def test_it_answers_as_it_would_here(process: Process) -> None:
    apart = SearcherApart(MATRIX, 5, Prior(), process)
    assert run(apart) == run(make_searcher(MATRIX, 5))


def test_a_process_that_is_killed_is_started_again_and_told_everything(process: Process) -> None:
    apart, here = SearcherApart(MATRIX, 5, Prior(), process), make_searcher(MATRIX, 5)
    groups = [Group(apart, 2, succeed), Group(here, 2, succeed)]
    for turn in range(16):
        if turn in (3, 12):
            assert process._child is not None
            os.kill(process._child.pid, signal.SIGKILL)
            process._child.wait()
        first, second = (group.start() for group in groups)
        assert first == second
        for group in groups:
            group.finish()


def test_several_searches_share_the_process(process: Process) -> None:
    searchers = [SearcherApart(MATRIX, seed, Prior(), process) for seed in (1, 2)]
    answers = [[searcher.suggest([0, 1]) for searcher in searchers] for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0][0] != answers[0][1]
    assert answers[0] == [make_searcher(MATRIX, seed).suggest([0, 1]) for seed in (1, 2)]


def test_what_a_search_raises_is_raised_here(process: Process) -> None:
    apart = SearcherApart({**MATRIX, "numRuns": 0}, 5, Prior(), process)
    with pytest.raises(ValueError, match="numRuns"):
        apart.suggest([0])


def test_a_process_that_ends_again_and_again_is_told_of(process: Process, monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(TunerFailedError, match="ended with exit code 1"):
        SearcherApart(MATRIX, 5, Prior(), process).suggest([0])


def test_code_of_others_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_here(monkeypatch, tmp_path / "site", RULES, BAD_RULES)
    process = Process()
    rule = {"kind": "custom_early_stopping", "entryPoint": "hanging"}
    hangs = SearcherApart({**MATRIX, "kind": "random", "earlyStopping": [rule]}, 5, Prior(), process)
    assert hangs.suggest([0]).suggestions, "it is not asked yet"
    hangs.update([Completed(0, {"x": 0.5, "c": "a"}, 1, "succeeded", 1.0, 1)], [])
    process.limit = 2.0
    with pytest.raises(TunerFailedError, match="gave no answer within 2 s"):
        hangs.suggest([1])
    process.limit = ANSWER_LIMIT

    assert SearcherApart(MATRIX, 5, Prior(), process).suggest([0]).suggestions, "the others go on"
    process.close()


@pytest.mark.parametrize(
    ("change", "apart"),
    [
        ({}, True),
        ({"kind": "random", "metric": None}, False),
        ({"kind": "grid", "metric": None, "params": {"c": {"kind": "choice", "value": [1, 2]}}}, False),
    ],
)
def test_only_searches_that_learn_think_elsewhere(change: dict[str, Any], apart: bool) -> None:
    matrix = {key: value for key, value in {**MATRIX, **change}.items() if value is not None}
    assert isinstance(make_searcher_apart(matrix, 1), SearcherApart) == apart
