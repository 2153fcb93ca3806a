"""Hyperband: its brackets to the last trial, and promotions that depend on values alone."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.search.engine import Group, fail, succeed
from leadline.problems import errors
from leadline.search import (
    Completed,
    New,
    Outcome,
    Promote,
    Running,
    check_matrix,
    make_searcher,
    parse_space,
    total_trials,
)
from leadline.search.algorithms.hyperband import brackets_of
from leadline.search.rungs.brackets import count_starts, plan_brackets
from leadline.search.rungs.resources import Resource, exact, powers_within
from unit.search.rung_searches import AnyOrder, expected_promotions, matrix


def shown(most: int, eta: float = 3, whole: bool = True) -> list[list[str]]:
    """Each bracket as size@resource, rung by rung."""
    return [
        [f"{size}@{amount:.3g}" for size, amount in zip(bracket.sizes, bracket.amounts, strict=True)]
        for bracket in brackets_of(matrix(most=most, eta=eta, whole=whole), None)
    ]


def test_the_brackets_of_81_are_those_of_the_paper() -> None:
    assert shown(81) == [
        ["81@1", "27@3", "9@9", "3@27", "1@81"],
        ["34@3", "11@9", "3@27", "1@81"],
        ["15@9", "5@27", "1@81"],
        ["8@27", "2@81"],
        ["5@81"],
    ]
    assert total_trials(matrix(most=81)) == 143
    assert count_starts(brackets_of(matrix(most=81), None)) == 206


@pytest.mark.parametrize(
    ("most", "eta", "whole", "brackets"),
    [
        (10, 3, True, [["9@1", "3@3", "1@10"], ["5@3", "1@10"], ["3@10"]]),
        (10, 3, False, [["9@1.11", "3@3.33", "1@10"], ["5@3.33", "1@10"], ["3@10"]]),
        (10, 2.5, False, [["7@1.6", "2@4", "1@10"], ["4@4", "1@10"], ["3@10"]]),
        (1, 3, True, [["1@1"]]),
        (2, 3, False, [["1@2"]]),
    ],
)
def test_small_brackets(most: int, eta: float, whole: bool, brackets: list[list[str]]) -> None:
    assert shown(most, eta, whole) == brackets


@pytest.mark.parametrize(
    ("most", "eta", "sizes"),
    [
        (27, 3, [27, 12, 6, 4]),
        (9, 3, [9, 5, 3]),
        (16, 4, [16, 6, 3]),
        (10, 2.5, [7, 4, 3]),
        (243, 3, [243, 98, 41, 18, 9, 6]),
        (729, 3, [729, 284, 114, 48, 21, 11, 7]),
        (1000, 10, [1000, 134, 20, 4]),
    ],
)
def test_the_trials_of_each_bracket(most: int, eta: float, sizes: list[int]) -> None:
    assert [bracket.sizes[0] for bracket in brackets_of(matrix(most=most, eta=eta), None)] == sizes


@pytest.mark.parametrize(("most", "eta", "rungs"), [(59049, 3, 11), (10**6, 10, 7), (243, 3, 6), (242, 3, 5)])
def test_rungs_are_counted_without_logarithms_of_floats(most: int, eta: int, rungs: int) -> None:
    first = plan_brackets(most, Fraction(eta), Resource("epochs", whole=True))[0]
    assert first.amounts == tuple(most // eta**k for k in reversed(range(rungs)))


def test_whole_resources_are_not_cut_by_an_error_of_rounding() -> None:
    assert brackets_of(matrix(most=729), None)[0].amounts == (1, 3, 9, 27, 81, 243, 729)


def test_nothing_follows_the_whole_resource() -> None:
    assert all(bracket.amounts[-1] == 81 for bracket in brackets_of(matrix(most=81), None))


def test_rungs_that_are_cut_to_the_same_whole_number_are_one() -> None:
    # 10 / 1.5^5 = 1.3 and 10 / 1.5^4 = 1.98 are both 1: of 8 trials those two steps keep 8 / 1.5^2.
    assert shown(10, 1.5)[0] == ["8@1", "3@2", "2@4", "1@6", "1@10"]


def test_an_eta_is_the_decimal_number_that_was_written() -> None:
    assert exact(2.5) == Fraction(5, 2)
    assert exact(1.1) == Fraction(11, 10)
    assert powers_within(exact(1.1), exact(1.1) ** 7) == 7


FATES: list[tuple[Outcome, float | None]] = [
    *(("succeeded", float(value)) for value in range(6)),
    ("failed", None),
    ("stopped", None),
    ("stopped", 0.0),
    ("succeeded", None),
]


@settings(max_examples=3 * settings().max_examples)
@given(st.data())
def test_promotions_depend_on_values_alone(data: st.DataObject) -> None:
    most, eta = data.draw(st.sampled_from([(9, 3), (27, 3), (8, 2), (10, 2.5), (16, 4)]))
    size = data.draw(st.sampled_from([None, 1, 2, 7, 16, 30]))
    params = (
        {"x": {"kind": "linspace", "value": [0, 1, size]}}
        if size
        else {"x": {"kind": "uniform", "value": [0, 1]}}
    )
    searched = matrix(most=most, eta=eta, params=params)
    brackets = brackets_of(searched, parse_space(params)[0])
    fates: dict[int, tuple[Outcome, float | None]] = {}

    def fate(number: int, params: object) -> tuple[Outcome, float | None]:
        if number not in fates:
            fates[number] = data.draw(st.sampled_from(FATES))
        return fates[number]

    group = AnyOrder(
        make_searcher(searched, 1),
        data.draw(st.integers(1, 20)),
        fate,
        lambda count: data.draw(st.integers(0, count - 1)),
    ).run()
    promoted = {(promote.trial, promote.resource) for promote in group.promoted}
    assert len(promoted) == len(group.promoted)
    assert promoted == set().union(*(expected_promotions(bracket, fate) for bracket in brackets))
    assert len(group.suggested) == sum(bracket.sizes[0] for bracket in brackets)
    for bracket in brackets:
        of_bracket = Counter(resource for trial, resource in promoted if trial in bracket.numbers)
        places = dict(zip(bracket.amounts, bracket.sizes, strict=True))
        assert all(count <= places[resource] for resource, count in of_bracket.items())
    if size is not None:
        assert total_trials(searched) == len(group.suggested) <= size


@given(st.integers(1, 200), st.integers(0, 5))
def test_a_search_without_failures_has_exactly_its_starts(parallel: int, seed: int) -> None:
    group = Group(make_searcher(matrix(most=27), seed), parallel).run()
    assert len(group.suggested) == 49
    starts = Counter(new.resource for new in group.suggested) + Counter(p.resource for p in group.promoted)
    assert starts == {1: 27, 3: 9 + 12, 9: 3 + 4 + 6, 27: 1 + 1 + 2 + 4}
    assert len({json.dumps(new.params) for new in group.suggested}) == 49


@given(st.integers(2, 30), st.data())
def test_no_slot_is_idle_while_trials_are_left(parallel: int, data: st.DataObject) -> None:
    group = AnyOrder(
        make_searcher(matrix(most=27), 0),
        parallel,
        succeed,
        lambda count: data.draw(st.integers(0, count - 1)),
    )
    group.start()
    while len(group.suggested) < 49:
        assert len(group.running) == parallel
        group.finish()
        group.start()


def test_a_rung_ends_although_all_its_trials_fail() -> None:
    group = Group(make_searcher(matrix(most=9), 0), 4, fail).run()
    assert len(group.suggested) == 17
    assert group.promoted == []


def test_a_trial_goes_on_as_soon_as_it_is_certain() -> None:
    searcher = make_searcher(matrix(most=9), 0)  # 9@1, 3@3, 1@9
    results = [Completed(n, {"x": n / 10}, n + 1, "succeeded", float(n), 1) for n in range(7)]
    waiting = [Running(n, {"x": n / 10}, 1, paused=True) for n in range(7)]
    others = [Running(n, {"x": n / 10}, 1) for n in (7, 8)]
    searcher.update(results, [*waiting, *others])
    answer = searcher.suggest([9, 10])
    # Two are unknown, three go on: only the best one is certain, and four of those known never will.
    assert [type(known) for known in answer.suggestions] == [Promote, New, New]
    assert answer.suggestions[0] == Promote(
        0,
        3,
        {"algorithm": "hyperband", "bracket": 2, "rung": 1, "place": 1, "of": 7},
        message="place 1 of the 7 results at epochs=1 so far, certain to be one of the 3 that go on",
    )
    assert answer.closed == (3, 4, 5, 6)
    searcher.update([Completed(7, {"x": 0.7}, 8, "failed", None, 1)], [*waiting, others[1]])
    assert [p.trial for p in searcher.suggest([9, 10, 11]).suggestions if isinstance(p, Promote)] == [0, 1]


def test_a_trial_that_waits_for_its_retry_is_not_settled() -> None:
    searcher = make_searcher(matrix(most=3), 0)  # 3@1, 1@3
    running = [
        Running(0, {"x": 0.5}, 1, paused=True),
        Running(1, {"x": 0.5}, 1, paused=True),
        Running(2, {"x": 0.5}, 1),
    ]
    searcher.update([Completed(n, {"x": 0.5}, n + 1, "succeeded", 1.0, 1) for n in (0, 1)], running)
    assert not any(isinstance(known, Promote) for known in searcher.suggest([5]).suggestions)


def test_trials_deleted_by_hand_hold_up_nothing() -> None:
    searcher = make_searcher(matrix(most=3), 0)  # 3@1, 1@3; then 2@3
    searcher.update(
        [Completed(2, {"x": 0.5}, 1, "succeeded", 1.0, 1)], [Running(2, {"x": 0.5}, 1, paused=True)]
    )
    assert searcher.suggest([3]).suggestions[0] == Promote(
        2,
        3,
        {"algorithm": "hyperband", "bracket": 1, "rung": 1, "place": 1, "of": 1},
        last=True,
        message="the only result at epochs=1 so far, certain to be the one that goes on",
    )
    # While they are asked for, they may still come.
    assert not any(isinstance(known, Promote) for known in searcher.suggest([0, 1, 3]).suggestions)


def test_the_last_rung_is_told() -> None:
    group = Group(make_searcher(matrix(most=9), 0), 3).run()
    assert all(promote.last == (promote.resource == 9) for promote in group.promoted)
    assert all(new.last == (new.resource == 9) for new in group.suggested)


def test_a_finite_space_makes_the_bracket_smaller_in_which_it_ends() -> None:
    params = {"x": {"kind": "range", "value": [0, 100, 1]}}
    searched = matrix(most=81, params=params)
    assert [bracket.sizes for bracket in brackets_of(searched, parse_space(params)[0])] == [
        (81, 27, 9, 3, 1),
        (19, 6, 2, 1),
    ]
    group = Group(make_searcher(searched, 0), 10).run()
    assert group.done is not None
    assert (len(group.suggested), group.done.reason) == (100, "SpaceExhausted")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"eta": 1}, "eta"),
        ({"eta": 0.5}, "eta"),
        ({"eta": True}, "eta"),
        ({"eta": 1.0001}, "eta"),
        ({"maxIterations": 0}, "maxIterations"),
        ({"maxIterations": 2.5}, "maxIterations"),
        ({"maxIterations": 10**9}, "maxIterations"),
        ({"maxIterations": None}, "maxIterations"),
        ({"resource": None}, "resource"),
        ({"resource": "epochs"}, "resource"),
        ({"resource": {"name": "epochs"}}, "resource.type"),
        ({"resource": {"name": "epochs", "type": "integer"}}, "resource.type"),
        ({"resource": {"name": "X", "type": "int"}}, "resource.name"),
        ({"resource": {"name": "leadline", "type": "int"}}, "resource.name"),
        ({"metric": None}, "metric"),
        ({"metric": {"name": "loss"}}, "metric"),
        ({"sampler": "magic"}, "sampler"),
        ({"resume": "yes"}, "resume"),
        ({"numRuns": 20}, "numRuns"),
    ],
)
def test_mistakes_are_told_at_their_field(change: dict[str, object], path: str) -> None:
    assert [problem.path for problem in errors(check_matrix(matrix() | change))] == [path]
