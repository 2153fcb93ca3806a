"""One model of results at several resources."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from leadline.search import parse_space
from leadline.search.models.gp.resource import AtWhole, aligned, with_resource
from leadline.search.models.gp.sampler import GaussianSampler
from leadline.search.sampling.sampler import Observation


def test_the_column_of_the_resource_is_a_logarithm_from_the_least_to_the_whole() -> None:
    rows = np.array([[0.1], [0.2], [0.3], [0.4]])
    found = with_resource(rows, np.array([1.0, 1 / 9, 1 / 81, 1 / 1000]), 1 / 81)
    assert found[:, 0] == pytest.approx(rows[:, 0])
    assert found[:, 1] == pytest.approx([1.0, 0.5, 0.0, 0.0]), "whichever comes first"
    assert with_resource(rows[:2], np.array([1.0, 1 / 3]), 1.0)[:, 1] == pytest.approx([1.0, 1.0])


def test_losses_are_moved_by_what_trials_gain_in_the_middle() -> None:
    names = ["a", "b", "c", "a", "b", "a", "d"]
    shares = np.array([1 / 9, 1 / 9, 1 / 9, 1 / 3, 1 / 3, 1.0, 1 / 27])
    losses = np.array([9.0, 8.0, 7.0, 5.0, 6.0, 4.5, 20.0])
    # From a third on: 0.5. From a ninth: 4 and 2, so 3 more. From less nothing is known.
    assert aligned(names, losses, shares) == pytest.approx([5.5, 4.5, 3.5, 4.5, 5.5, 4.5, 16.5])
    assert losses[0] == 9.0, "what it was given is left alone"


def test_a_model_at_the_whole_resource_takes_rows_without_it() -> None:
    class Model:
        def predict(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            assert (rows[:, -1] == 1.0).all()
            return rows.sum(axis=1), rows[:, 0]

        def predict_with_gradient(self, row: np.ndarray) -> tuple[float, float, np.ndarray, np.ndarray]:
            assert row[-1] == 1.0
            return 1.0, 2.0, 3 * row, 4 * row

    model = AtWhole(Model())  # type: ignore[arg-type]
    rows = np.array([[0.5, 0.25], [0.0, 1.0]])
    assert model.predict(rows)[0] == pytest.approx([1.75, 2.0])
    _, _, by_mean, by_variance = model.predict_with_gradient(rows[0])
    assert by_mean == pytest.approx([1.5, 0.75])
    assert by_variance == pytest.approx([2.0, 1.0])


def test_early_results_are_believed_as_far_as_whole_ones_bear_them_out() -> None:
    space, _ = parse_space({"x": {"kind": "uniform", "value": [0, 1]}})
    assert space is not None
    sampler = GaussianSampler(space, 1, least=1 / 9)

    def proposed(early: Callable[[float], float], whole: Callable[[float], float]) -> float:
        observations = [Observation({"x": n / 12}, 2.0 + early(n / 12), 1 / 9) for n in range(13)]
        observations += [Observation({"x": n / 12}, whole(n / 12)) for n in (1, 4, 6, 9, 11)]
        [found] = sampler.propose(observations, [], [20])
        return float(found.params["x"])

    assert proposed(lambda x: -x, lambda x: -x) > 0.9
    assert proposed(lambda x: -x, lambda x: x) < 0.1
