"""Parzen densities are densities, and their ratio leads to where good results are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate

from leadline.search import parse_space
from leadline.search.models.columns import Column
from leadline.search.models.encoding import INACTIVE
from leadline.search.models.parzen.density import Density, Draws


def column(kind: str, value: Any) -> Column:
    space, problems = parse_space({"x": {"kind": kind, "value": value}})
    assert space is not None, problems
    return Column(space.parameters["x"])


def test_a_density_over_a_continuous_column_has_mass_one() -> None:
    density = Density(
        (column("uniform", [0, 1]),), np.array([[0.0], [0.2], [0.95]]), np.array([1.0, 2.0, 1.0])
    )
    mass, _ = integrate.quad(lambda x: float(np.exp(density.log(np.array([[x]])))[0]), 0, 1, limit=200)
    assert mass == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("range", [0, 7, 1]),
        ("choice", ["a", "b", "c"]),
        ("choice", [64, 16, 32]),
        ("pchoice", [["a", 0.7], ["b", 0.3]]),
        ("quniform", [0, 1, 0.25]),
    ],
)
def test_a_density_over_a_finite_column_has_mass_one(kind: str, value: Any) -> None:
    finite = column(kind, value)
    assert finite.levels is not None
    density = Density((finite,), finite.levels[:2, None], np.ones(2))
    assert np.exp(density.log(finite.levels[:, None])).sum() == pytest.approx(1.0, abs=0.02)


def test_draws_come_as_often_as_the_density_says() -> None:
    finite = column("choice", ["a", "b", "c"])
    density = Density((finite,), np.array([[1.0], [1.0], [1.0], [2.0]]), np.ones(4))
    drawn = density.sample(np.random.default_rng(0), 20_000)[:, 0]
    shares = np.exp(density.log(np.array([[0.0], [1.0], [2.0]])))
    assert np.bincount(drawn.astype(int)) / 20_000 == pytest.approx(shares, abs=0.02)


def test_the_best_draw_is_near_the_good_and_far_from_the_others() -> None:
    columns = (column("uniform", [0, 1]), column("uniform", [0, 1]))
    good = Density(columns, np.array([[0.8, 0.2], [0.82, 0.25]]), np.ones(2))
    others = Density(columns, np.random.default_rng(1).random((30, 2)), np.ones(30))
    row, ratio = Draws(good, others, good.sample(np.random.default_rng(0), 64)).best()
    assert np.abs(row - [0.81, 0.22]).max() < 0.35
    assert ratio > 0


def test_a_batch_spreads_out() -> None:
    columns = (column("uniform", [0, 1]),)
    good = Density(columns, np.array([[0.3], [0.31], [0.7]]), np.ones(3))
    others = Density(columns, np.linspace(0, 1, 20)[:, None], np.ones(20))
    draws = Draws(good, others, good.sample(np.random.default_rng(2), 256))
    rows = []
    for _ in range(12):
        row, _ = draws.best()
        rows.append(float(row[0]))
        draws.add(row)
    assert len(set(rows)) == 12
    assert max(rows) - min(rows) > 0.2


def test_one_more_component_weighs_as_if_it_had_been_there() -> None:
    columns = (column("range", [0, 11, 1]), column("choice", ["a", "b"]))
    rows = np.array([[0.1, 0.0], [0.5, 1.0], [0.9, 0.0]])
    whole = Density(columns, rows, np.ones(3))
    draws = Draws(whole, whole, whole.sample(np.random.default_rng(0), 32))
    before = draws._favourable - draws._grown + np.log(draws._mass)
    assert before == pytest.approx(np.zeros(32), abs=1e-9)
    draws.add(np.array([0.5, 1.0]))
    after = draws._favourable - draws._grown + np.log(draws._mass)
    near = draws._rows[:, 1] == 1.0
    assert after[near].mean() < after[~near].mean()


def test_one_more_component_is_the_product_of_one_for_each_column() -> None:
    columns = (
        column("uniform", [0, 1]),
        column("choice", ["a", "b"]),
        column("loguniform", [1, 9]),
        column("range", [0, 7, 1]),
    )
    rng = np.random.default_rng(3)

    def rows(count: int) -> np.ndarray:
        shares = rng.random((count, len(columns)))
        return np.stack([one.sample(shares[:, i]) for i, one in enumerate(columns)], axis=1)

    seen, asked = rows(6), rows(9)
    whole = Density(columns, seen, np.ones(6))
    for row in (*rows(3), seen[0]):
        apart = [
            Density((one,), seen[:, i : i + 1], np.ones(6))
            .components_at(asked[:, i : i + 1])
            .around(row[i : i + 1])
            for i, one in enumerate(columns)
        ]
        assert whole.components_at(asked).around(row) == pytest.approx(np.sum(apart, axis=0))
    narrow = whole.components_at(np.array([seen[0], 1.0 - seen[0]])).around(seen[0])
    assert narrow[0] > narrow[1], "it lies around its own row"


def test_one_more_component_has_mass_one() -> None:
    density = Density((column("uniform", [0, 1]),), np.array([[0.1], [0.4]]), np.ones(2))
    mass, _ = integrate.quad(
        lambda x: float(np.exp(density.components_at(np.array([[x]])).around(np.array([0.3])))[0]),
        0,
        1,
        limit=200,
    )
    assert mass == pytest.approx(1.0, abs=1e-6)


def test_what_a_configuration_does_not_have_is_as_believed_before_and_says_nothing() -> None:
    columns = (column("choice", ["a", "b"]), column("uniform", [0, 1]), column("range", [0, 7, 1]))
    level = float(columns[2].sample(np.array([0.4]))[0])
    seen = np.array([[0.0, 0.3, INACTIVE], [1.0, INACTIVE, level], [0.0, 0.32, INACTIVE]])
    whole = Density(columns, seen, np.ones(3))
    first = Density(columns[:1], seen[:, :1], np.ones(3))
    nowhere = np.array([[0.0, INACTIVE, INACTIVE], [1.0, INACTIVE, INACTIVE]])
    assert whole.log(nowhere) == pytest.approx(first.log(nowhere[:, :1])), (
        "only the column that is there counts"
    )
    row = np.array([1.0, INACTIVE, INACTIVE])
    assert whole.components_at(nowhere).around(row) == pytest.approx(
        first.components_at(nowhere[:, :1]).around(row[:1])
    )
    some = np.array([[1.0, 0.1, INACTIVE], [1.0, 0.5, INACTIVE], [1.0, 0.9, INACTIVE]])
    even = whole.components_at(some).around(row)
    assert even[0] == even[2] < even[1], "as wide as the box"
    drawn = whole.sample(np.random.default_rng(0), 4000)
    of_a = drawn[drawn[:, 0] == 0.0, 1]
    assert np.mean(np.abs(of_a - 0.31) < 0.3) > 0.6, "near those that had it"
    mass, _ = integrate.quad(
        lambda x: float(
            np.exp(whole.log(np.array([[c, x, one] for c in (0.0, 1.0) for one in np.arange(7) / 6]))).sum()
        ),
        0,
        1,
        limit=100,
    )
    assert mass == pytest.approx(1.0, abs=0.02)
