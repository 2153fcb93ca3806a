"""Searches that take points and earlier results: points come first and once, results are believed, nothing is lost."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.search.engine import Group, as_text, mixed, succeed, through_json
from contract.search.spaces import build_matrix, matrices
from contract.search.test_searchers import CONDITIONAL, FINITE, MIXED, SEEDS
from leadline.search import Completed, New, Prior, make_searcher, parse_space, total_trials
from leadline.search.prior import WITHOUT
from leadline.search.registry import ALGORITHMS
from leadline.search.space.fit import MisfitError, fit

KINDS = tuple(kind for kind in ALGORITHMS if kind not in WITHOUT)
SHARES = st.floats(0.02, 0.98)
every_kind = pytest.mark.parametrize("kind", KINDS)


def text(params: Any) -> str:
    return json.dumps(dict(params), sort_keys=True)


def space_size(matrix: dict[str, Any]) -> int | None:
    """How many points there are."""
    space, _ = parse_space(matrix["params"])
    assert space is not None
    return space.size


def some_points(matrix: dict[str, Any], shares: list[float]) -> tuple[dict[str, Any], ...]:
    """Different points of a space."""
    space, _ = parse_space(matrix["params"])
    assert space is not None

    def point(share: float) -> dict[str, Any]:
        return space.from_units(lambda name: 0.02 + (share + len(name) / 7) % 1 * 0.96)

    found = [point(share) for share in shares]
    return tuple({text(point): point for point in found}.values())


@every_kind
@given(st.data())
def test_points_come_first_and_no_point_comes_twice(kind: str, data: st.DataObject) -> None:
    matrix, seed = data.draw(matrices(kind)), data.draw(SEEDS)
    points = some_points(matrix, data.draw(st.lists(SHARES, max_size=5)))
    fate = data.draw(st.sampled_from([succeed, mixed]))
    group = Group(make_searcher(matrix, seed, prior=Prior(points)), data.draw(st.integers(1, 7)), fate).run()
    suggested = [text(new.params) for new in group.suggested]
    assert suggested[: len(points)] == [text(point) for point in points][: len(suggested)]
    assert len(suggested) == total_trials(matrix)
    assert all(suggested.count(text(point)) == 1 for point in points[: len(suggested)])


@every_kind
@pytest.mark.parametrize("params", [FINITE, CONDITIONAL], ids=["finite", "conditional"])
@pytest.mark.parametrize("parallel", [1, 4, 30])
def test_a_finite_space_is_still_searched_to_its_end(
    kind: str, params: dict[str, Any], parallel: int
) -> None:
    matrix = build_matrix(kind, params, 100)
    points = some_points(matrix, [0.9, 0.1, 0.5, 0.3])
    group = Group(make_searcher(matrix, 3, prior=Prior(points)), parallel, mixed).run()
    space, _ = parse_space(matrix["params"])
    assert space is not None
    suggested = {text(new.params) for new in group.suggested}
    assert len(suggested) == len(group.suggested) == space.size == total_trials(matrix)


def earlier(space_of: dict[str, Any], count: int, resource: Any) -> tuple[Completed, ...]:
    points = some_points(space_of, [(i + 0.5) / count for i in range(count)])
    return tuple(
        Completed(
            -1 - i,
            point,
            i - len(points),
            "succeeded" if i % 4 else "failed",
            i / 2 if i % 4 else None,
            resource,
        )
        for i, point in enumerate(points)
    )


@every_kind
@given(st.data())
def test_earlier_results_keep_every_promise(kind: str, data: st.DataObject) -> None:
    """One history gives one answer, fed at once or in pieces; the search ends, and repeats nothing."""
    matrix, seed = data.draw(matrices(kind)), data.draw(SEEDS)
    results = earlier(matrix, data.draw(st.integers(0, 12)), matrix.get("maxIterations"))
    prior = Prior(some_points(matrix, data.draw(st.lists(SHARES, max_size=2))), results)
    pieces = Group(make_searcher(matrix, seed, prior=prior), 3, mixed)
    for _ in range(data.draw(st.integers(0, 6))):
        pieces.start()
        if not pieces.running:
            break
        pieces.finish()
    numbers = list(range(len(pieces.suggested), len(pieces.suggested) + 3))
    pieces.searcher.update(pieces.unseen, pieces.present)
    pieces.unseen = []
    expected = pieces.searcher.suggest(numbers)
    again = make_searcher(matrix, seed, prior=Prior(prior.points, tuple(through_json(list(results)))))
    again.update(through_json(pieces.history), through_json(pieces.present))
    answer = again.suggest(numbers)
    assert as_text(answer.suggestions) == as_text(expected.suggestions)
    assert answer.done == expected.done
    ended = pieces.run()
    assert ended.done is not None
    if space_size(matrix) is not None:
        suggested = [text(new.params) for new in ended.suggested]
        assert len(set(suggested)) == len(suggested)


@pytest.mark.parametrize("kind", ["bayes", "tpe", "hyperopt"])
def test_points_known_before_are_not_tried_again(kind: str) -> None:
    matrix = build_matrix(kind, FINITE, 30)
    results = earlier(matrix, 6, None)
    group = Group(make_searcher(matrix, 0, prior=Prior((), results)), 4).run()
    known = {text(result.params) for result in results}
    assert not known & {text(new.params) for new in group.suggested}
    assert len(group.suggested) == 15 - len(known)
    assert group.done is not None
    assert group.done.message.startswith(
        f"the space has 15 points, {len(known)} of them known before, fewer than"
    )


@pytest.mark.parametrize("kind", ["tpe", "bayes"])
def test_earlier_results_make_the_first_trials_better(kind: str) -> None:
    matrix = build_matrix(kind, {"x": {"kind": "uniform", "value": [0, 1]}}, 14)
    matrix["metric"] = {"name": "loss", "optimization": "minimize"}
    results = tuple(
        Completed(i - 40, {"x": (i + 0.5) / 40}, i - 40, "succeeded", abs((i + 0.5) / 40 - 0.3))
        for i in range(40)
    )
    group = Group(
        make_searcher(matrix, 1, prior=Prior((), results)), 1, lambda n, p: ("succeeded", abs(p["x"] - 0.3))
    )
    suggested = group.run().suggested
    assert suggested[0].origin["phase"] == "model", "known results are enough to begin with"
    found = [abs(new.params["x"] - 0.3) for new in suggested]
    assert sum(found) / len(found) < 0.1


@pytest.mark.parametrize("kind", ["grid", "random", "sobol"])
def test_results_change_nothing_where_nothing_is_learned(kind: str) -> None:
    matrix = build_matrix(kind, FINITE, 9)
    plain = make_searcher(matrix, 2).suggest(range(9))
    assert make_searcher(matrix, 2, prior=Prior((), earlier(matrix, 5, None))).suggest(range(9)) == plain


def test_what_a_caller_does_to_a_point_changes_nothing() -> None:
    matrix = build_matrix("random", MIXED, 4)
    points = ({"lr": 0.01, "kernel": [1, 2], "layers": 3, "p": "x", "q": 0.5},)
    searcher = make_searcher(matrix, 2, prior=Prior(points))
    new = searcher.suggest([0]).suggestions[0]
    assert isinstance(new, New)
    new.params["kernel"].append(3)
    assert searcher.suggest([0]).suggestions[0].params == points[0]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"kernel": "rbf", "gamma": 0.5}, None),
        ({"kernel": "linear"}, None),
        ({"kernel": "rbf"}, "gamma is missing"),
        ({"kernel": "linear", "gamma": 0.5}, "gamma is given where its condition (when) does not hold"),
        ({"kernel": "rbf", "gamma": 0.7}, "gamma can't be 0.7"),
        ({"kernel": "linear", "C": 1}, "C is not a parameter; there are: kernel, degree, coef, gamma"),
    ],
)
def test_a_point_fits_or_it_is_told_why_not(params: dict[str, Any], words: str | None) -> None:
    space, _ = parse_space(CONDITIONAL)
    assert space is not None
    if words is None:
        assert fit(space, params) == params
        return
    with pytest.raises(MisfitError, match=re.escape(words)):
        fit(space, params)
