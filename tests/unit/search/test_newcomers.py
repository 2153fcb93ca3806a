"""Where a search by rungs takes its new configurations from, and what a model is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from contract.search.engine import Group
from leadline.search import Completed, Params, Running, make_searcher, parse_space
from leadline.search.rungs.fields import Settings
from leadline.search.rungs.newcomers import RANDOM_SHARE, Newcomers
from leadline.search.sampling.sampler import Observation, Proposal
from leadline.search.sampling.samplers import SAMPLERS, make_sampler
from leadline.search.space.space import Space
from unit.search.rung_searches import matrix

told: list[tuple[list[Observation], list[Params], list[int]]] = []


class Model:
    """Proposes 1 + number, which nothing random is, and remembers what it was told."""

    def __init__(self, space: Space, seed: int, least: float) -> None:
        told.clear()

    def propose(
        self, observations: Sequence[Observation], pending: Sequence[Params], numbers: Sequence[int]
    ) -> list[Proposal]:
        told.append((list(observations), list(pending), list(numbers)))
        return [Proposal({"x": 1.0 + number}, {"phase": "model"}) for number in numbers]


@pytest.fixture(autouse=True)
def model() -> Iterator[None]:
    SAMPLERS["model"] = Model
    yield
    del SAMPLERS["model"]


def newcomers(**more: Any) -> Newcomers:
    searched = matrix(sampler="model", **more)
    space, _ = parse_space(searched["params"])
    assert space is not None
    return Newcomers(space, 1, Settings.read(searched), 1)


def ended(number: int, resource: int, value: float | None, outcome: Any = "succeeded") -> Completed:
    return Completed(number, {"x": number / 100}, 10 * number + resource, outcome, value, resource)


def test_a_share_stays_random_and_the_rest_is_the_models() -> None:
    proposals = newcomers().propose([], range(300))
    assert len(proposals) == 300
    drawn = [proposal for proposal in proposals if proposal.origin["sampler"] == "random"]
    assert 300 / RANDOM_SHARE * 0.7 < len(drawn) < 300 / RANDOM_SHARE * 1.3
    for number, proposal in enumerate(proposals):
        assert proposal.origin["sampler"] == "random" or proposal.params == {"x": 1.0 + number}
    # What was drawn is pending for the model, so that it chooses something else.
    assert [known for known in told[0][1] if known["x"] <= 1] == [proposal.params for proposal in drawn]


def test_a_proposal_says_whose_it_is_and_what_was_known() -> None:
    source = newcomers(most=9)
    source.learn(ended(0, 1, 0.0))
    source.learn(ended(0, 3, 7.0))
    found = source.propose([Running(9, {"x": 0.9}, 1)], range(10, 40))
    knew = [(one.origin["sampler"], one.origin["history"]) for one in found]
    assert set(knew) == {("model", 2), ("random", 2)}
    assert min(one.origin["pending"] for one in found) == 1


def test_the_model_hears_of_every_rung_in_the_order_of_results() -> None:
    source = newcomers(most=9)
    source.learn(ended(0, 1, 0.0))
    source.learn(ended(1, 1, 1.0))
    source.learn(ended(0, 3, 7.0))
    source.learn(ended(0, 3, 6.0))
    source.learn(ended(0, 9, 5.0))
    source.propose([Running(1, {"x": 0.01}, 1), Running(9, {"x": 0.9}, 1)], [50, 51, 52])
    observations, pending, _ = told[-1]
    assert [(known.params["x"], known.loss, known.share) for known in observations] == [
        (0.0, 0.0, 1 / 9),
        (0.01, 1.0, 1 / 9),
        (0.0, 7.0, 1 / 3),
        (0.0, 5.0, 1.0),
    ], "of two results at one rung the first one counts"
    assert {"x": 0.9} in pending
    assert {"x": 0.01} not in pending, "it has told something"


def test_failures_are_told_and_stops_are_pending() -> None:
    source = newcomers()
    source.learn(ended(0, 1, None, "failed"))
    source.learn(ended(1, 1, None, "stopped"))
    source.learn(ended(2, 1, 0.5))
    source.propose([], [50, 51, 52])
    observations, pending, _ = told[-1]
    assert [(known.params["x"], known.loss) for known in observations] == [(0.0, None), (0.02, 0.5)]
    assert {"x": 0.01} in pending


def test_losses_are_smaller_for_better_values() -> None:
    source = newcomers(most=9, metric={"name": "accuracy", "optimization": "maximize"})
    source.learn(ended(0, 1, 0.9))
    source.propose([], [50, 51, 52])
    assert told[-1][0] == [Observation({"x": 0.0}, -0.9, 1 / 9)]


@pytest.mark.parametrize("kind", ["hyperband", "asha"])
def test_a_search_with_a_model_ends_as_one_without(kind: str) -> None:
    runs: dict[str, Any] = {"numRuns": 20} if kind == "asha" else {}
    params = {"x": {"kind": "uniform", "value": [0, 100]}}
    group = Group(make_searcher(matrix(kind, most=9, sampler="model", params=params, **runs), 3), 4).run()
    assert len(group.suggested) == (20 if kind == "asha" else 17)
    assert len({str(new.params) for new in group.suggested}) == len(group.suggested)


def test_random_search_as_a_sampler_gives_nothing_twice_even_among_others() -> None:
    space, _ = parse_space({"x": {"kind": "range", "value": [0, 6, 1]}})
    assert space is not None
    sampler = make_sampler("random", space, 5)
    whole = [proposal.params["x"] for proposal in sampler.propose((), (), range(6))]
    assert sorted(whole) == list(range(6))
    left = sampler.propose([Observation({"x": 0}, 1.0)], [{"x": 3}], range(6))
    assert sorted(proposal.params["x"] for proposal in left) == [1, 2, 4, 5]
    assert [proposal.params["x"] for proposal in sampler.propose((), (), [4])] == [whole[4]]


def test_random_search_as_a_sampler_leaves_a_branch_that_has_no_point_left() -> None:
    """The branch of one point is drawn nine times in ten, and was chosen by others before."""
    space, _ = parse_space(
        {
            "model": {"kind": "pchoice", "value": [["dummy", 0.9], ["mlp", 0.1]]},
            "lr": {"kind": "uniform", "value": [0, 1], "when": {"model": ["mlp"]}},
        }
    )
    assert space is not None
    found = make_sampler("random", space, 5).propose([Observation({"model": "dummy"}, 1.0)], [], range(20))
    assert len({proposal.params["lr"] for proposal in found}) == 20
