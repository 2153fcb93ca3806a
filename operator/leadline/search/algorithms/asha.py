"""ASHA: halving that never waits. Of the results that a rung has so far, the best go on, whatever may still come.

Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar 2020, arXiv:1810.05934. Two variants, named as
in Syne Tune: ``promotion`` pauses each trial at its rung until it is among the best one in eta (the paper's);
``stopping`` lets each trial run on, and stops it at a rung where it is not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from math import ceil
from typing import Any

from leadline.problems import Problem, errors
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.algorithms.budget import ending, total_by_runs
from leadline.search.interface import Answer, Completed, Done, New, Promote, Running, Searcher, Stop
from leadline.search.rungs.brackets import Bracket
from leadline.search.rungs.fields import MOST_ITERATIONS, NEEDED, TAKEN, Settings, check_fields
from leadline.search.rungs.ladder import Ladder, Quota
from leadline.search.rungs.newcomers import Newcomers
from leadline.search.rungs.resources import Amount, plan_rungs
from leadline.search.rungs.words import best_go_on, place_at, promotion
from leadline.search.sampling.keyed import Keyed
from leadline.search.space.fields import show
from leadline.search.space.kinds import suggestion
from leadline.search.space.lookup import is_number, is_whole
from leadline.search.space.space import Space

PROMOTION, STOPPING = "promotion", "stopping"
VARIANTS = (PROMOTION, STOPPING)
DEFAULT_MIN_RESOURCE = 1
DEFAULT_BRACKETS = 3
"""Some trials are judged later than others, in case the first results tell little of the last ones
(docs/decisions/asha-has-three-brackets.md). No more than can halve at least once."""


def check(matrix: Matrix, space: Space | None) -> Iterator[Problem]:
    """The shared fields, and asha's own."""
    found = [*check_fields(matrix), *_check_own(matrix)]
    yield from found
    brackets = matrix.get("brackets")
    if brackets is None or errors(found) or any(matrix.get(name) is None for name in NEEDED):
        return
    rungs = len(rungs_of(matrix))
    if not is_whole(brackets, 1, rungs):
        message = (
            f"brackets must be a whole number from 1 to {rungs}, the number of rungs, not {show(brackets)}"
        )
        yield Problem(
            "brackets", message, "leave it out for three of them, or fewer where there are few rungs"
        )


def _check_own(matrix: Matrix) -> Iterator[Problem]:
    variant = matrix.get("variant")
    if variant is not None and variant not in VARIANTS:
        yield Problem("variant", f"{show(variant)} is no variant", suggestion(variant, VARIANTS))
    least, most = matrix.get("minResource"), matrix.get("maxIterations")
    if least is None:
        return
    if not is_number(least) or not 0 < least <= MOST_ITERATIONS:
        message = (
            f"minResource must be a number greater than 0 and at most {MOST_ITERATIONS}, not {show(least)}"
        )
        yield Problem("minResource", message, "it is what each trial gets before it is judged")
    elif isinstance(most, int) and least > most:
        message = f"minResource is {show(least)}, more than maxIterations, which is {most}"
        yield Problem("minResource", message, "each trial gets at most maxIterations")


def rungs_of(matrix: Matrix) -> tuple[Amount, ...]:
    """The resources of the rungs of a matrix without errors."""
    settings = Settings.read(matrix)
    least = matrix.get("minResource") or min(DEFAULT_MIN_RESOURCE, settings.most)
    return plan_rungs(least, settings.most, settings.eta, settings.resource)


def brackets_of(matrix: Matrix, space: Space | None) -> list[Bracket]:
    """The brackets, without sizes: how many trials come to a rung is not known before."""
    rungs = rungs_of(matrix)
    count = matrix.get("brackets") or max(1, min(DEFAULT_BRACKETS, len(rungs) - 1))
    return [Bracket(s, 0, (), rungs[s:]) for s in range(count)]


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """Brackets differ in where their first rung is; a number's bracket is drawn, since all of them go on at once."""
    return build_for(matrix, space, seed, {"algorithm": "asha"})


def build_for(matrix: Matrix, space: Space | None, seed: int, origin: Mapping[str, Any]) -> Searcher:
    """The same, its suggestions under another name. origin: what each of them tells of where it comes from."""
    assert space is not None
    settings, rungs = Settings.read(matrix), rungs_of(matrix)
    ladders = [bracket.amounts for bracket in brackets_of(matrix, space)]
    total = total_by_runs(matrix, space)
    assert total is not None, "check_matrix asks for numRuns"
    search = _Search(
        settings=settings,
        origin=origin,
        total=total,
        done=ending(matrix.get("numRuns"), space.size),
        newcomers=Newcomers(space, seed, settings, rungs[0]),
        amounts=ladders,
        bracket_of=_bracket_draw(len(ladders), len(rungs), settings.eta, seed),
    )
    return Stopping(search) if matrix.get("variant") == STOPPING else Promotion(search)


def _bracket_draw(brackets: int, rungs: int, eta: Fraction, seed: int) -> Callable[[int], int]:
    """A number's bracket: as often as hyperband's bracket of as many rungs has trials."""
    if brackets == 1:
        return lambda number: 0
    weights = [ceil(rungs * eta ** (rungs - 1 - s) / (rungs - s)) for s in range(brackets)]
    bounds, keyed = list(accumulate(weights)), Keyed(seed, "bracket")
    return lambda number: bisect_right(bounds, keyed.below(bounds[-1], number))


@dataclass(slots=True)
class _Search:
    """What both variants have: settings, ladders by bracket, and how far the numbers have come."""

    settings: Settings
    origin: Mapping[str, Any]
    total: int
    done: Done
    newcomers: Newcomers
    amounts: list[tuple[Amount, ...]]
    bracket_of: Callable[[int], int]
    ladders: list[Ladder] = field(init=False)
    running: Sequence[Running] = ()
    greatest: int = -1
    known: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.ladders = [Ladder(amounts) for amounts in self.amounts]

    def take(self, result: Completed) -> int | None:
        """Put a result on its ladder; its rung, None where no rung has asked for it."""
        self.newcomers.learn(result)
        if result.number < 0:
            return None  # of an earlier search: it has no place on our ladders
        self.known.add(result.number)
        return self.ladders[self.bracket_of(result.number)].add(result, self.settings.loss(result))

    def see(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        """The end of an update: who runs now, and how far the numbers have come."""
        self.running = tuple(running)
        numbers = [trial.number for trial in completed] + [trial.number for trial in running]
        self.greatest = max(self.greatest, *numbers, -1)

    def new(self, numbers: Sequence[int], build_new: Callable[[int, Any, dict[str, Any]], New]) -> list[New]:
        """A new trial for each number that has one."""
        wanted = [number for number in numbers if number < self.total]
        found = []
        for number, proposal in zip(wanted, self.newcomers.propose(self.running, wanted), strict=False):
            bracket = self.bracket_of(number)
            origin = {**self.origin, "bracket": bracket, "rung": 0, **proposal.origin}
            found.append(build_new(bracket, proposal.params, origin))
        return found

    def best_of(self, count: int) -> int:
        """One in eta of so many trials at a rung; of however few, the best one."""
        return max(1, int(count / self.settings.eta))

    def done_after(self, numbers: Sequence[int]) -> Done | None:
        """The end of the numbers, once no greater one has a trial."""
        return self.done if max(self.greatest, *numbers, -1) >= self.total - 1 else None


class Promotion:
    """Trials wait at their rung, and go on when they are among the best one in eta of it. See ``Searcher``."""

    def __init__(self, search: _Search) -> None:
        self._search = search

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        """Results in any order give the same rungs."""
        for result in completed:
            self._search.take(result)
        self._search.see(completed, running)

    def suggest(self, numbers: Sequence[int]) -> Answer:
        """Promotions, highest rung first; then new trials."""
        search = self._search
        greatest = max(search.greatest, *numbers, -1)
        present: list[list[Running]] = [[] for _ in search.ladders]
        for trial in search.running:
            present[search.bracket_of(trial.number)].append(trial)
        runs = {trial.number for trial in search.running}
        coming = sum(n not in search.known and n not in runs and n < search.total for n in numbers)
        coming += max(0, search.total - 1 - greatest)
        up: list[tuple[int, Promote]] = []
        closed: list[int] = []
        for bracket, ladder in enumerate(search.ladders):
            verdict = ladder.judge(present[bracket], coming, self._quota)
            closed += verdict.closed
            origin = {**search.origin, "bracket": bracket}
            for rung, rank, number in verdict.up:
                why = best_go_on(search.best_of(ladder.count(rung)))
                promoted = promotion(number, rung, rank, ladder, search.settings.resource, origin, why)
                # Counted from the first rung of all: what is highest is so in every bracket.
                up.append((bracket + rung, promoted))
        promotions = [promote for _, promote in sorted(up, key=lambda pair: -pair[0])]
        new = search.new(numbers, self._new)
        return Answer(
            (*promotions[: len(numbers)], *new), search.done_after(numbers), closed=tuple(sorted(closed))
        )

    def _new(self, bracket: int, params: Any, origin: dict[str, Any]) -> New:
        amounts = self._search.amounts[bracket]
        return New(params, amounts[0], origin, last=len(amounts) == 1)

    def _quota(self, rung: int, count: int, unknown: int) -> Quota:
        """One in eta of those seen; at the very end, of however few, the best one."""
        limit = self._search.best_of(count + unknown)
        return Quota(now=int(count / self._search.settings.eta) if unknown else limit, limit=limit)


class Stopping:
    """Trials run on, and are stopped at a rung where they are not among the best one in eta. See ``Searcher``."""

    def __init__(self, search: _Search) -> None:
        self._search = search
        self._verdicts: dict[int, str] = {}

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        """Each result is judged among those before it in the order of sequences, and never again."""
        for result in completed:
            rung = self._search.take(result)
            if rung is not None:
                self._judge(result, rung)
        self._search.see(completed, running)

    def _judge(self, result: Completed, rung: int) -> None:
        search = self._search
        bracket = search.bracket_of(result.number)
        amounts = search.amounts[bracket]
        if rung == len(amounts) - 1:
            return
        ladder = search.ladders[bracket]
        count, rank = ladder.count(rung), ladder.rank(rung, result.number)
        at, best = search.settings.resource.told(amounts[rung]), search.best_of(count)
        if rank is None:
            self._verdicts[result.number] = f"no value at {at}"
        elif count >= search.settings.eta and rank > best:
            self._verdicts[result.number] = f"{place_at(rank, count, at)}, {best_go_on(best)}"

    def suggest(self, numbers: Sequence[int]) -> Answer:
        """New trials, and those to stop."""
        search = self._search
        stops = [
            Stop(trial.number, self._verdicts[trial.number])
            for trial in search.running
            if trial.number in self._verdicts
        ]
        new = search.new(numbers, self._new)
        return Answer(tuple(new), search.done_after(numbers), tuple(stops))

    def _new(self, bracket: int, params: Any, origin: dict[str, Any]) -> New:
        *rungs, most = self._search.amounts[bracket]
        return New(params, most, origin, tuple(rungs), last=True)


ASHA = Algorithm(
    "asha",
    needs=(*NEEDED, "numRuns"),
    takes=(*TAKEN, "variant", "brackets", "minResource"),
    check=check,
    total=total_by_runs,
    build=build,
    brackets=brackets_of,
)
