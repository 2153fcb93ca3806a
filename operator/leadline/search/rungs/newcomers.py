"""New configurations for a search by rungs: from a sampler, told what every rung says.

Some of the configurations stay random whatever the model thinks, for it learns mostly from trials that were cut short
(Falkner, Klein and Hutter 2018, "BOHB", arXiv:1807.01774).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from leadline.search.interface import Completed, Params, Running
from leadline.search.rungs.fields import Settings
from leadline.search.rungs.resources import Amount
from leadline.search.sampling.keyed import Keyed
from leadline.search.sampling.sampler import Observation, Proposal
from leadline.search.sampling.samplers import make_sampler
from leadline.search.space.space import Space

RANDOM_SHARE = 3
"""One configuration in so many is drawn at random (the paper's rho = 1/3)."""


class Newcomers:
    """Proposes configurations; fed with every result, in order. least: the resource of the lowest rung of all."""

    def __init__(self, space: Space, seed: int, settings: Settings, least: Amount) -> None:
        self._settings = settings
        self._random = make_sampler("random", space, seed)
        share = min(1.0, float(least) / settings.most)
        self._model = (
            None if settings.sampler == "random" else make_sampler(settings.sampler, space, seed, share)
        )
        self._share = Keyed(seed, "random share")
        self._observations: list[Observation] = []
        self._seen: dict[int, set[Amount]] = {}
        self._silent: list[Params] = []

    def learn(self, result: Completed) -> None:
        """Take in one result."""
        if self._model is None:
            return
        loss, amount, earlier = self._settings.loss(result), result.resource, result.number < 0
        new = result.number not in self._seen
        seen = self._seen.setdefault(result.number, set())
        if loss is not None and amount is not None:
            if amount not in seen:
                share = min(1.0, float(amount) / self._settings.most)
                self._observations.append(Observation(result.params, loss, share, earlier))
            seen.add(amount)
        elif result.outcome == "failed":
            self._observations.append(Observation(result.params, None, earlier=earlier))
        elif new:
            self._silent.append(result.params)

    def propose(self, running: Iterable[Running], numbers: Sequence[int]) -> list[Proposal]:
        """One configuration for each number; fewer where the space has no more."""
        if self._model is None:
            return self._random.propose((), (), numbers)
        observations, pending = self._told(running)
        knew = {"history": len(observations), **({"pending": len(pending)} if pending else {})}
        by_chance = [number for number in numbers if self._share.below(RANDOM_SHARE, number) == 0]
        drawn = self._random.propose(observations, pending, by_chance)
        pending += [proposal.params for proposal in drawn]
        others = sorted(set(numbers) - set(by_chance))
        modelled = self._model.propose(observations, pending, others)
        found = dict(zip(by_chance, drawn, strict=False)) | dict(zip(others, modelled, strict=False))
        # What was drawn at random says so itself.
        told = {"sampler": self._settings.sampler}
        proposals = (found[number] for number in sorted(found))
        return [replace(one, origin={**told, **one.origin, **knew}) for one in proposals]

    def _told(self, running: Iterable[Running]) -> tuple[list[Observation], list[Params]]:
        pending = [trial.params for trial in running if trial.number not in self._seen]
        return self._observations, [*self._silent, *pending]
