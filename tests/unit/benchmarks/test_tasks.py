"""Every task: inside its own space, the same every time, and never better than the best."""

from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks.search.methods.dimensions import Categories, Places, Real, Whole, read_dimensions
from benchmarks.search.tasks import synthetic
from benchmarks.search.tasks.all import ALL, CURVES
from benchmarks.search.tasks.grids import TABLES
from benchmarks.search.tasks.tabulated import GRIDS
from benchmarks.search.tasks.task import Task, active
from scipy.stats import spearmanr

from leadline.search import check_matrix, make_searcher

POINTS = 1500
TASKS = [pytest.param(task, id=task.name) for task in (*ALL.values(), *CURVES.values())]
CURVED = [pytest.param(task, id=task.name) for task in CURVES.values()]


def test_there_are_enough_of_each_sort() -> None:
    assert len(ALL) >= 16
    assert len(CURVES) >= 3
    assert sum(task.quick for task in ALL.values()) == 4
    assert any("when" in raw for task in ALL.values() for raw in task.params.values())
    assert not ALL.keys() & CURVES.keys()


@pytest.mark.parametrize("task", TASKS)
def test_no_point_is_better_than_the_best(task: Task) -> None:
    losses = [task.objective(task.point(number)) for number in range(POINTS)]
    found = [loss for loss in losses if loss is not None]
    assert all(math.isfinite(loss) for loss in found)
    assert min(found) >= task.best - 1e-9
    assert len(found) >= POINTS / 2
    assert len(set(found)) > 100


@pytest.mark.parametrize("task", TASKS)
def test_our_random_search_takes_the_space_as_it_is(task: Task) -> None:
    matrix = {"kind": "random", "numRuns": 5, "params": dict(task.params)}
    assert [str(problem) for problem in check_matrix(matrix)] == []
    for suggestion in make_searcher(matrix, 1).suggest(list(range(5))).suggestions:
        assert dict(suggestion.params) == active(task.params, suggestion.params)  # type: ignore[union-attr]
        assert task.objective(suggestion.params) == task.objective(dict(suggestion.params))  # type: ignore[union-attr]


@pytest.mark.parametrize("task", CURVED)
def test_curves_cross_and_end_at_the_objective(task: Task) -> None:
    assert task.curves is not None
    points = [task.point(number) for number in range(60)]
    early = [task.curves.loss(point, 3) for point in points]
    late = [task.curves.loss(point, task.curves.most) for point in points]
    assert late == [task.objective(point) for point in points]
    both = [(a, b) for a, b in zip(early, late, strict=True) if a is not None and b is not None]
    correlation = float(spearmanr(np.array(both)).statistic)
    assert correlation < 0.97, "early losses must not tell everything"
    every = [
        task.curves.loss(point, epoch) for point in points for epoch in range(1, task.curves.most + 1, 8)
    ]
    assert min(loss for loss in every if loss is not None) >= task.best - 1e-9


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("rosenbrock5", {"a": 0.44, "b": 0.031, "c": 0.62, "d": 640.0, "e": -11.0}),
        ("rastrigin4", {"a": 0.37, "b": 0.9, "c": 0.3, "d": 16.2}),
        ("branin2", {"learning_rate": 1e-5 * 1e4 ** ((math.pi + 5) / 15), "dropout": 0.6 * 2.275 / 15}),
    ],
)
def test_the_best_is_there(name: str, params: dict[str, float]) -> None:
    assert ALL[name].objective(params) == pytest.approx(ALL[name].best, abs=1e-6)


def test_tables_are_small_and_attain_their_best() -> None:
    sizes = [path.stat().st_size for path in TABLES.glob("*.npz")]
    assert max(sizes) < 1_000_000
    assert sum(sizes) < 5_000_000
    for grid in GRIDS:
        where = np.unravel_index(int(np.nanargmin(grid.losses)), grid.losses.shape)
        params = {name: values[i] for i, (name, values) in zip(where, grid.values.items(), strict=False)}
        epoch = int(where[-1]) + 1 if grid.epochs else None
        assert grid.loss(params, epoch) == pytest.approx(grid.best)


def test_a_hash_changes_with_the_losses_and_with_nothing_else() -> None:
    task = synthetic.TASKS[0]
    again = Task(task.name, "other", task.params, task.objective, task.best, "other words", quick=True)
    assert again.hash == task.hash
    worse = Task(task.name, task.family, task.params, lambda p: task.objective(p) + 1, task.best, task.source)  # type: ignore[operator]
    assert worse.hash != task.hash


def test_a_parameter_is_left_out_with_its_parent() -> None:
    params = {
        "child": {"kind": "uniform", "value": [0, 1], "when": {"middle": [1]}},
        "middle": {"kind": "choice", "value": [1, 2], "when": {"top": ["a"]}},
        "top": {"kind": "choice", "value": ["a", "b"]},
    }
    assert active(params, {"child": 0.5, "middle": 1, "top": "b"}) == {"top": "b"}
    assert active(params, {"child": 0.5, "middle": 2, "top": "a"}) == {"middle": 2, "top": "a"}


def test_peers_get_each_kind_in_its_best_form() -> None:
    params = {
        "real": {"kind": "uniform", "value": [0, 2]},
        "log": {"kind": "loguniform", "value": {"min": 1e-3, "max": 1.0}},
        "normal": {"kind": "normal", "value": [5, 2]},
        "whole": {"kind": "range", "value": [2, 11, 2]},
        "wide": {"kind": "qloguniform", "value": {"min": 4, "max": 512, "q": 1}},
        "geometric": {"kind": "geomspace", "value": [1, 8, 4]},
        "numbers": {"kind": "choice", "value": [1, 5, 6]},
        "names": {"kind": "choice", "value": ["a", "b"]},
        "likely": {"kind": "pchoice", "value": [["a", 0.75], ["b", 0.25]]},
    }
    shapes = {dimension.name: dimension.shape for dimension in read_dimensions(params)}
    assert shapes == {
        "real": Real(0.0, 2.0),
        "log": Real(1e-3, 1.0, log=True),
        "normal": Real(-1.0, 11.0, normal=(5.0, 2.0)),
        "whole": Whole(2, 10, 2),
        "wide": Whole(4, 512, log=True),
        "geometric": Places((1, 2, 4, 8)),
        "numbers": Places((1, 5, 6)),
        "names": Categories(("a", "b")),
        "likely": Categories(("a", "b"), (0.75, 0.25)),
    }
