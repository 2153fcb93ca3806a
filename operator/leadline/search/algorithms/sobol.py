"""Points that fill the space evenly: a scrambled Sobol sequence, one dimension per parameter.

Sobol 1967, doi:10.1016/0041-5553(67)90144-9; directions by Joe and Kuo 2008, doi:10.1137/070709359; scrambling by
Matousek 1998, doi:10.1006/jcom.1998.0489; all as in scipy.stats.qmc, which is imported when the first point is
asked for. Dimensions go to parameters in the order of their names, since the API server keeps no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from leadline.problems import Problem
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.algorithms.budget import total_by_runs
from leadline.search.algorithms.indexed import Indexed
from leadline.search.interface import New, Searcher
from leadline.search.sampling.keyed import Keyed
from leadline.search.sampling.points import has_endless, params_at, point_of
from leadline.search.sampling.unseen import Point, Unseen
from leadline.search.space.parameters import Finite
from leadline.search.space.space import Space

MOST_DIMENSIONS = 64
"""Beyond a few dozen the pairs of later dimensions are no better than random for any usual number of trials."""

_BITS = 30
_BLOCK = 256
"""Points computed at once, a power of two as the sequence likes it."""
_BLOCKS_KEPT = 4
_SKIPS = 64
"""Points of the sequence that may repeat earlier ones before a remaining point is drawn instead."""


def check(matrix: Matrix, space: Space | None) -> Iterator[Problem]:
    """Refuses more dimensions than the sequence is good for."""
    if space is not None and len(space.names) > MOST_DIMENSIONS:
        message = f"sobol takes at most {MOST_DIMENSIONS} parameters, not {len(space.names)}"
        yield Problem("params", message, "use kind: random")


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """Points of a finite space that the sequence meets again are skipped."""
    assert space is not None
    ordered = space.by_name()
    sequence = _Sequence(ordered.names, Keyed(seed, "sobol").bits(128, 0))
    point: Callable[[int], tuple[int | None, dict[str, Any]]]
    point = _Plain(ordered, sequence) if has_endless(ordered) else _Distinct(ordered, sequence, seed)

    def suggestion(number: int) -> New:
        index, params = point(number)
        origin = {"algorithm": "sobol", **({} if index is None else {"index": index})}
        return New(space.in_order(params), origin=origin)

    return Indexed(matrix, space.size, suggestion)


class _Sequence:
    """Points of one scrambled sequence by index, one dimension a name; in ascending order each costs the same."""

    def __init__(self, names: Sequence[str], seed: int) -> None:
        self._names, self._seed = names, seed
        self._engine: Any = None
        self._blocks: dict[int, list[list[float]]] = {}

    def __getitem__(self, index: int) -> dict[str, float]:
        block, place = divmod(index, _BLOCK)
        if block not in self._blocks:
            while len(self._blocks) >= _BLOCKS_KEPT:
                self._blocks.pop(next(iter(self._blocks)))
            self._blocks[block] = self._compute(block)
        return dict(zip(self._names, self._blocks[block][place], strict=True))

    def _compute(self, block: int) -> list[list[float]]:
        if self._engine is None:
            self._engine = _engine(len(self._names), self._seed)
        start = block * _BLOCK
        if self._engine.num_generated > start:
            self._engine.reset()
        if self._engine.num_generated < start:
            self._engine.fast_forward(start - self._engine.num_generated)
        middle = 0.5 / 2**_BITS
        return [[u + middle for u in point] for point in self._engine.random(_BLOCK).tolist()]


def _engine(dimensions: int, seed: int) -> Any:
    import numpy
    from scipy.stats import qmc

    return qmc.Sobol(
        dimensions, scramble=True, bits=_BITS, rng=numpy.random.Generator(numpy.random.PCG64(seed))
    )


class _Plain:
    """A space where a continuous parameter is always active: its coordinate never repeats, so no point does."""

    def __init__(self, space: Space, sequence: _Sequence) -> None:
        self._space, self._sequence = space, sequence

    def __call__(self, number: int) -> tuple[int, dict[str, Any]]:
        return number, self._space.from_units(self._sequence[number].__getitem__)


class _Distinct:
    """Any other space: number n gets the n-th point that the sequence has not met before.

    Where the sequence brings nothing new for long, one of the points left is drawn by its probability. Coordinates of
    continuous parameters are the sequence's even then, so that they never repeat.
    """

    def __init__(self, space: Space, sequence: _Sequence, seed: int) -> None:
        self._space, self._sequence = space, sequence
        self._left = Keyed(seed, "sobol left")
        self._unseen = Unseen(space)
        self._points: list[tuple[int, Point, bool]] = []
        self._next_index = 0

    def __call__(self, number: int) -> tuple[int | None, dict[str, Any]]:
        while len(self._points) <= number:
            self._points.append(self._next(len(self._points)))
        index, point, met = self._points[number]

        def value(name: str) -> Any:
            return self._space.parameters[name].from_unit(self._sequence[index][name])

        return index if met else None, params_at(self._space, point, value)

    def _next(self, number: int) -> tuple[int, Point, bool]:
        """Which place of the sequence it is or takes its continuous values from, the point, whether the two are one."""
        for _ in range(_SKIPS):
            index, self._next_index = self._next_index, self._next_index + 1
            point = self._point(index)
            if self._unseen.take(point):
                return index, point, True
        # The last place was refused, so its continuous coordinates are still to be had.
        return index, self._unseen.draw(lambda limit, depth: self._left.below(limit, number, depth)), False

    def _point(self, index: int) -> Point:
        units = self._sequence[index]

        def choose(name: str) -> int:
            parameter = self._space.parameters[name]
            assert isinstance(parameter, Finite)
            return parameter.index_from_unit(units[name])

        return point_of(self._space, choose)


SOBOL = Algorithm(
    "sobol", needs=("params", "numRuns"), takes=(), check=check, total=total_by_runs, build=build
)
