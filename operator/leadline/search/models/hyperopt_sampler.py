"""Configurations by the hyperopt library: its ``tpe``, ``rand`` and ``anneal`` with their own defaults.

The library is asked for one configuration at a time, with random numbers of that trial's own, and is told of
everything that runs, so that no two are alike. Its loop, its progress bars and its files are not used.
Bergstra, Yamins and Cox 2013, "Making a Science of Model Search".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from hyperopt import anneal, rand, tpe
from hyperopt.base import JOB_STATE_DONE, JOB_STATE_RUNNING, STATUS_FAIL, STATUS_OK, STATUS_RUNNING, Trials

from leadline.search.interface import Params
from leadline.search.models.encoding import Encoding, key, keys
from leadline.search.models.hyperopt_space import HyperoptSpace
from leadline.search.models.rows import Rows
from leadline.search.sampling.keyed import Keyed
from leadline.search.sampling.points import Fresh
from leadline.search.sampling.remembered import Remembered
from leadline.search.sampling.sampler import Observation, Proposal
from leadline.search.space.space import Space

_STARTUP: Final = 20
"""Trials before its tpe estimates anything: the library's default."""
_LEAST_TOLD: Final = 2
_ATTEMPTS: Final = 8
"""Answers that were given out before; after that many any other configuration will do."""
_SEED_BITS: Final = 63


class HyperoptSampler:
    """``Sampler`` by the hyperopt library. method: ``tpe``, ``rand`` or ``anneal``."""

    def __init__(self, space: Space, seed: int, method: str) -> None:
        self._space, self._seed, self._method = space, seed, method
        self._keyed = Keyed(seed, f"hyperopt {method}")
        self._encoding = Encoding(space)
        self._rows = Rows(self._encoding)
        self._hyperopt = HyperoptSpace(space)
        self._numbers = Remembered(self._hyperopt.encode)

    def propose(
        self, observations: Sequence[Observation], pending: Sequence[Params], numbers: Sequence[int]
    ) -> list[Proposal]:
        """See ``Sampler``."""
        known = [*(o.params for o in observations), *pending]
        _, taken = self._rows([o.params for o in observations])
        taken.update(keys(self._encoding.rows(pending)))
        told = sum(o.loss is not None for o in observations)
        trials = self._history(observations, pending)
        fresh: Fresh | None = None
        proposals: list[Proposal] = []
        for number in numbers:
            phase = self._phase(told, len(known))
            params = self._ask(phase, trials, number, taken) if self._hyperopt.columns else None
            if params is None:
                # Little is left, or what is left is hardly ever drawn.
                fresh = fresh or Fresh(self._space, self._seed, known)
                params, phase = fresh.draw(number), "unseen"
                if params is None:
                    break
            elif fresh is not None:
                fresh.take(params)
            taken.add(key(self._encoding.encode(params)))
            self._add(trials, self._hyperopt.encode(params), STATUS_RUNNING, None)
            trials.refresh()
            known.append(params)
            proposals.append(Proposal(params, {"method": self._method, "phase": phase}))
        return proposals

    def _phase(self, told: int, known: int) -> str:
        if self._method == "rand":
            return "random"
        if self._method == "tpe":
            return "model" if told >= _LEAST_TOLD and known >= _STARTUP else "initial"
        return "model" if told else "initial"

    def _ask(self, phase: str, trials: Trials, number: int, taken: set[bytes]) -> dict[str, Any] | None:
        """A configuration that is not taken; None where the library has only others."""
        for attempt in range(_ATTEMPTS):
            seed = self._keyed.bits(_SEED_BITS, number, attempt)
            with np.errstate(all="ignore"):  # logarithms of densities that are 0
                params = self._hyperopt.decode(self._suggest(phase, trials, seed))
            if key(self._encoding.encode(params)) not in taken:
                return params
        return None

    def _suggest(self, phase: str, trials: Trials, seed: int) -> dict[str, float]:
        """The library's numbers for one trial."""
        ids, domain = [len(trials.trials)], self._hyperopt.domain
        if phase != "model":
            documents = rand.suggest(ids, domain, trials, seed)
        elif self._method == "tpe":
            documents = tpe.suggest(ids, domain, trials, seed, n_startup_jobs=0, verbose=False)
        else:
            documents = anneal.suggest(ids, domain, trials, seed)
        return {name: found[0] for name, found in documents[0]["misc"]["vals"].items() if len(found)}

    def _history(self, observations: Sequence[Observation], pending: Sequence[Params]) -> Trials:
        """The documents that the library would have written itself."""
        trials = Trials(refresh=False)
        for observation in observations:
            status = STATUS_FAIL if observation.loss is None else STATUS_OK
            self._add(trials, self._numbers(observation.params), status, observation.loss)
        for params in pending:
            self._add(trials, self._hyperopt.encode(params), STATUS_RUNNING, None)
        trials.refresh()
        return trials

    def _add(self, trials: Trials, numbers: dict[str, float | int], status: str, loss: float | None) -> None:
        number = len(trials._dynamic_trials)
        names = self._hyperopt.columns
        misc = {
            "tid": number,
            "cmd": None,
            "idxs": {name: [number] if name in numbers else [] for name in names},
            "vals": {name: [numbers[name]] if name in numbers else [] for name in names},
        }
        result = {"status": status, **({} if loss is None else {"loss": loss})}
        state = JOB_STATE_RUNNING if status == STATUS_RUNNING else JOB_STATE_DONE
        document = {
            "tid": number,
            "spec": None,
            "result": result,
            "misc": misc,
            "state": state,
            "exp_key": None,
        }
        trials._dynamic_trials.append(document)
