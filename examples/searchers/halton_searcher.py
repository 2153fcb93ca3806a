"""Halton's sequence: points that cover a space evenly, each coordinate in a prime base of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leadline.search import Observation, Params, Proposal, Space

PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)


class Halton:
    """A sampler: what has run tells it nothing, the number of a trial is its place in the sequence."""

    def __init__(self, matrix: Mapping[str, Any], space: Space | None, seed: int) -> None:
        if space is None or len(space.names) > len(PRIMES):
            raise ValueError(f"halton needs params, and no more than {len(PRIMES)}")
        self._space, self._shift = space, seed % 1000
        self._bases = dict(zip(sorted(space.names), PRIMES, strict=False))

    def propose(
        self, observations: Sequence[Observation], pending: Sequence[Params], numbers: Sequence[int]
    ) -> list[Proposal]:
        """One point for each number."""
        return [self._point(number) for number in numbers]

    def _point(self, number: int) -> Proposal:
        place = number + self._shift + 1
        return Proposal(
            self._space.from_units(lambda name: inverse(place, self._bases[name])), {"place": place}
        )


def inverse(place: int, base: int) -> float:
    """The digits of a number, mirrored at the point."""
    share, scale = 0.0, 1.0
    while place:
        place, digit = divmod(place, base)
        scale /= base
        share += digit * scale
    return share
