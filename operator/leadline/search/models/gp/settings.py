"""What can be set of ``bayes``, read from its ``utilityFunction``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from leadline.search.models.gp import kernel

_MATERN: Final[Mapping[float, kernel.Profile]] = {
    0.5: kernel.matern12,
    1.5: kernel.matern32,
    2.5: kernel.matern52,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """initial: trials before the model. acquisition: ei, ucb or poi. kappa: of ucb, in deviations. eps: of ei and poi,
    in deviations of the results. length: expected length scale, None for the usual one. restarts: further starts
    of a fit. warmup: candidates over the whole space. climbs: how many of them are improved.
    """

    initial: int = 8
    acquisition: str = "ei"
    kappa: float = 2.576
    eps: float = 0.0
    profile: kernel.Profile = kernel.matern52
    length: float | None = None
    restarts: int = 0
    warmup: int = 1024
    climbs: int = 5

    @classmethod
    def read(cls, matrix: Mapping[str, Any], initial: int) -> Settings:
        """From a matrix without errors; null counts as not given."""
        utility = _given(matrix.get("utilityFunction"))
        process = _given(utility.get("gaussianProcess"))
        usual = cls()
        nu = process.get("nu")
        profile = usual.profile if nu is None else _MATERN[float(nu)]
        return cls(
            initial=initial,
            acquisition=utility.get("acquisitionFunction", usual.acquisition),
            kappa=float(utility.get("kappa", usual.kappa)),
            eps=float(utility.get("eps", usual.eps)),
            profile=kernel.rbf if process.get("kernel") == "rbf" else profile,
            length=process.get("lengthScale"),
            restarts=process.get("numRestartsOptimizer", usual.restarts),
            warmup=utility.get("numWarmup", usual.warmup),
            climbs=utility.get("numIterations", usual.climbs),
        )


def _given(fields: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (fields or {}).items() if value is not None}
