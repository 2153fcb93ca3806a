"""New configurations for a search by rungs: from a sampler, told what the highest rung with enough results says.

A model of the highest informed rung (Falkner, Klein and Hutter 2018, "BOHB", arXiv:1807.01774); and some of the
configurations stay random whatever the model thinks, for it learns mostly from trials that were cut short.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    """Proposes configurations; fed with every result, in order."""

    def __init__(self, space: Space, seed: int, settings: Settings) -> None:
        self._settings = settings
        self._random = make_sampler("random", space, seed)
        self._model = None if settings.sampler == "random" else make_sampler(settings.sampler, space, seed)
        self._share = Keyed(seed, "random share")
        self._enough = len(space.names) + 1
        self._params: dict[int, Params] = {}
        self._failed: dict[int, None] = {}
        self._losses: dict[Amount, dict[int, float]] = {}

    def learn(self, result: Completed) -> None:
        """Take in one result."""
        if self._model is None:
            return
        self._params.setdefault(result.number, result.params)
        loss = self._settings.loss(result)
        if loss is not None and result.resource is not None:
            self._losses.setdefault(result.resource, {}).setdefault(result.number, loss)
        elif result.outcome == "failed":
            self._failed[result.number] = None

    def propose(self, running: Iterable[Running], numbers: Sequence[int]) -> list[Proposal]:
        """One configuration for each number; fewer where the space has no more."""
        if self._model is None:
            return self._random.propose((), (), numbers)
        observations, pending = self._told(running)
        by_chance = [number for number in numbers if self._share.below(RANDOM_SHARE, number) == 0]
        drawn = self._random.propose(observations, pending, by_chance)
        pending += [proposal.params for proposal in drawn]
        others = sorted(set(numbers) - set(by_chance))
        modelled = self._model.propose(observations, pending, others)
        found = dict(zip(by_chance, drawn, strict=False)) | dict(zip(others, modelled, strict=False))
        return [found[number] for number in sorted(found)]

    def _told(self, running: Iterable[Running]) -> tuple[list[Observation], list[Params]]:
        losses = self._informed()
        known = dict(losses) | dict.fromkeys(self._failed.keys() - losses.keys())
        # In the order in which each trial first told something, which is the order of sequences.
        observations = [
            Observation(params, known[number]) for number, params in self._params.items() if number in known
        ]
        pending = [params for number, params in self._params.items() if number not in known]
        pending += [trial.params for trial in running if trial.number not in self._params]
        return observations, pending

    def _informed(self) -> dict[int, float]:
        """Losses at the greatest resource that has enough of them; at the least one where none has."""
        for amount in sorted(self._losses, reverse=True):
            if len(self._losses[amount]) >= self._enough:
                return self._losses[amount]
        return self._losses[min(self._losses)] if self._losses else {}
