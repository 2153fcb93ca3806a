"""One loss for each configuration, where they have told losses at several shares of the resource."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.search.interface import Params
from leadline.search.sampling.remembered import Remembered
from leadline.search.sampling.sampler import Observation
from leadline.search.space.lookup import key_of


class HighestInformed:
    """Losses at the greatest share that has enough of them, at the least one where none has; and the configurations
    that have not come so far. Falkner, Klein and Hutter 2018, "BOHB", arXiv:1807.01774.

    A configuration that failed before it came there is among the losses as failed. In the order of the first
    observation of each.
    """

    def __init__(self, enough: int) -> None:
        self._enough = enough
        self._key = Remembered(key_of)

    def __call__(self, observations: Sequence[Observation]) -> tuple[Sequence[Observation], list[Params]]:
        """(losses, the others)"""
        if all(observation.share == 1.0 for observation in observations):
            return observations, []
        by_share: dict[float, dict[str, Observation]] = {}
        failed: dict[str, Observation] = {}
        first: dict[str, Observation] = {}
        for observation in observations:
            name = self._key(observation.params)
            first.setdefault(name, observation)
            kind = failed if observation.loss is None else by_share.setdefault(observation.share, {})
            kind.setdefault(name, observation)
        shares = sorted(by_share, reverse=True)
        chosen = next(
            (share for share in shares if len(by_share[share]) >= self._enough), min(shares, default=1.0)
        )
        told = failed | by_share.get(chosen, {})
        others = [observation.params for name, observation in first.items() if name not in told]
        return [told[name] for name in first if name in told], others
