"""What samplers with a model have in common: the first trials by design, and no configuration twice."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np

from leadline.search.interface import Params
from leadline.search.models.columns import Floats
from leadline.search.models.encoding import Encoding, key, keys
from leadline.search.models.initial import InitialDesign
from leadline.search.models.rows import Rows
from leadline.search.models.threads import one_thread
from leadline.search.sampling.keyed import Keyed
from leadline.search.sampling.sampler import Observation, Proposal
from leadline.search.space.space import Space

_LEAST_TOLD: Final = 2
"""Results before there is anything to tell good from bad by."""


Proposed = tuple[Floats, Mapping[str, Any]]


class Learned(Protocol):
    """What a model has learned from one history; asked for each trial of a batch in turn."""

    def best(self, number: int, taken: set[bytes]) -> Proposed | None:
        """The row (width,) that promises most for the trial of this number, and what there is to tell of it (an
        ``acquisition``, …); None where what it would propose is taken."""

    def imagine(self, row: Floats) -> None:
        """Take a point as given out whose result is not known."""


class ModelSampler(ABC):
    """``Sampler`` by a model. initial: trials before it is asked; each usable result of an earlier search counts as
    one of them. label: of its random numbers."""

    def __init__(self, space: Space, seed: int, label: str, initial: int) -> None:
        self._initial = initial
        self._keyed = Keyed(seed, label)
        self._encoding = Encoding(space)
        self._rows = Rows(self._encoding)
        self._design = InitialDesign(self._encoding, seed)

    def propose(
        self, observations: Sequence[Observation], pending: Sequence[Params], numbers: Sequence[int]
    ) -> list[Proposal]:
        """See ``Sampler``."""
        if not numbers:
            return []
        with one_thread():
            return list(self._proposals(observations, pending, numbers))

    @abstractmethod
    def _learn(
        self, observations: Sequence[Observation], rows: Floats, pending: Floats, numbers: Sequence[int]
    ) -> Learned:
        """A model of the observations, whose rows are (n, width), that knows of the rows pending (m, width).
        numbers: of the trials it will be asked for."""

    def _rng(self, number: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(self._keyed.bits(128, number)))

    def _proposals(
        self, observations: Sequence[Observation], pending: Sequence[Params], numbers: Sequence[int]
    ) -> Iterator[Proposal]:
        rows, taken = self._rows([observation.params for observation in observations])
        waiting = self._encoding.rows(pending)
        taken.update(keys(waiting))
        known = [*(observation.params for observation in observations), *pending]
        told = [observation for observation in observations if observation.loss is not None]
        earlier = sum(observation.earlier for observation in told)
        learned: Learned | None = None
        for place, number in enumerate(numbers):
            origin: dict[str, Any] = {"phase": "initial"}
            found: Floats | None
            if number + earlier < self._initial or len(told) < _LEAST_TOLD:
                found = self._design(number, taken, known)
            else:
                if learned is None:
                    learned = self._learn(observations, rows, waiting, numbers[place:])
                best = learned.best(number, taken)
                if best is not None:
                    found, origin = best[0], {"phase": "model", **best[1]}
                else:
                    found, origin = self._design.any(number, taken, known), {"phase": "random"}
            if found is None:
                return
            params = self._encoding.decode(found)
            yield Proposal(params, origin)
            if place == len(numbers) - 1:
                return  # nobody asks for what would follow from it
            taken.add(key(found))
            known.append(params)
            if learned is not None:
                learned.imagine(found)
            else:
                waiting = np.vstack([waiting, found])
