"""One loss for each configuration, where they have told losses at several shares of the resource."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.search.interface import Params
from leadline.search.sampling.sampler import Observation
from leadline.search.space.lookup import canonical


def highest_informed(
    observations: Sequence[Observation], enough: int
) -> tuple[list[Observation], list[Params]]:
    """Losses at the greatest share that has enough of them, at the least one where none has; and the configurations
    that have not come so far. Falkner, Klein and Hutter 2018, "BOHB", arXiv:1807.01774.

    A configuration that failed before it came there is among the losses as failed. In the order of the first
    observation of each.
    """
    if all(observation.share == 1.0 for observation in observations):
        return list(observations), []
    by_share: dict[float, dict[str, Observation]] = {}
    names = [canonical(dict(observation.params)) for observation in observations]
    for name, observation in zip(names, observations, strict=True):
        if observation.loss is not None:
            by_share.setdefault(observation.share, {}).setdefault(name, observation)
    failed = {name: known for name, known in zip(names, observations, strict=True) if known.loss is None}
    shares = sorted(by_share, reverse=True)
    chosen = next((share for share in shares if len(by_share[share]) >= enough), min(shares, default=1.0))
    told = failed | by_share.get(chosen, {})
    first = dict(zip(reversed(names), reversed(observations), strict=True))
    order = list(dict.fromkeys(names))
    return [told[name] for name in order if name in told], [
        first[name].params for name in order if name not in told
    ]
