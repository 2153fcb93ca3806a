"""Spaces with conditions: how many points they have, and which one each index is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.problems import errors
from leadline.search import Space, parse_space
from leadline.search.space.conditions import Condition, can_be_active
from leadline.search.space.counting import Entangled
from unit.search.conditional import ABC, choice, space_of


@st.composite
def conditional(draw: st.DrawFn) -> Space:
    names = draw(st.permutations("abcdefg"[: draw(st.integers(1, 7))]))
    params = {name: choice(*range(draw(st.integers(1, 4)))) for name in sorted(names)}
    for i, name in enumerate(names[1:], start=1):
        parents = draw(st.lists(st.sampled_from(names[:i]), max_size=3, unique=True))
        when = {
            p: draw(st.lists(st.sampled_from(params[p]["value"]), min_size=1, unique=True)) for p in parents
        }
        candidate = {**params, name: {**params[name], **({"when": when} if when else {})}}
        if not errors(parse_space(candidate)[1]):
            params = candidate
    return space_of(**params)


def enumerated(
    space: Space, depth: int = 0, indices: dict[str, int] | None = None
) -> Iterator[dict[str, int]]:
    """Every point by trying all values of each active parameter in order."""
    chosen = indices or {}
    if depth == len(space.order):
        yield chosen
        return
    name = space.order[depth]
    if not space.is_active(name, chosen):
        yield from enumerated(space, depth + 1, chosen)
        return
    for index in range(space.parameters[name].size or 0):
        yield from enumerated(space, depth + 1, {**chosen, name: index})


@given(conditional())
@settings(max_examples=200, deadline=None)
def test_the_count_is_that_of_an_enumeration_and_every_point_has_its_place_in_it(space: Space) -> None:
    every = list(enumerated(space))

    assert space.size == len(every)
    for place in range(0, len(every), max(1, len(every) // 40)):
        point = space.point(place)
        assert space.indices_of(point) == every[place]
        assert tuple(point) == tuple(name for name in space.names if name in every[place])
    with pytest.raises(IndexError):
        space.point(len(every))


def test_a_point_belongs_to_the_space_only_with_exactly_its_active_parameters() -> None:
    space = space_of(
        p=ABC, q=choice(1, 2, p=["a"]), lr={"kind": "uniform", "value": [0, 1], "when": {"q": [2]}}
    )

    assert space.size is None
    assert space.indices_of({"p": "b"}) == {"p": 1}
    assert space.indices_of({"p": "a", "q": 2.0, "lr": 0.5}) == {"p": 0, "q": 1}
    for params in ({"p": "b", "q": 1}, {"p": "a"}, {"p": "a", "q": 3}, {"p": "a", "q": 2}, {"q": 1}, {}):
        assert space.indices_of(params) is None


def test_configurations_are_built_from_units_of_the_active_parameters_only() -> None:
    space = space_of(lr={"kind": "uniform", "value": [0, 1], "when": {"p": ["a"]}}, p=ABC)
    asked: list[str] = []

    def unit(name: str) -> float:
        asked.append(name)
        return 0.2

    assert space.from_units(unit) == {"lr": 0.2, "p": "a"}
    assert asked == ["p", "lr"]
    assert space.from_units(lambda name: 0.9) == {"p": "c"}


def test_a_continuous_parameter_that_is_never_active_leaves_a_space_finite() -> None:
    whole = space_of(p=ABC, q=choice(1, p=["a"]), lr={"kind": "uniform", "value": [0, 1]})
    never = {"lr": Condition({"p": frozenset({1}), "q": frozenset({0})}), **whole.conditions}

    assert not can_be_active("lr", never)
    assert Space(whole.parameters, never).size == 3


def test_forty_parameters_that_hang_on_one_are_counted_at_once() -> None:
    params: dict[str, Any] = {"z": choice(0, 1)}
    for i in range(20):
        params[f"a{i}"] = {"kind": "range", "value": [0, 10**9, 1], "when": {"z": [1]}}
        params[f"b{i}"] = choice("x", "y", **{f"a{i}": [5, 7]})
    space = space_of(**dict(sorted(params.items())))

    assert space.size == 1 + (10**9 + 2) ** 20
    assert space.indices_of(space.point(space.size // 3)) is not None


def test_a_space_too_entangled_to_be_counted_is_refused() -> None:
    params: dict[str, Any] = {f"p{i:02}": choice(0, 1, 2) for i in range(30)}
    for i in range(30):
        for j in range(i):
            params[f"q{i}_{j}"] = choice(1, 2, **{f"p{i:02}": [0], f"p{j:02}": [1]})
    space, problems = parse_space(params)

    assert space is None
    assert "counted" in str(problems[-1])
    with pytest.raises(ValueError, match="circle"):
        Space(space_of(p=ABC).parameters, {"p": Condition({"p": frozenset({0})})})
    assert issubclass(Entangled, ValueError)
