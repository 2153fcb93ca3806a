"""Every sampler by the name that ``sampler:`` asks for it with, and random search as one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from leadline.search.algorithms.algorithm import MOST_TRIALS
from leadline.search.algorithms.random import RANDOM
from leadline.search.interface import New, Params
from leadline.search.sampling.sampler import Observation, Proposal, Sampler
from leadline.search.space.lookup import canonical
from leadline.search.space.space import Space


class RandomSampler:
    """Number n gets point n of random search; where others have chosen that one already, the next one left."""

    def __init__(self, space: Space, seed: int) -> None:
        self._size = space.size
        self._searcher = RANDOM.build({"kind": "random", "numRuns": MOST_TRIALS}, space, seed)

    def propose(
        self, observations: Sequence[Observation], pending: Sequence[Params], numbers: Sequence[int]
    ) -> list[Proposal]:
        """See ``Sampler``. Learns nothing."""
        taken = {canonical(dict(known.params)) for known in observations} | {
            canonical(dict(params)) for params in pending
        }
        found: list[Proposal] = []
        for number in numbers:
            proposal = self._first_free(number, taken)
            if proposal is not None:
                found.append(proposal)
                taken.add(canonical(dict(proposal.params)))
        return found

    def _first_free(self, number: int, taken: set[str]) -> Proposal | None:
        for place in self._places(number):
            new = self._searcher.suggest([place]).suggestions[0]
            assert isinstance(new, New)
            if not taken or canonical(dict(new.params)) not in taken:
                return Proposal(new.params, {"sampler": "random", "index": place})
        return None

    def _places(self, number: int) -> Iterable[int]:
        if self._size is None:
            return (number,)  # a continuous parameter never gives the same point twice
        return (place % self._size for place in range(number, number + self._size))


DEFAULT_SAMPLER = "random"


def _tpe(space: Space, seed: int) -> Sampler:
    from leadline.search.models.parzen.sampler import ParzenSampler

    return ParzenSampler(space, seed)


def _bayes(space: Space, seed: int) -> Sampler:
    from leadline.search.models.gp.sampler import GaussianSampler

    return GaussianSampler(space, seed)


SAMPLERS: dict[str, Callable[[Space, int], Sampler]] = {
    "random": RandomSampler,
    "tpe": _tpe,
    "bayes": _bayes,
}


def make_sampler(name: str, space: Space, seed: int) -> Sampler:
    """The sampler of this name. KeyError for one that does not exist."""
    return SAMPLERS[name](space, seed)
