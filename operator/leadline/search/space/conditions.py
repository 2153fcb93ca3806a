"""When a parameter is active: what ``when`` comes to once it is read (``when.py``).

A condition names parents and, for each, those of its values that it asks for. A parameter is active where all its
parents are active and have one of these values; a parameter without a condition always is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush


@dataclass(frozen=True, slots=True)
class Condition:
    """parents: the indices of each parent's values that it asks for; of all parents together."""

    parents: Mapping[str, frozenset[int]]

    def holds(self, indices: Mapping[str, int]) -> bool:
        """Whether it holds where the finite parameters that are active have these indices."""
        return all(parent in indices and indices[parent] in wanted for parent, wanted in self.parents.items())


Conditions = Mapping[str, Condition]
"""The condition of each parameter that has one."""


def parents_first(names: Sequence[str], conditions: Conditions) -> tuple[str, ...]:
    """The names in their order, but none before its parents. Raises ValueError where that can't be."""
    place = {name: i for i, name in enumerate(names)}
    missing = {name: len(conditions[name].parents) if name in conditions else 0 for name in names}
    children = children_of(conditions)
    ready = [place[name] for name in names if not missing[name]]
    heapify(ready)
    order: list[str] = []
    while ready:
        name = names[heappop(ready)]
        order.append(name)
        for child in children.get(name, ()):
            missing[child] -= 1
            if not missing[child]:
                heappush(ready, place[child])
    if len(order) < len(names):
        raise ValueError("conditions go round in a circle, or name a parameter that there is not")
    return tuple(order)


def children_of(conditions: Conditions) -> dict[str, list[str]]:
    """The names whose condition asks for each parent."""
    children: dict[str, list[str]] = {}
    for name, condition in conditions.items():
        for parent in condition.parents:
            children.setdefault(parent, []).append(name)
    return children


def find_cycle(conditions: Conditions) -> tuple[str, ...]:
    """Names of which each depends on the next and the last on the first; empty where there are none."""
    sound: set[str] = set()
    for start in conditions:
        path: list[str] = []
        turns = [iter((start,))]
        while turns:
            name = next(turns[-1], None)
            if name is None:
                turns.pop()
                if path:
                    sound.add(path.pop())
            elif name in path:
                return tuple(path[path.index(name) :])
            elif name not in sound and name in conditions:
                path.append(name)
                turns.append(iter(tuple(conditions[name].parents)))
    return ()


def demands(name: str, conditions: Conditions) -> dict[str, frozenset[int]]:
    """The values that every parameter above this one, parents and theirs, must have where it is active.

    An empty set: it never is.
    """
    found: dict[str, frozenset[int]] = {}
    waiting, met = [name], {name}
    while waiting:
        condition = conditions.get(waiting.pop())
        for parent, wanted in condition.parents.items() if condition else ():
            found[parent] = found[parent] & wanted if parent in found else wanted
            if parent not in met:
                met.add(parent)
                waiting.append(parent)
    return found


def can_be_active(name: str, conditions: Conditions) -> bool:
    """Whether any configuration has it."""
    return all(demands(name, conditions).values())


def descendants(names: Iterable[str], conditions: Conditions) -> set[str]:
    """These names and all that can't be active without them."""
    children = children_of(conditions)
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(children.get(name, ()))
    return found
