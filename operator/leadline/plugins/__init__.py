"""Searchers and stopping rules of one's own, found among what is installed: entry points.

Reads files, and so is no part of the search.

A distribution offers them so (docs/tuners.md, docs/early-stopping.md)::

    [project.entry-points."leadline.searchers"]
    halton = "my_package.halton:Halton"

    [project.entry-points."leadline.stopping_rules"]
    behind = "my_package.behind:Behind"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from leadline.problems import Problem
from leadline.search import Prior, Searcher, make_searcher
from leadline.search.errors import ExtensionError
from leadline.search.prior import NOTHING_KNOWN
from leadline.search.stopping.errors import StoppingRuleError
from leadline.search.stopping.fields import FIELD as EARLY_STOPPING
from leadline.search.stopping.rule import RuleFactory
from leadline.search.tuner.errors import TunerFailedError, TunerNotFoundError
from leadline.search.tuner.plugin import Factory

SEARCHERS: Final = "leadline.searchers"
"""Group of the entry points that each name a ``Factory``."""
RULES: Final = "leadline.stopping_rules"
"""Group of the entry points that each name a ``RuleFactory``."""


def make_searcher_here(matrix: Mapping[str, Any], seed: int, *, prior: Prior = NOTHING_KNOWN) -> Searcher:
    """``make_searcher``, which finds what is installed. Raises what it raises."""
    return make_searcher(matrix, seed, find_searcher, prior, find_rule)


def find_searcher(name: str) -> Factory:
    """The installed searcher of this name. Raises TunerError."""
    found: Factory = _find(SEARCHERS, "searcher", name, TunerNotFoundError, TunerFailedError)
    return found


def find_rule(name: str) -> RuleFactory:
    """The installed stopping rule of this name. Raises StoppingRuleError."""
    found: RuleFactory = _find(RULES, "stopping rule", name, StoppingRuleError, StoppingRuleError)
    return found


def find_missing(matrix: Mapping[str, Any]) -> list[Problem]:
    """The searchers and rules that a matrix without errors names and that are not installed here. Loads none."""
    tuner = (matrix.get("tuner") or {}).get("entryPoint")
    named = [] if tuner is None else [("tuner", SEARCHERS, "searcher", tuner)]
    for place, rule in enumerate(matrix.get(EARLY_STOPPING) or ()):
        named.append((f"{EARLY_STOPPING}[{place}]", RULES, "stopping rule", rule["entryPoint"]))
    return [
        Problem(
            f"spec.matrix.{field}.entryPoint",
            f"no {what} named {name!r} is installed here; {_others(group)}",
            "install the package that has it where leadline is, with pip",
        )
        for field, group, what, name in named
        if not entry_points(group=group, name=name)
    ]


_Fault = Callable[[str], ExtensionError]


def _find(group: str, what: str, name: str, absent: _Fault, broken: _Fault) -> Any:
    """What the one entry point of a group with this name stands for: something that can be called."""
    found = {known.value: known for known in entry_points(group=group, name=name)}
    if not found:
        raise absent(f"no {what} named {name!r} is installed where the search runs; {_others(group)}")
    if len(found) > 1:
        owners = " and ".join(sorted(found))
        raise broken(f"two plug-ins call themselves {name!r}: {owners}; uninstall one of them")
    return _load(next(iter(found.values())), broken)


def _others(group: str) -> str:
    names = sorted({known.name for known in entry_points(group=group)})
    return f"there are: {', '.join(names)}" if names else "nor is any other"


def _load(found: EntryPoint, broken: _Fault) -> Any:
    try:
        factory = found.load()
    except (Exception, SystemExit) as error:
        message = (
            f"the plug-in {found.name!r} can't be loaded from {found.value}: {type(error).__name__}: {error}"
        )
        raise broken(message) from error
    if not callable(factory):
        raise broken(f"the plug-in {found.name!r} is {found.value}, which can't be called")
    return factory
