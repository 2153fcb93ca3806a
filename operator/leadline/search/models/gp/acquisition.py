"""How much a point promises, from the mean and variance predicted of it; greater is better, losses are minimised.

All are on a logarithmic scale or linear in the mean, so that their gradients do not vanish far from the best point:
Ament et al. 2023, "Unexpected Improvements to Expected Improvement", arXiv:2310.20708.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy import special

from leadline.search.models.columns import Floats

Acquisition = Callable[[Floats, Floats], tuple[Floats, Floats, Floats]]
"""(mean, variance) -> (value, derivative by mean, derivative by variance), elementwise."""

_LOG_ROOT_TWO_PI: Final = 0.5 * np.log(2.0 * np.pi)
_FAR: Final = -5.0


def log_expected_improvement(best: float, eps: float = 0.0) -> Acquisition:
    """log E[max(best - eps - f, 0)]: Jones, Schonlau and Welch 1998, doi:10.1023/A:1008306431147."""

    def value(mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
        deviation = np.sqrt(variance)
        z = (best - eps - mean) / deviation
        log_h = _log_h(z)
        ratio = np.exp(special.log_ndtr(z) - log_h)
        # log EI = log deviation + log h(z), h' = Φ
        return (
            np.log(deviation) + log_h,
            -ratio / deviation,
            (1.0 - ratio * z) / (2.0 * variance),
        )

    return value


def _log_h(z: Floats) -> Floats:
    """log(φ(z) + z Φ(z)), without cancellation for z far below zero."""
    near = np.maximum(z, _FAR)
    logs: Floats = np.log(np.exp(-0.5 * near * near - _LOG_ROOT_TWO_PI) + near * special.ndtr(near))
    tail = z <= _FAR
    if tail.any():
        logs[tail] = _log_h_far(z[tail])
    return logs


def _log_h_far(far: Floats) -> Floats:
    # φ(z) (1 + z Φ(z)/φ(z)), and 1 - x ≈ 1/z² - 3/z⁴ + 15/z⁶ for the bracket (Mills' ratio).
    inverse = 1.0 / (far * far)
    bracket = np.where(
        far > -50.0,
        1.0 + far * np.sqrt(np.pi / 2.0) * special.erfcx(-far / np.sqrt(2.0)),
        inverse * (1.0 - 3.0 * inverse),
    )
    logs: Floats = -0.5 * far * far - _LOG_ROOT_TWO_PI + np.log(bracket)
    return logs


def log_probability_of_improvement(best: float, eps: float = 0.0) -> Acquisition:
    """log P(f < best - eps): Kushner 1964, doi:10.1115/1.3653121."""

    def value(mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
        deviation = np.sqrt(variance)
        z = (best - eps - mean) / deviation
        log_cdf = special.log_ndtr(z)
        ratio = np.exp(-0.5 * z * z - _LOG_ROOT_TWO_PI - log_cdf)
        return log_cdf, -ratio / deviation, -ratio * z / (2.0 * variance)

    return value


def lower_confidence_bound(kappa: float) -> Acquisition:
    """-(mean - kappa deviations): Srinivas et al. 2010, arXiv:0912.3995. Polyaxon's ucb."""

    def value(mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
        deviation = np.sqrt(variance)
        return kappa * deviation - mean, np.full_like(mean, -1.0), kappa / (2.0 * deviation)

    return value
