"""The rungs of one bracket: who has reached which, who may still come, and so who goes on and who never will.

The same for halving that waits until it is certain (hyperband) and for halving that does not wait (asha): they differ
only in the quota they give.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from leadline.search.interface import Completed, Running
from leadline.search.rungs.resources import Amount


@dataclass(frozen=True, slots=True)
class Quota:
    """Of a rung's trials, ranked by value: the first ``now`` may go on at once, none after ``limit`` ever will."""

    now: int
    limit: int


QuotaOf = Callable[[int, int, int], Quota]
"""From a rung, the number of its results, and the number that may still come, to its quota."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """up: (rung, place at it, trial) of those to promote, highest rung first, best first. closed: those that stay."""

    up: tuple[tuple[int, int, int], ...]
    closed: tuple[int, ...]


@dataclass(slots=True)
class _Rung:
    """ranked: (loss, trial) of its usable results, best first; ties by number. reached: trials with any result."""

    ranked: list[tuple[float, int]] = field(default_factory=list)
    losses: dict[int, float] = field(default_factory=dict)
    reached: set[int] = field(default_factory=set)


class Ladder:
    """Rungs with their results, append-only. Trials without a usable result count as the worst of their rung."""

    def __init__(self, amounts: Sequence[Amount]) -> None:
        self.amounts = tuple(amounts)
        self._place = {amount: place for place, amount in enumerate(amounts)}
        self._rungs = [_Rung() for _ in amounts]

    def add(self, result: Completed, loss: float | None) -> int | None:
        """Take in one result; ``loss`` is smaller for a better one, None for one that can't be used.

        Returns its rung, None for what no rung has asked for. Of two results of one trial the first one counts.
        """
        place = self._place_of(result.resource)
        if place is None or result.number in self._rungs[place].reached:
            return None
        rung = self._rungs[place]
        rung.reached.add(result.number)
        if loss is not None:
            rung.losses[result.number] = loss
            insort(rung.ranked, (loss, result.number))
        return place

    def rank(self, place: int, number: int) -> int | None:
        """How many trials of a rung are as good as this one or better, itself included; None without a result."""
        rung = self._rungs[place]
        loss = rung.losses.get(number)
        return None if loss is None else bisect_right(rung.ranked, (loss, number))

    def count(self, place: int) -> int:
        """How many trials have come to a rung, usable or not."""
        return len(self._rungs[place].reached)

    def judge(self, running: Iterable[Running], coming: int, quota_of: QuotaOf) -> Verdict:
        """Who goes on and who never will, given all trials that run or wait; ``coming``: those yet to be started."""
        waiting: list[list[tuple[int, int]]] = [[] for _ in self._rungs]
        busy = [0] * len(self._rungs)
        closed: list[int] = []
        for trial in running:
            place = self._place_of(trial.resource)
            if place is None:
                continue
            rank = self.rank(place, trial.number)
            if not trial.paused:
                busy[place] += trial.number not in self._rungs[place].reached
            elif rank is not None:
                waiting[place].append((rank, trial.number))
            else:
                closed.append(trial.number)
        up: list[list[tuple[int, int, int]]] = []
        unknown = coming + busy[0]
        for place, following in enumerate(self._rungs[1:]):
            quota = quota_of(place, len(self._rungs[place].reached), unknown)
            queue = sorted(waiting[place])
            up.append([(place, rank, number) for rank, number in queue if rank <= quota.now])
            closed += [number for rank, number in queue if rank > quota.limit]
            may_follow = sum(rank <= quota.limit for rank, _ in queue) + unknown
            followed = len(following.reached) + busy[place + 1]
            unknown = busy[place + 1] + max(0, min(quota.limit - followed, may_follow))
        return Verdict(tuple(chain.from_iterable(reversed(up))), tuple(closed))

    def _place_of(self, amount: Amount | None) -> int | None:
        return None if amount is None else self._place.get(amount)
