"""Searchers of one's own through entry points: found, asked, and not believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract.search.engine import Group, as_text
from leadline.plugins import find_searcher
from leadline.search import Answer, Completed, New, Stop, check_matrix, make_searcher, total_trials
from leadline.search.tuner.errors import TunerAnswerError, TunerError, TunerFailedError, TunerNotFoundError
from plugins.install import BAD, GOOD, SEARCHERS, install, install_here
from plugins.searchers import Answering, promoting

PARAMS = {
    "lr": {"kind": "loguniform", "value": {"min": 1e-4, "max": 0.1}},
    "batch": {"kind": "choice", "value": [16, 32]},
}


def matrix(name: str, **fields: Any) -> dict[str, Any]:
    """A search of 12 trials by a plug-in."""
    metric = {"name": "loss", "optimization": "minimize"}
    found = {"kind": "iterative", "numRuns": 12, "params": PARAMS, "metric": metric, **fields}
    return {**found, "tuner": {"entryPoint": name}}


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_here(monkeypatch, tmp_path / "site", SEARCHERS, {**GOOD, **BAD})


def test_a_searcher_of_ones_own_runs_until_it_says_that_it_is_done() -> None:
    group = Group(make_searcher(matrix("staircase"), 3, find_searcher), 4).run()

    assert group.done is not None
    assert (group.done.reason, group.done.message) == ("GoodEnough", "8 good trials")
    assert {new.origin["algorithm"] for new in group.suggested} == {"iterative"}
    assert group.suggested[2].origin == {"step": 2, "algorithm": "iterative", "tuner": "staircase"}


def test_a_sampler_is_asked_until_num_runs() -> None:
    group = Group(make_searcher(matrix("middle"), 3, find_searcher), 3).run()

    assert len(group.suggested) == 12 == total_trials(matrix("middle"))
    assert group.done is not None
    assert group.done.reason == "BudgetReached"
    assert group.suggested[-1].origin["best"] == min(known.value or 0 for known in group.history[:9])


@pytest.mark.parametrize("name", GOOD)
def test_the_same_history_gives_the_same_suggestions(name: str) -> None:
    first, second = (make_searcher(matrix(name), 3, find_searcher) for _ in range(2))
    history = [Completed(n, {"lr": 0.01, "batch": 16}, n + 1, "succeeded", n / 7) for n in range(3)]
    first.update(history, [])
    for result in history:
        second.update([result], [])

    assert as_text(first.suggest([3, 4]).suggestions) == as_text(second.suggest([3, 4]).suggestions)


def test_suggestions_come_in_the_words_of_the_space() -> None:
    answers(lambda numbers: Answer((New({"batch": 16.0, "lr": 0.1}),)))
    (new,) = make_searcher(matrix("says"), 0, lambda name: Answering).suggest([0]).suggestions

    assert isinstance(new, New)
    assert list(new.params.items()) == [("lr", 0.1), ("batch", 16)]
    assert isinstance(new.params["batch"], int)


def test_without_params_any_json_will_do() -> None:
    answers(lambda numbers: Answer((New({"layers": [64, 64]}),)))
    searcher = make_searcher(matrix("says", params=None), 0, lambda name: Answering)

    assert searcher.suggest([0]).suggestions[0] == New(
        {"layers": [64, 64]}, origin={"algorithm": "iterative", "tuner": "says"}
    )


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        (
            "stairs",
            TunerNotFoundError,
            "no searcher named 'stairs' is installed where the search runs; there are: broken",
        ),
        ("broken", TunerFailedError, "the plug-in 'broken' failed: KeyError: 'learning_rate'"),
        ("unbuildable", TunerFailedError, "the plug-in 'unbuildable' failed: ValueError: no licence"),
        ("nothing", TunerFailedError, "neither a searcher (update, suggest) nor a sampler (propose)"),
        ("text", TunerFailedError, "which can't be called"),
        ("missing", TunerFailedError, "can't be loaded from plugins.searchers:Nowhere: AttributeError"),
        ("unimportable", TunerFailedError, "can't be loaded from plugins.nowhere:Searcher: ModuleNotFoundError"),
    ],
)  # fmt: skip
def test_what_keeps_a_plug_in_from_answering_is_said(name: str, error: type[TunerError], words: str) -> None:
    with pytest.raises(error) as raised:
        make_searcher(matrix(name), 0, find_searcher).suggest([0])

    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (lambda numbers: None, "returned NoneType, not an Answer"),
        (lambda numbers: Answer((New({"lr": 1.0, "batch": 16}),)), "lr is 1, which is not from 0.0001 to 0.1"),
        (lambda numbers: Answer((New({"lr": 0.01, "batch": 17}),)), "batch can't be 17"),
        (lambda numbers: Answer((New({"lr": 0.01}),)), "batch is missing"),
        (lambda numbers: Answer((New({"lr": 0.01, "x": 1}),)), "x is not a parameter; there are: lr, batch"),
        (lambda numbers: Answer((New({"lr": 0.01, "batch": 16}),) * 3), "3 suggestions came, and 1 were asked for"),
        (lambda numbers: Answer((New({"lr": 0.01, "batch": 16}, resource=3),)), "rungs are not open"),
        (lambda numbers: Answer((), stops=(Stop(0, "slow"),)), "rungs are not open"),
        (promoting, "rungs are not open"),
    ],
)  # fmt: skip
def test_an_answer_that_can_not_be_used_is_refused(says: Any, words: str) -> None:
    answers(says)

    with pytest.raises(TunerAnswerError) as raised:
        make_searcher(matrix("says"), 0, lambda name: Answering).suggest([0])

    assert words in str(raised.value)


def test_two_packages_with_one_name_are_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = install(tmp_path / "other", {SEARCHERS: {"middle": "plugins.searchers:Staircase"}}, "another")
    monkeypatch.syspath_prepend(str(other))

    with pytest.raises(TunerFailedError, match="two plug-ins call themselves 'middle'"):
        find_searcher("middle")


def test_a_search_that_was_told_of_no_plug_ins_finds_none() -> None:
    with pytest.raises(TunerNotFoundError, match="no searcher named 'middle' can be found here"):
        make_searcher(matrix("middle"), 0)


def test_a_sampler_needs_to_know_what_is_better() -> None:
    with pytest.raises(TunerFailedError, match="needs params and a metric"):
        make_searcher(matrix("middle", metric=None), 0, find_searcher)


@pytest.mark.parametrize(
    ("fields", "path", "words"),
    [
        ({"tuner": None}, "tuner", "iterative needs tuner; say who suggests"),
        (
            {"tuner": {}},
            "tuner",
            "exactly one of container, http, entryPoint; for example {entryPoint: NAME}",
        ),
        ({"numRuns": None}, "numRuns", "a tuner by entryPoint needs numRuns"),
        ({"maxIterations": 3}, "maxIterations", "has no rounds; remove it"),
        (
            {"tuner": {"http": {"url": "http://a"}}},
            "maxIterations",
            "needs maxIterations; say how many rounds",
        ),
        ({"metric": {"name": "loss"}}, "metric", "maximize or minimize"),
        ({"eta": 3}, "eta", "iterative takes no eta"),
    ],
)
def test_a_matrix_with_a_mistake_is_told_of(fields: dict[str, Any], path: str, words: str) -> None:
    (problem,) = check_matrix({**matrix("middle"), **fields})

    assert problem.path == path
    assert words in str(problem)


def answers(says: Any) -> None:
    """What ``Answering`` answers from now on."""
    Answering.says = staticmethod(says)
