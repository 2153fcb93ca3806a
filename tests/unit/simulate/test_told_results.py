"""A search in the operator's hands is the search itself: whoever is asked has been told of every result there is."""

from __future__ import annotations

from typing import Any

import pytest

from contract.search.engine import Group as Engine
from leadline.api.schema import to_dict
from leadline.reconcile.observed import Group
from leadline.search import Outcome, make_searcher
from unit.simulate.searches import Recorded, by_rungs, group


def objective(number: int, params: dict[str, Any]) -> tuple[Outcome, float | None]:
    return "succeeded", params["batch"] / 100 + params["lr"]


def same_by_hand(searched: Group) -> Engine:
    """The same search without an operator."""
    assert searched.spec is not None
    matrix = searched.spec.matrix
    searcher = make_searcher(to_dict(matrix), matrix.seed or 0)
    return Engine(searcher, matrix.concurrency, objective).run()


def run(searched: Group) -> Recorded:
    """By the operator's decisions; trials end in the order in which they began."""
    simulation = Recorded(searched, objective="batch / 100 + lr", duration="100 + number")
    simulation.run()
    return simulation


@pytest.mark.parametrize("concurrency", [1, 3])
@pytest.mark.parametrize("kind", ["bayes", "tpe", "cmaes", "evolution", "hyperopt", "auto"])
def test_every_result_is_told_before_the_search_is_asked(kind: str, concurrency: int) -> None:
    runs: dict[str, Any] = {"maxIterations": 8, "numRuns": None} if kind == "bayes" else {"numRuns": 16}
    searched = group(kind=kind, concurrency=concurrency, **runs)
    by_hand = same_by_hand(searched)

    trials = run(searched).stored

    assert [trials[number].spec.params for number in sorted(trials)] == [
        new.params for new in by_hand.suggested
    ]
    for number, trial in trials.items():
        assert trial.spec.history == max(0, number - concurrency + 1)


@pytest.mark.parametrize("sampler", ["random", "tpe"])
@pytest.mark.parametrize("kind", ["hyperband", "asha"])
def test_a_promotion_is_not_overtaken_by_a_new_trial(kind: str, sampler: str) -> None:
    searched = by_rungs(kind, concurrency=1, sampler=sampler)
    by_hand = same_by_hand(searched)

    trials = run(searched).stored

    assert [trials[number].spec.params for number in sorted(trials)] == [
        new.params for new in by_hand.suggested
    ]
    results = sorted(
        (result.sequence, number, result.resource)
        for number, trial in trials.items()
        for result in trial.status.results
    )
    assert results == [(known.sequence, known.number, known.resource) for known in by_hand.history]
