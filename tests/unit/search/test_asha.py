"""ASHA: who goes on, who is stopped, and that everything ends."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.search.engine import Group, fail, mixed, succeed
from leadline.problems import errors
from leadline.search import (
    Completed,
    New,
    Promote,
    Running,
    Stop,
    check_matrix,
    make_searcher,
    planned_brackets,
)
from leadline.search.algorithms.asha import rungs_of
from unit.search.rung_searches import AnyOrder, matrix

PROMOTION = matrix("asha", most=27, numRuns=30, brackets=1)
STOPPING = matrix("asha", most=27, numRuns=30, variant="stopping", brackets=1)


@pytest.mark.parametrize(
    ("most", "least", "rungs"),
    [
        (81, 1, (1, 3, 9, 27, 81)),
        (80, 1, (1, 3, 9, 27, 80)),
        (10, 1, (1, 3, 10)),
        (100, 4, (4, 12, 36, 100)),
        (9, 9, (9,)),
        (1, 1, (1,)),
    ],
)
def test_rungs_begin_at_the_least_resource_and_end_with_the_whole(
    most: int, least: int, rungs: tuple[int, ...]
) -> None:
    assert rungs_of(matrix("asha", most=most, minResource=least)) == rungs


def waits(number: int, resource: int = 1) -> Running:
    """A trial at its rung."""
    return Running(number, {"x": 0.5}, resource, paused=True)


def ended(number: int, value: float | None, resource: int = 1) -> Completed:
    """Its result there."""
    return Completed(
        number, {"x": 0.5}, number + 1, "failed" if value is None else "succeeded", value, resource
    )


def promotions(searcher: object, *numbers: int) -> list[tuple[int, float | int]]:
    answer = searcher.suggest(numbers)  # type: ignore[attr-defined]
    return [(known.trial, known.resource) for known in answer.suggestions if isinstance(known, Promote)]


def test_the_best_one_in_eta_of_a_rung_goes_on_without_waiting_for_others() -> None:
    searcher = make_searcher(PROMOTION, 0)
    searcher.update([ended(0, 3.0), ended(1, 1.0)], [waits(0), waits(1), Running(2, {"x": 0.5}, 1)])
    assert promotions(searcher, 3) == []
    searcher.update([ended(2, 2.0)], [waits(0), waits(1), waits(2)])
    assert promotions(searcher, 3, 4) == [(1, 3)]


def test_the_highest_rung_comes_first() -> None:
    searcher = make_searcher(PROMOTION, 0)
    low = [ended(n, float(n)) for n in range(12)]
    high = [ended(n, float(n), 3) for n in range(3)]
    searcher.update([*low, *high], [waits(n, 3) for n in range(3)] + [waits(n) for n in range(3, 12)])
    assert promotions(searcher, 12, 13, 14) == [(0, 9), (3, 3)]


def test_failed_trials_count_as_the_worst_of_their_rung() -> None:
    searcher = make_searcher(PROMOTION, 0)
    searcher.update([ended(0, 3.0), ended(1, None), ended(2, None)], [waits(0)])
    assert promotions(searcher, 3) == [(0, 3)]


def test_the_best_trial_gets_the_whole_resource_however_few_there_are() -> None:
    group = Group(make_searcher(PROMOTION | {"numRuns": 2}, 0), 2).run()
    assert [promote.resource for promote in group.promoted] == [3, 9, 27]
    assert {promote.trial for promote in group.promoted} == {0}


def test_a_trial_that_runs_is_stopped_at_a_rung_where_it_is_not_among_the_best() -> None:
    searcher = make_searcher(STOPPING, 0)
    running = [Running(n, {"x": 0.5}, 27) for n in range(4)]
    searcher.update([ended(0, 3.0), ended(1, 1.0)], running)
    assert searcher.suggest([]).stops == ()
    searcher.update([ended(2, 2.0)], running)
    assert searcher.suggest([]).stops == (
        Stop(2, "place 2 of the 3 results at epochs=1 so far, of which the best 1 goes on"),
    )
    # Asked again, it says so again; and of what came before nobody is judged anew.
    assert [stop.trial for stop in searcher.suggest([4]).stops] == [2]
    searcher.update([ended(3, 0.5)], [running[0], running[1], running[3]])
    assert searcher.suggest([]).stops == ()


def test_a_running_trial_starts_with_the_whole_resource_and_its_rungs() -> None:
    new = make_searcher(STOPPING, 0).suggest([0]).suggestions[0]
    assert isinstance(new, New)
    assert (new.resource, new.rungs, new.last) == (27, (1, 3, 9), True)


@pytest.mark.parametrize(
    ("most", "least", "first"),
    [(81, None, [1, 3, 9]), (27, None, [1, 3, 9]), (9, None, [1, 3]), (3, None, [1]), (81, 81, [81]), (1, None, [1])],
)  # fmt: skip
def test_there_are_three_brackets_that_halve_if_nothing_is_said(
    most: int, least: int | None, first: list[int]
) -> None:
    searched = matrix("asha", most=most, numRuns=30, minResource=least)
    assert [bracket.amounts[0] for bracket in planned_brackets(searched)] == first


def test_brackets_differ_in_their_first_rung() -> None:
    searcher = make_searcher(PROMOTION | {"brackets": 4, "numRuns": 400}, 3)
    first = Counter(new.resource for new in searcher.suggest(range(400)).suggestions)
    assert list(dict(sorted(first.items()))) == [1, 3, 9, 27]
    # As hyperband's brackets of 27: 27, 12, 6 and 4 trials.
    assert first[1] > first[3] > first[9]
    stopping = make_searcher(STOPPING | {"brackets": 2}, 3).suggest(range(30)).suggestions
    assert {new.rungs for new in stopping if isinstance(new, New)} == {(1, 3, 9), (3, 9)}


@settings(max_examples=2 * settings().max_examples)
@given(st.data())
def test_everything_ends_whatever_the_order(data: st.DataObject) -> None:
    variant = data.draw(st.sampled_from(["promotion", "stopping"]))
    runs, brackets = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 4))
    searched = matrix("asha", most=27, numRuns=runs, variant=variant, brackets=brackets)
    group = AnyOrder(
        make_searcher(searched, 5),
        data.draw(st.integers(1, 12)),
        data.draw(st.sampled_from([succeed, mixed, fail])),
        lambda count: data.draw(st.integers(0, count - 1)),
    ).run()
    assert len(group.suggested) == runs
    assert len({(promote.trial, promote.resource) for promote in group.promoted}) == len(group.promoted)
    if variant == "promotion" and group.fate is succeed:
        assert any(done.resource == 27 for done in group.history)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"variant": "promote"}, "variant"),
        ({"minResource": 0}, "minResource"),
        ({"minResource": 28}, "minResource"),
        ({"brackets": 5}, "brackets"),
        ({"brackets": 0}, "brackets"),
        ({"numRuns": None}, "numRuns"),
        ({"eta": 1}, "eta"),
    ],
)
def test_mistakes_are_told_at_their_field(change: dict[str, object], path: str) -> None:
    assert [problem.path for problem in errors(check_matrix(PROMOTION | change))] == [path]
