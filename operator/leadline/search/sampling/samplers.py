"""Every sampler by the name that ``sampler:`` asks for it with, and random search as one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from leadline.search.algorithms.algorithm import MOST_TRIALS
from leadline.search.algorithms.random import RANDOM
from leadline.search.interface import New, Params
from leadline.search.sampling.points import Fresh
from leadline.search.sampling.remembered import Remembered
from leadline.search.sampling.sampler import Observation, Proposal, Sampler
from leadline.search.space.lookup import key_of
from leadline.search.space.space import Space


class RandomSampler:
    """Number n gets point n of random search; where others have chosen that one already, one of those left."""

    def __init__(self, space: Space, seed: int) -> None:
        self._space, self._seed = space, seed
        self._key = Remembered(key_of)
        self._searcher = RANDOM.build({"kind": "random", "numRuns": MOST_TRIALS}, space, seed)

    def propose(
        self, observations: Sequence[Observation], pending: Sequence[Params], numbers: Sequence[int]
    ) -> list[Proposal]:
        """See ``Sampler``. Learns nothing."""
        if not numbers:
            return []
        known = [*(observation.params for observation in observations), *pending]
        taken = {self._key(observation.params) for observation in observations}
        taken.update(map(key_of, pending))
        fresh: Fresh | None = None
        found: list[Proposal] = []
        for number in numbers:
            params: Params | None = self._point(number)
            origin: dict[str, Any] = {"sampler": "random", "index": number}
            if params is None or key_of(params) in taken:
                fresh = fresh or Fresh(self._space, self._seed, known)
                params, origin = fresh.draw(number), {"sampler": "random"}
                if params is None:
                    break
            elif fresh is not None:
                fresh.take(params)
            taken.add(key_of(params))
            known.append(params)
            found.append(Proposal(params, origin))
        return found

    def _point(self, number: int) -> Params | None:
        """None beyond the last point of the space."""
        for new in self._searcher.suggest([number]).suggestions:
            assert isinstance(new, New)
            return new.params
        return None


DEFAULT_SAMPLER = "random"


def _random(space: Space, seed: int, least: float) -> Sampler:
    return RandomSampler(space, seed)


def _tpe(space: Space, seed: int, least: float) -> Sampler:
    from leadline.search.models.parzen.sampler import ParzenSampler

    return ParzenSampler(space, seed)


def _bayes(space: Space, seed: int, least: float) -> Sampler:
    from leadline.search.models.gp.sampler import GaussianSampler

    return GaussianSampler(space, seed, least=least)


SAMPLERS: dict[str, Callable[[Space, int, float], Sampler]] = {
    "random": _random,
    "tpe": _tpe,
    "bayes": _bayes,
}


def make_sampler(name: str, space: Space, seed: int, least: float = 1.0) -> Sampler:
    """The sampler of this name. KeyError for one that does not exist. least: share of the resource that every result
    has at the least."""
    return SAMPLERS[name](space, seed, least)
