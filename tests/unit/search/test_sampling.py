"""Random bits, permutations and draws without replacement, none of which have a state."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import permutations
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.search import Space, parse_space
from leadline.search.sampling.keyed import Keyed, Permutation
from leadline.search.sampling.unseen import Point, Unseen
from leadline.search.space.parameters import Weighted


def test_bits_depend_on_seed_label_number_and_attempt_only() -> None:
    keys = [(seed, label) for seed in (0, 1, -1, 11) for label in ("a", "1 a", "b")]
    drawn = {
        (key, n, attempt): Keyed(*key).bits(64, n, attempt)
        for key in keys
        for n in (0, 1, 256)
        for attempt in (0, 1)
    }
    assert len(set(drawn.values())) == len(drawn)
    assert Keyed(0, "a").bits(64, 256, 1) == drawn[(0, "a"), 256, 1]


def test_more_bits_than_one_hash_holds_are_as_random() -> None:
    wide = Keyed(3, "wide").bits(5000, 7)
    assert wide.bit_length() > 4950
    assert abs(wide.bit_count() - 2500) < 5 * sqrt(5000) / 2
    assert len({wide >> shift & (2**512 - 1) for shift in range(0, 4488, 512)}) == 9


def test_numbers_below_a_limit_are_even() -> None:
    counts = Counter(Keyed(1, "even").below(7, n) for n in range(7000))
    chi_squared = sum((counts[value] - 1000) ** 2 / 1000 for value in range(7))
    assert chi_squared < 22.5  # the 99.9 % point for six degrees of freedom


@given(st.integers(1, 5000), st.integers())
@settings(max_examples=40, deadline=None)
def test_a_permutation_meets_every_number_once(size: int, seed: int) -> None:
    order = Permutation(size, seed, "p")
    assert sorted(order(n) for n in range(size)) == list(range(size))


@given(st.integers(1025, 10**400), st.integers(0, 1000))
@settings(max_examples=100, deadline=None)
def test_a_huge_permutation_stays_inside_and_repeats_nothing(size: int, seed: int) -> None:
    order = Permutation(size, seed, "p")
    places = {order(n) for n in range(20)} | {order(size - 1 - n) for n in range(20)}
    assert len(places) == 40
    assert all(0 <= place < size for place in places)


def test_places_outside_a_permutation_are_refused() -> None:
    for size in (5, 5000):
        with pytest.raises(IndexError):
            Permutation(size, 0, "p")(size)
        with pytest.raises(IndexError):
            Permutation(size, 0, "p")(-1)


def test_every_order_of_a_few_is_equally_likely() -> None:
    counts = Counter(tuple(Permutation(4, seed, "p")(n) for n in range(4)) for seed in range(4800))
    assert set(counts) == set(permutations(range(4)))
    assert sum((count - 200) ** 2 / 200 for count in counts.values()) < 49.7  # 99.9 %, 23 degrees of freedom


def test_the_start_of_a_large_permutation_looks_random() -> None:
    size, blocks, numbers = 100_003, 20, 4000
    order = Permutation(size, 5, "p")
    counts = Counter(order(n) * blocks // size for n in range(numbers))
    assert sum((counts[b] - 200) ** 2 / 200 for b in range(blocks)) < 43.8  # 99.9 %, 19 degrees of freedom
    ascents = sum(order(n) < order(n + 1) for n in range(numbers))
    assert abs(ascents - numbers / 2) < 4 * sqrt(numbers / 12)


def parsed(**params: object) -> Space:
    space, problems = parse_space(params)
    assert space is not None, problems
    return space


def test_drawing_goes_on_until_nothing_is_left() -> None:
    space = parsed(
        a={"kind": "pchoice", "value": [["x", 0.98], ["y", 0.01], ["z", 0.01]]},
        b={"kind": "choice", "value": [1, 2, 3]},
    )
    keyed = Keyed(4, "test")
    unseen = Unseen(space)
    assert unseen.take((0, 1))
    drawn = [unseen.draw(partial(draw, keyed, n)) for n in range(8)]
    assert sorted([(0, 1), *drawn]) == [(a, b) for a in range(3) for b in range(3)]
    assert not unseen.take((2, 2))
    with pytest.raises(LookupError):
        unseen.draw(lambda limit, depth: 0)


def test_the_second_draw_has_the_probabilities_of_what_the_first_left() -> None:
    letters, digits = Weighted("pchoice", ["a", "b"], [1, 3]), Weighted("pchoice", [0, 1], [2, 1])
    masses = {(a, b): (1, 3)[a] * (2, 1)[b] for a in range(2) for b in range(2)}
    expected = {
        (first, second): masses[first] / 12 * masses[second] / (12 - masses[first])
        for first, second in permutations(masses, 2)
    }
    runs = 6000
    counts: Counter[tuple[Point, ...]] = Counter()
    for run in range(runs):
        keyed, unseen = Keyed(run, "test"), Unseen(Space({"a": letters, "b": digits}))
        counts[tuple(unseen.draw(partial(draw, keyed, n)) for n in range(2))] += 1
    assert set(counts) == set(expected)
    chi_squared = sum((counts[pair] - runs * p) ** 2 / (runs * p) for pair, p in expected.items())
    assert chi_squared < 31.3  # 99.9 %, eleven degrees of freedom


def draw(keyed: Keyed, number: int, limit: int, depth: int) -> int:
    return keyed.below(limit, number, depth)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_any_place_on_the_line_of_what_is_left_is_a_point_not_seen(data: st.DataObject) -> None:
    weights = data.draw(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=4), min_size=1, max_size=3))
    parameters = [Weighted("pchoice", list(range(len(w))), w) for w in weights]
    space = Space({str(i): parameter for i, parameter in enumerate(parameters)})
    unseen, seen = Unseen(space), set[Point]()
    for _ in range(space.size or 0):
        point = unseen.draw(lambda limit, depth: data.draw(st.integers(0, limit - 1)))
        assert point not in seen
        seen.add(point)
    with pytest.raises(LookupError):
        unseen.draw(lambda limit, depth: 0)
