"""Hyperband: many trials get a little of the resource, the best of them more, bracket after bracket.

Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar 2018, arXiv:1603.06560. Unlike there, nothing waits at a barrier: a
trial goes on as soon as it is certain to be among the best of its rung, whatever the others come to, and where no such
trial is, the next bracket's trials fill the slots. Who goes on depends on values alone, never on who was faster.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from leadline.problems import Problem, errors
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.interface import Answer, Completed, Done, New, Promote, Running, Searcher
from leadline.search.rungs.brackets import Bracket, count_trials, plan_brackets, starts_of
from leadline.search.rungs.fields import MOST_CONFIGURATIONS, NEEDED, TAKEN, Settings, check_fields
from leadline.search.rungs.ladder import Ladder, Quota, QuotaOf
from leadline.search.rungs.newcomers import Newcomers
from leadline.search.rungs.resources import powers_within
from leadline.search.rungs.words import certain_of, promotion
from leadline.search.space.space import Space


def check(matrix: Matrix, space: Space | None) -> Iterator[Problem]:
    """The shared fields, and that the brackets are not too many trials."""
    found = list(check_fields(matrix))
    yield from found
    if errors(found) or any(matrix.get(name) is None for name in NEEDED):
        return
    settings = Settings.read(matrix)
    if _at_least(settings) > MOST_CONFIGURATIONS:
        message = f"its first bracket alone has more than {MOST_CONFIGURATIONS} trials"
        yield Problem("maxIterations", message, "count in greater units, e.g. epochs instead of steps")


def _at_least(settings: Settings) -> Fraction:
    return settings.eta ** powers_within(settings.eta, Fraction(settings.most))


def brackets_of(matrix: Matrix, space: Space | None) -> list[Bracket]:
    """The brackets of a matrix without errors, as far as the space has points for them."""
    settings = Settings.read(matrix)
    return plan_brackets(settings.most, settings.eta, settings.resource, space.size if space else None)


def total(matrix: Matrix, space: Space | None) -> int | None:
    """Configurations of all brackets."""
    return count_trials(brackets_of(matrix, space))


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """Numbers go to brackets in their order, so that no two brackets get the same point."""
    assert space is not None
    settings = Settings.read(matrix)
    whole = count_trials(plan_brackets(settings.most, settings.eta, settings.resource))
    brackets = brackets_of(matrix, space)
    least = min((bracket.amounts[0] for bracket in brackets), default=settings.most)
    newcomers = Newcomers(space, seed, settings, least)
    return Hyperband(brackets, settings, newcomers, _ending(brackets, whole, space))


def _ending(brackets: Sequence[Bracket], whole: int, space: Space) -> Done:
    count = count_trials(brackets)
    if count < whole:
        points = f"the space has {space.size} point{'' if space.size == 1 else 's'}"
        return Done("SpaceExhausted", f"{points}, fewer than the {whole} trials of all brackets")
    many = "1 bracket has" if len(brackets) == 1 else f"{len(brackets)} brackets have"
    return Done("BudgetReached", f"{many} {count} trial{'' if count == 1 else 's'}")


@dataclass(frozen=True, slots=True)
class _Standing:
    """A bracket, its rungs, and the trials of it that any result has told of."""

    bracket: Bracket
    ladder: Ladder
    known: set[int]


class Hyperband:
    """See ``Searcher``."""

    def __init__(
        self, brackets: Sequence[Bracket], settings: Settings, newcomers: Newcomers, done: Done
    ) -> None:
        self._standings = [_Standing(bracket, Ladder(bracket.amounts), set()) for bracket in brackets]
        self._starts = starts_of(brackets)
        self._total = count_trials(brackets)
        self._settings = settings
        self._newcomers = newcomers
        self._done = done
        self._greatest = -1
        self._running: Sequence[Running] = ()

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        """Each result has its place on its bracket's ladder."""
        for result in completed:
            self._newcomers.learn(result)
            if 0 <= result.number < self._total:
                standing = self._standing(result.number)
                standing.ladder.add(result, self._settings.loss(result))
                standing.known.add(result.number)
        self._running = tuple(running)
        numbers = [trial.number for trial in completed] + [trial.number for trial in running]
        self._greatest = max(self._greatest, *numbers, -1)

    def suggest(self, numbers: Sequence[int]) -> Answer:
        """Promotions that are certain, the earliest bracket's first; then new trials."""
        up: list[Promote] = []
        closed: list[int] = []
        greatest = max(self._greatest, *numbers, -1)
        running: list[list[Running]] = [[] for _ in self._standings]
        for trial in self._running:
            if 0 <= trial.number < self._total:
                running[bisect_right(self._starts, trial.number) - 1].append(trial)
        for standing, present in zip(self._standings, running, strict=True):
            bracket = standing.bracket
            coming = self._coming(standing, present, numbers, greatest)
            verdict = standing.ladder.judge(present, coming, _certain(bracket.sizes))
            origin = {"algorithm": "hyperband", "bracket": bracket.s}
            for rung, rank, number in verdict.up:
                why = certain_of(bracket.sizes[rung + 1])
                up.append(
                    promotion(number, rung, rank, standing.ladder, self._settings.resource, origin, why)
                )
            closed += verdict.closed
        new = self._new([number for number in numbers if number < self._total])
        done = self._done if greatest >= self._total - 1 else None
        return Answer((*up[: len(numbers)], *new), done, closed=tuple(sorted(closed)))

    def _coming(
        self, standing: _Standing, present: Sequence[Running], numbers: Sequence[int], greatest: int
    ) -> int:
        """Trials of a bracket that are yet to be started: lost ones that are asked for, and those after all others."""
        place = standing.bracket.numbers
        runs = {trial.number for trial in present}
        asked = sum(n in place and n not in standing.known and n not in runs for n in numbers)
        return asked + len(range(max(greatest + 1, place.start), place.stop))

    def _new(self, numbers: Sequence[int]) -> list[New]:
        proposals = self._newcomers.propose(self._running, numbers)
        found = []
        for number, proposal in zip(numbers, proposals, strict=False):
            bracket = self._standing(number).bracket
            origin = {"algorithm": "hyperband", "bracket": bracket.s, "rung": 0, **proposal.origin}
            amounts = bracket.amounts
            found.append(New(proposal.params, amounts[0], origin, last=len(amounts) == 1))
        return found

    def _standing(self, number: int) -> _Standing:
        return self._standings[bisect_right(self._starts, number) - 1]


def _certain(sizes: Sequence[int]) -> QuotaOf:
    """Of a rung as many go on as the next one has places; certain are those that no unknown one can displace."""

    def quota(rung: int, count: int, unknown: int) -> Quota:
        places = sizes[rung + 1]
        return Quota(now=places - unknown, limit=places)

    return quota


HYPERBAND = Algorithm(
    "hyperband", needs=NEEDED, takes=TAKEN, check=check, total=total, build=build, brackets=brackets_of
)
