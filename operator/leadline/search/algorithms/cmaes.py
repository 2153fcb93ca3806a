"""Covariance matrix adaptation: for many trials over numbers, where parameters hang together."""

from __future__ import annotations

from leadline.search.algorithms.sampled import sampled
from leadline.search.sampling.sampler import Sampler
from leadline.search.space.space import Space


def make(space: Space, seed: int) -> Sampler:
    """A new sampler; numpy is loaded by it."""
    from leadline.search.models.cmaes.sampler import CmaesSampler

    return CmaesSampler(space, seed)


CMAES = sampled("cmaes", make)
