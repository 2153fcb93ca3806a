"""Which loss of a configuration counts where it has told several, at several shares of the resource."""

from __future__ import annotations

from leadline.search.sampling.informed import HighestInformed
from leadline.search.sampling.sampler import Observation


def seen(x: float, loss: float | None, share: float = 1.0) -> Observation:
    return Observation({"x": x}, loss, share)


def test_whole_trials_are_left_as_they_are() -> None:
    observations = [seen(1, 5.0), seen(2, None), seen(1, 4.0)]
    assert HighestInformed(2)(observations) == (observations, [])


def test_the_greatest_share_with_enough_losses_counts_and_the_others_wait() -> None:
    low = [seen(n, float(n), 1 / 9) for n in range(4)]
    high = [seen(2, 9.0, 1 / 3), seen(0, 8.0, 1 / 3)]
    assert HighestInformed(3)([*low, *high]) == (low, []), "two are not enough"
    told, others = HighestInformed(2)([*low, *high])
    assert told == [seen(0, 8.0, 1 / 3), seen(2, 9.0, 1 / 3)], "in the order of their first results"
    assert others == [{"x": 1}, {"x": 3}]


def test_where_no_share_has_enough_the_least_one_counts() -> None:
    observations = [seen(1, 1.0, 1 / 9), seen(2, 2.0, 1 / 9), seen(1, 5.0, 1 / 3)]
    assert HighestInformed(9)(observations) == (observations[:2], [])


def test_what_failed_is_told_as_failed_unless_it_came_so_far_before() -> None:
    observations = [seen(1, 1.0, 1 / 9), seen(2, 2.0, 1 / 9), seen(1, None), seen(3, None)]
    assert HighestInformed(2)(observations) == (
        [seen(1, 1.0, 1 / 9), seen(2, 2.0, 1 / 9), seen(3, None)],
        [],
    )
    higher = [seen(2, 3.0, 1 / 3), seen(4, 0.0, 1 / 9), seen(4, 3.0, 1 / 3)]
    told, others = HighestInformed(2)([*observations, *higher])
    assert told == [seen(1, None), seen(2, 3.0, 1 / 3), seen(3, None), seen(4, 3.0, 1 / 3)]
    assert others == []


def test_nothing_but_failures() -> None:
    assert HighestInformed(2)([seen(1, None), seen(2, None)]) == ([seen(1, None), seen(2, None)], [])
