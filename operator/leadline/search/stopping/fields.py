"""``earlyStopping``: which rules end trials early, and after how many reports they look at a trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import count, groupby, islice
from typing import Any, Final

from leadline.problems import Problem
from leadline.search.algorithms.iterative import KIND as ITERATIVE
from leadline.search.space.fields import show
from leadline.search.space.kinds import meant, suggestion
from leadline.search.space.lookup import is_whole

FIELD: Final = "earlyStopping"
CUSTOM: Final = "custom_early_stopping"
MOST_RULES: Final = 5
MOST_LOOKS: Final = 50
"""Reports of one trial at which it is judged: each is kept in its status."""
MOST_REPORTS: Final = 1_000_000
"""Greatest ``evaluationInterval`` and ``minInterval``."""
_KNOWN: Final = ("kind", "entryPoint", "evaluationInterval", "minInterval", "settings")


@dataclass(frozen=True, slots=True)
class RuleFields:
    """One entry. interval, least: of reports: it looks at a trial after ``least`` of them, and after every
    ``interval`` more."""

    name: str
    interval: int
    least: int
    settings: Mapping[str, Any]

    def looks_at(self, reports: int) -> bool:
        """Whether a trial is looked at when it has reported so often."""
        return reports >= self.least and (reports - self.least) % self.interval == 0


def read_rules(matrix: Mapping[str, Any]) -> tuple[RuleFields, ...]:
    """The rules of a matrix without errors, with the defaults of what is not given."""
    return tuple(
        RuleFields(
            name=entry["entryPoint"],
            interval=(interval := entry.get("evaluationInterval") or 1),
            least=entry.get("minInterval") or interval,
            settings=entry.get("settings") or {},
        )
        for entry in matrix.get(FIELD) or ()
    )


def looks_of(rules: Sequence[RuleFields]) -> tuple[int, ...]:
    """After how many reports some rule looks at a trial, ascending: the first ``MOST_LOOKS`` of them."""
    looks = (reports for reports, _ in groupby(merge(*(count(rule.least, rule.interval) for rule in rules))))
    return tuple(islice(looks, MOST_LOOKS))


def check_stopping(matrix: Mapping[str, Any], by_rungs: bool) -> Iterator[Problem]:
    """What is wrong with the field. by_rungs: the search has rungs of its own."""
    entries = matrix.get(FIELD)
    if entries is None:
        return
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        yield Problem(FIELD, f"must be a list of rules, not {show(entries)}")
        return
    if not entries:
        return
    kind = matrix.get("kind")
    if by_rungs:
        remedy = f"remove {FIELD}, or choose a kind without rungs and remove the resource"
        yield Problem(FIELD, "a search by rungs ends trials at rungs of its own", remedy)
    elif kind == ITERATIVE and _is_asked_in_rounds(matrix.get("tuner")):
        message = "a tuner that is asked in rounds has no earlyStopping"
        yield Problem(FIELD, message, "remove it, or make the tuner one by entryPoint")
    if matrix.get("metric") is None:
        remedy = "say what is compared, e.g. metric: {name: accuracy, optimization: maximize}"
        yield Problem("metric", "earlyStopping needs a metric", remedy)
    if len(entries) > MOST_RULES:
        yield Problem(FIELD, f"{len(entries)} rules are more than {MOST_RULES}", "leave some out")
    for place, entry in enumerate(entries):
        yield from (problem.under(f"{FIELD}[{place}]") for problem in _check_entry(entry))


def _is_asked_in_rounds(tuner: Any) -> bool:
    return tuner is None or (isinstance(tuner, Mapping) and not tuner.get("entryPoint"))


def _check_entry(entry: Any) -> Iterator[Problem]:
    if not isinstance(entry, Mapping):
        remedy = f"write {{kind: {CUSTOM}, entryPoint: NAME}}"
        yield Problem("", f"must be a map, not {show(entry)}", remedy)
        return
    for name in entry:
        if name not in _KNOWN:
            yield Problem(str(name), f"a rule has no {name}", meant(name, _KNOWN) or "leave it out")
    kind, name = entry.get("kind"), entry.get("entryPoint")
    if kind != CUSTOM:
        message = "kind is missing" if kind is None else f"{show(kind)} is no rule"
        yield Problem("kind", message, suggestion(kind, (CUSTOM,)))
    if not isinstance(name, str) or not name:
        message = "entryPoint is missing" if name is None else f"must be a name, not {show(name)}"
        yield Problem("entryPoint", message, "name an entry point of the group leadline.stopping_rules")
    for field in ("evaluationInterval", "minInterval"):
        value = entry.get(field)
        if value is not None and not is_whole(value, 1, MOST_REPORTS):
            message = f"must be a whole number from 1 to {MOST_REPORTS}, not {show(value)}"
            yield Problem(field, message, "it is counted in reports of the metric")
    settings = entry.get("settings")
    if settings is not None and not isinstance(settings, Mapping):
        yield Problem("settings", f"must be a map, not {show(settings)}")
