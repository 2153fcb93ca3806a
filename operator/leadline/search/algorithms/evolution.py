"""Regularised evolution: for thousands of trials over choices, as in a search for an architecture."""

from __future__ import annotations

from leadline.search.algorithms.sampled import sampled
from leadline.search.sampling.sampler import Sampler
from leadline.search.space.space import Space


def make(space: Space, seed: int) -> Sampler:
    """A new sampler; numpy is loaded by it."""
    from leadline.search.models.evolution.sampler import EvolutionSampler

    return EvolutionSampler(space, seed)


EVOLUTION = sampled("evolution", make)
