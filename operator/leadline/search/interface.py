"""What a search algorithm is told and what it answers: the only thing the rest of the program knows of it.

An algorithm keeps no memory that its caller could not give back to it: trials are the memory. It knows
nothing of clusters, jobs, clocks or how a trial is run; it sees configurations and their results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Params = Mapping[str, Any]
"""One configuration: a value for every parameter's name. Values are JSON-like; dates are ISO 8601 text."""

Outcome = Literal["succeeded", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class New:
    """Start one new trial.

    resource: how long to train it, in the matrix's own unit; None where the algorithm has no such notion.
    origin: where the suggestion comes from, as JSON for people: at least ``algorithm``, then e.g. ``index``.
    rungs: resources below ``resource``, ascending, at which its value is wanted while it goes on running: each comes
        back as a ``Completed`` of that resource as soon as a report reaches it.
    last: no larger resource follows: with its result the trial has succeeded. Of no meaning without a resource.
    """

    params: Params
    resource: float | int | None = None
    origin: Mapping[str, Any] = field(default_factory=dict)
    rungs: tuple[float | int, ...] = ()
    last: bool = False


@dataclass(frozen=True, slots=True)
class Promote:
    """Go on with a trial that has reached its rung; uses a slot, but no number.

    origin, last: as in ``New``. message: why it goes on, one sentence for people.
    """

    trial: int
    resource: float | int
    origin: Mapping[str, Any] = field(default_factory=dict)
    last: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """End a trial that runs: it is not worth going on. ``message``: why, one sentence for people."""

    trial: int
    message: str


@dataclass(frozen=True, slots=True)
class Done:
    """The search needs no further number.

    reason: CamelCase, ``SpaceExhausted`` (every point was given out, before any budget) or ``BudgetReached``.
    message: one sentence for people, with the exact count.
    """

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What to fill the slots with, in this order; ``done`` may come with the last ones.

    suggestions: at most one ``New`` and one ``Promote`` for each number asked for. Where that is more than there are
        free slots, the first ones count; a ``New`` whose number holds a slot already needs no free one.
    stops: trials that run and are to be ended, whether or not a number was asked for.
    closed: trials that wait at a rung and will certainly never be promoted: they have succeeded with what they have.
    """

    suggestions: tuple[New | Promote, ...]
    done: Done | None = None
    stops: tuple[Stop, ...] = ()
    closed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Completed:
    """One rung's result of one trial, final for the algorithm.

    sequence: place in the group's history; the only order an algorithm may see.
    value: the objective, None where there is none (failed, stopped, not a finite number).
    resource: what it was trained with, None where the algorithm has no such notion.
    attempt: which start of the trial it comes from, for people and tuners; no algorithm of ours looks at it.
    """

    number: int
    params: Params
    sequence: int
    outcome: Outcome
    value: float | None
    resource: float | int | None = None
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Running:
    """A trial without its result yet: it runs, waits for a node, or (paused) waits for its promotion."""

    number: int
    params: Params
    resource: float | int | None = None
    paused: bool = False


class Searcher(Protocol):
    """One search in progress: fed with history, asked for suggestions.

    A searcher fed everything at once answers exactly like one fed piece by piece, and answers depend on
    nothing but matrix, seed, what it was fed and the numbers asked for, never on what it suggested before: a
    suggestion may have been lost in a crash.
    """

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        """Take in the results new since the last update, ordered by (sequence, number), and *all* trials that
        run or wait now."""

    def suggest(self, numbers: Sequence[int]) -> Answer:
        """Fill these slots; ``New`` suggestions use the numbers in their order.

        Numbers are ascending and may have holes (5, 7) after a crash: algorithms by index (grid, mapping,
        random, sobol) give each number its own point, so that none is lost or doubled. A number below the greatest
        that is neither known nor asked for belonged to a trial that its user deleted. ``done`` says that no
        number above the greatest one known or asked for will ever get a ``New``; a hole below it still gets
        its point when it is asked for.
        """
