"""Test functions, written so that each has its minimum at the origin; those with a shape of their own keep it.

Sources: M. Jamil and X.-S. Yang, "A literature survey of benchmark functions for global optimization problems" (2013),
for all but Hartmann's, which are in L. C. W. Dixon and G. P. Szegö, "Towards Global Optimization 2" (1978).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

BRANIN_BEST = 0.39788735772973816
HARTMANN6_BEST = -3.3223680114155147

_STYBLINSKI_AT = -2.903534027771177
_STYBLINSKI_BEST = -39.166165703771416


def rotation(size: int, seed: int) -> NDArray[np.float64]:
    """A rotation (or reflection) that is uniform over all of them, by its seed."""
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))
    rotated: NDArray[np.float64] = q * np.sign(np.diag(r))
    return rotated


def sphere(z: Vector) -> float:
    """The squared distance."""
    return float(z @ z)


def ellipsoid(z: Vector) -> float:
    """A bowl whose axes differ by a factor of 100 in curvature."""
    return float(np.sum(np.logspace(0, 2, len(z)) * z**2))


def rosenbrock(z: Vector) -> float:
    """A bent valley; good for |z| up to some 2."""
    x = z + 1
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def ackley(z: Vector) -> float:
    """Many shallow pits around one deep one."""
    mean_square, mean_cosine = float(np.mean(z**2)), float(np.mean(np.cos(2 * np.pi * z)))
    return max(0.0, float(-20 * np.exp(-0.2 * np.sqrt(mean_square)) - np.exp(mean_cosine) + 20 + np.e))


def levy(z: Vector) -> float:
    """Waves across a bowl, of unlike heights."""
    w = 1 + z / 4
    first, last = np.sin(np.pi * w[0]) ** 2, (w[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[-1]) ** 2)
    middle = np.sum((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:-1] + 1) ** 2))
    return float(first + middle + last)


def rastrigin(z: Vector) -> float:
    """A bowl full of equal pits, 3 deep rather than the usual 10."""
    return float(np.sum(z**2 + 3 * (1 - np.cos(2 * np.pi * z))))


def styblinski(z: Vector) -> float:
    """Two valleys in each dimension, one of them deeper."""
    x = z + _STYBLINSKI_AT
    return float(np.sum((x**4 - 16 * x**2 + 5 * x) / 2 - _STYBLINSKI_BEST))


def griewank(z: Vector) -> float:
    """A wide bowl with ripples."""
    ripples = np.prod(np.cos(z / np.sqrt(np.arange(1, len(z) + 1))))
    return float(1 + np.sum(z**2) / 400 - ripples)


def branin(x: Vector) -> float:
    """Three equal minima; x within the unit square."""
    a, b = 15 * x[0] - 5, 15 * x[1]
    bowl = b - 5.1 / (4 * np.pi**2) * a**2 + 5 / np.pi * a - 6
    return float(bowl**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(a) + 10)


_HARTMANN_WEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
_HARTMANN_WIDTHS = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_HARTMANN_CENTRES = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann6(x: Vector) -> float:
    """Four pits of unlike depth; x within the unit cube of 6 dimensions."""
    inside = np.sum(_HARTMANN_WIDTHS * (x - _HARTMANN_CENTRES) ** 2, axis=1)
    return float(-_HARTMANN_WEIGHTS @ np.exp(-inside))
