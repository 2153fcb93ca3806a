"""The first points of a search are near to wherever the best one may be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import qmc

from leadline.search import parse_space
from leadline.search.models.encoding import Encoding
from leadline.search.models.initial import InitialDesign


def design(count: int, params: dict[str, Any], seed: int = 0) -> Any:
    """The first rows."""
    space, problems = parse_space(params)
    assert space is not None, problems
    initial = InitialDesign(Encoding(space), seed)
    return np.stack([row for number in range(count) if (row := initial(number, set(), [])) is not None])


def floats(count: int) -> dict[str, Any]:
    return {f"x{i:02}": {"kind": "uniform", "value": [0, 1]} for i in range(count)}


@pytest.mark.parametrize(("width", "gain"), [(3, 0.98), (5, 0.9), (10, 0.8), (20, 0.8)])
def test_the_nearest_of_eight_is_nearer_to_an_optimum_anywhere_than_of_a_plain_net(
    width: int, gain: float
) -> None:
    optima = np.random.default_rng(0).random((500, width))

    def distance(points: Any) -> float:
        return float(((optima[:, None, :] - points) ** 2).sum(axis=2).min(axis=1).mean())

    ours = [distance(design(8, floats(width), seed)) for seed in range(20)]
    plain = [distance(qmc.Sobol(width, rng=seed).random(8)) for seed in range(20)]
    assert np.mean(ours) < gain * np.mean(plain)


def test_one_or_two_parameters_are_covered_from_end_to_end() -> None:
    for width in (1, 2):
        points = design(32, floats(width))
        assert points.min() < 0.05
        assert points.max() > 0.95


def test_the_more_points_the_further_they_spread() -> None:
    points = np.abs(design(1000, floats(10)) - 0.5)
    assert points[:8].max() <= 0.3
    assert points[8:].max() > 0.4


def test_every_category_comes_as_often_as_it_should() -> None:
    params = floats(8) | {"kind": {"kind": "pchoice", "value": [["a", 0.75], ["b", 0.25]]}}
    rows = design(64, params)
    space, _ = parse_space(params)
    assert space is not None
    place = Encoding(space).names.index("kind")
    assert (rows[:, place] == 0).sum() == 48
