"""Mutations are real configurations near their parents, and parents are good ones of the latest."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contract.search.spaces import active_names, inside, spaces
from leadline.search import Observation, Space
from leadline.search.models.encoding import INACTIVE, Encoding, key
from leadline.search.models.evolution.mutation import mutate
from leadline.search.models.evolution.sampler import EvolutionSampler
from leadline.search.sampling.points import Fresh
from unit.search.conditional import space_from


@given(spaces(), st.integers(0, 1000))
def test_a_mutation_is_another_configuration_of_the_space(params: dict[str, Any], seed: int) -> None:
    space = space_from(params)
    encoding = Encoding(space)
    if not encoding.width:
        return
    drawn = Fresh(space, 0).draw(seed)
    assert drawn is not None
    parent = encoding.encode(drawn)
    if (parent == INACTIVE).all():
        return
    child = encoding.decode(mutate(encoding, parent, np.random.default_rng(seed)))
    assert set(child) == set(active_names(params, child))
    assert all(inside(space.parameters[name], value) for name, value in child.items())
    if space.size is not None:
        assert child != drawn


def test_integers_make_a_step_of_one_at_least() -> None:
    encoding = Encoding(space_from({"n": {"kind": "range", "value": [0, 1000, 1]}}))
    rng = np.random.default_rng(0)
    for value in (0, 1, 500, 999):
        children = [
            encoding.decode(mutate(encoding, encoding.encode({"n": value}), rng))["n"] for _ in range(50)
        ]
        assert value not in children
        assert {abs(child - value) for child in children} != {1}


def test_what_becomes_active_is_drawn_and_what_is_not_goes() -> None:
    space = space_from(
        {
            "kind": {"kind": "choice", "value": ["a", "b"]},
            "lr": {"kind": "uniform", "value": [0, 1], "when": {"kind": ["b"]}},
        }
    )
    encoding, rng = Encoding(space), np.random.default_rng(0)
    born = [encoding.decode(mutate(encoding, encoding.encode({"kind": "a"}), rng)) for _ in range(50)]
    assert all(child["kind"] == "b" for child in born)
    assert np.ptp([child["lr"] for child in born]) > 0.5
    parent = encoding.encode({"kind": "b", "lr": 0.5})
    assert {"kind": "a"} in [encoding.decode(mutate(encoding, parent, rng)) for _ in range(50)]


WIDE = {f"c{i}": {"kind": "choice", "value": list("abcdefgh")} for i in range(12)}


def observed(space: Space, count: int, loss: Any) -> list[Observation]:
    fresh = Fresh(space, 5)
    found = [fresh.draw(number) for number in range(count)]
    return [Observation(params, loss(i)) for i, params in enumerate(found) if params is not None]


def nearest(space: Space, child: Any, observations: list[Observation]) -> int:
    """The place of the observation that the child has most in common with."""
    same = [sum(child[name] == o.params[name] for name in space.names) for o in observations]
    return int(np.argmax(same))


def test_parents_are_good_ones_of_the_latest_results() -> None:
    space = space_from(WIDE)
    # The best are the oldest; of the latest twenty, the last ones are the best.
    observations = observed(space, 60, lambda i: float(i) if i < 40 else 1000.0 - i)
    proposals = EvolutionSampler(space, 1).propose(observations, [], range(100, 160))
    parents = [nearest(space, proposal.params, observations) for proposal in proposals]
    assert min(parents) >= 40
    assert float(np.median(parents)) >= 55
    assert all(proposal.origin["phase"] == "mutation" for proposal in proposals)


def test_what_failed_is_no_parent() -> None:
    space = space_from(WIDE)
    observations = observed(space, 30, lambda i: None if i != 17 else 3.0) + observed(space, 1, lambda i: 9.0)
    proposals = EvolutionSampler(space, 1).propose(observations, [], range(100, 130))
    assert {nearest(space, proposal.params, observations) for proposal in proposals} <= {17, 30, 0}


def test_a_child_is_no_configuration_known() -> None:
    space = space_from(
        {"a": {"kind": "choice", "value": [1, 2, 3]}, "b": {"kind": "choice", "value": list("xyz")}}
    )
    encoding = Encoding(space)
    every = [space.point(i) for i in range(9)]
    observations = [Observation(params, float(i)) for i, params in enumerate(every[:8])]
    proposals = EvolutionSampler(space, 1).propose(observations, [], [20])
    assert [key(encoding.encode(proposal.params)) for proposal in proposals] == [
        key(encoding.encode(every[8]))
    ]
