"""Which kinds of search need and take which fields of a matrix: the tables, and the rules made of them."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.api.fields import Rule
from leadline.api.rules import needs, refuses

_RUNGS = ("hyperband", "asha")
_LEARNING_BY_RUNS = ("auto", "tpe", "cmaes", "evolution", "hyperopt")
_LEARNING = (*_LEARNING_BY_RUNS, "bayes", *_RUNGS)
_BY_RUNS = ("random", "sobol", *_LEARNING_BY_RUNS, "asha")
_SPACES = ("grid", "random", "sobol", *_LEARNING)
_KINDS = ("mapping", "iterative", *_SPACES)
COUNTED = ("bayes", "iterative")
"""Kinds whose maxIterations counts trials or rounds, of which there may be more later."""

OF_RESOURCE = ("maxIterations", "eta", "resume", "minResource")
"""Fields that auto has a use for only beside ``resource``."""

_NEEDS: dict[str, tuple[tuple[str, ...], str]] = {
    "params": (_SPACES, "name at least one parameter"),
    "numRuns": (
        _BY_RUNS,
        "say how many trials to run, for example numRuns: 20",
    ),
    "values": (("mapping",), "list the configurations to run, for example values: [{lr: 0.1}]"),
    "maxIterations": (
        ("bayes", *_RUNGS),
        "for bayes say how many trials follow the initial ones, for example maxIterations: 40; "
        "for hyperband and asha what the best trials get, for example maxIterations: 81",
    ),
    "tuner": (("iterative",), "say who suggests the trials, for example tuner: {entryPoint: NAME}"),
    "resource": (_RUNGS, "say what trials are given more of, for example {name: epochs, type: int}"),
    "metric": (
        _LEARNING,
        "say what is compared, for example metric: {name: accuracy, optimization: maximize}",
    ),
}
"""Fields that some kinds can't do without, and what to write."""

TAKES: dict[str, tuple[str, ...]] = {
    "params": (*_SPACES, "iterative"),
    "values": ("mapping",),
    "numRuns": ("grid", *_BY_RUNS, "iterative"),
    "seed": tuple(kind for kind in _KINDS if kind not in ("grid", "mapping")),
    "maxIterations": ("auto", "bayes", *_RUNGS, "iterative"),
    "numInitialRuns": ("bayes",),
    "utilityFunction": ("bayes",),
    "algorithm": ("hyperopt",),
    "tuner": ("iterative",),
    "eta": (*_RUNGS, "auto"),
    "resource": (*_RUNGS, "auto"),
    "resume": (*_RUNGS, "auto"),
    "sampler": _RUNGS,
    "variant": ("asha",),
    "brackets": ("asha",),
    "minResource": ("asha", "auto"),
}
"""Fields that not every kind has a use for, and the kinds that have."""

_INSTEAD: dict[tuple[str, str], str] = {
    ("params", "mapping"): "remove it, or choose kind grid",
    ("numRuns", "mapping"): "remove it; every entry of values is one trial",
    ("numRuns", "bayes"): "remove it; numInitialRuns and maxIterations together are the number of trials",
    ("numRuns", "hyperband"): "remove it: maxIterations and eta make the number of trials",
    ("seed", "grid"): "remove it; nothing is drawn at random",
    ("seed", "mapping"): "remove it; nothing is drawn at random",
}
"""What to do with a field that a kind has no use for, where choosing another kind would be no help."""


def field_rules() -> Iterator[Rule]:
    """Every kind has the fields that it needs, and none that it has no use for."""
    for name, (kinds, remedy) in _NEEDS.items():
        yield needs(kinds, name, remedy)
    yield from _refusals()


def _refusals() -> Iterator[Rule]:
    for name, takers in TAKES.items():
        by_remedy: dict[str, list[str]] = {}
        for kind in _KINDS:
            if kind not in takers:
                usual = f"remove it, or choose kind {' or '.join(takers)}"
                by_remedy.setdefault(_INSTEAD.get((name, kind), usual), []).append(kind)
        for remedy, kinds in by_remedy.items():
            yield refuses(tuple(kinds), name, remedy)
