"""Random search spaces as people write them: all sixteen kinds, in lists, maps and colon strings, with conditions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from contract.search.rungs import rung_fields
from leadline.problems import errors
from leadline.search import Parameter, check_matrix, parse_space
from leadline.search.registry import ALGORITHMS
from leadline.search.space.kinds import KINDS

NAMES = ("lr", "C", "kernel", "_x9", "momentum", "Depth")
CASUAL_DECIMALS = st.integers(-40, 40).map(lambda n: n / 10)
WIDTHS = st.integers(1, 60).map(lambda n: n / 10)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.5, 1.0, -2.5])
    | st.sampled_from(["", "a", "1", "true", "é"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["k", "l"]), inner, max_size=2)
    ),
    max_leaves=4,
)
DATES = st.dates().filter(lambda day: 1900 < day.year < 2100)
MOMENTS = st.sampled_from(["", "T00:00", "T23:59:59Z", " 12:30:00.250+02:00"])


@st.composite
def written(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """One parameter of this kind: ``{kind, value}``."""
    if kind == "choice":
        return {"kind": kind, "value": draw(st.lists(JSON_VALUES, min_size=1, max_size=6))}
    if kind == "pchoice":
        weights = draw(st.lists(st.sampled_from([0.001, 0.2, 0.5, 1, 3]), min_size=1, max_size=4))
        return {"kind": kind, "value": [[draw(JSON_VALUES), weight] for weight in weights]}
    numbers = draw(_numbers(kind))
    forms = ["list", "map", *(["text"] if KINDS[kind].colon else [])]
    form = draw(st.sampled_from(forms))
    if form == "map":
        keys = KINDS[kind].keys
        if bool(KINDS[kind].instead) and draw(st.booleans()):
            keys = KINDS[kind].instead
            numbers = [2.0 ** float(numbers[0]), 2.0 ** float(numbers[1]), *numbers[2:]]
        return {"kind": kind, "value": dict(zip(keys, numbers, strict=True))}
    return {"kind": kind, "value": numbers if form == "list" else ":".join(map(str, numbers))}


@st.composite
def _numbers(draw: st.DrawFn, kind: str) -> list[Any]:
    low, width, count = draw(CASUAL_DECIMALS), draw(WIDTHS), draw(st.integers(1, 7))
    if draw(st.booleans()):
        low, width = int(low), max(1, int(width))
    match kind:
        case "daterange":
            day = draw(DATES)
            return [day.isoformat(), f"{day.year + 1}-01-01", draw(st.integers(1, 400))]
        case "datetimerange":
            day, moment = draw(DATES), draw(MOMENTS)
            return [
                f"{day}{moment}",
                f"{day.year + 1}-01-02{moment}",
                draw(st.sampled_from([0.5, 60, 86400.0, 10**7])),
            ]
        case "range":
            return [low, low + width, draw(st.sampled_from([width, width / 2, 0.1, 1, 7]))]
        case "geomspace":
            start = draw(WIDTHS)
            return [start, start + width, count]
        case "linspace" | "logspace":
            return [low, low + width, count]
        case "normal" | "lognormal":
            return [low, width]
        case "qnormal":
            return [low, width, draw(WIDTHS)]
        case "qlognormal":
            return [low, min(width, 1), draw(WIDTHS)]
        case "quniform" | "qloguniform":
            return [low, low + width, draw(WIDTHS)]
    return [low, low + width]


@st.composite
def spaces(draw: st.DrawFn, most: int = 4) -> dict[str, Any]:
    """A ``params`` section with one to ``most`` parameters, often with conditions."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=most, unique=True))
    params = {name: draw(written(draw(st.sampled_from(tuple(KINDS))))) for name in names}
    return draw(conditional(params)) if draw(st.booleans()) else params


@st.composite
def conditional(draw: st.DrawFn, params: dict[str, Any]) -> dict[str, Any]:
    """The same parameters, some of them active under a condition only; parents may have conditions themselves."""
    conditional = dict(params)
    space, _ = parse_space(params)
    assert space is not None
    ordered = draw(st.permutations(list(params)))
    for i, name in enumerate(ordered):
        parents = [parent for parent in ordered[:i] if space.parameters[parent].values is not None]
        chosen = draw(st.lists(st.sampled_from(parents), max_size=3, unique=True)) if parents else []
        when = {parent: draw(_some_values(space.parameters[parent])) for parent in chosen}
        if when:
            candidate = {**conditional, name: {**params[name], "when": when}}
            # Conditions that exclude each other are left out.
            conditional = conditional if errors(parse_space(candidate)[1]) else candidate
    return conditional


@st.composite
def _some_values(draw: st.DrawFn, parameter: Parameter) -> list[Any]:
    assert parameter.values is not None
    assert parameter.size is not None
    indices = draw(st.sets(st.integers(0, parameter.size - 1), min_size=1, max_size=3))
    return [parameter.values[index] for index in sorted(indices)]


def active_names(params: dict[str, Any], configuration: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that a configuration must have, by the conditions as they are written, in the order of ``params``."""

    def is_active(name: str) -> bool:
        when = params[name].get("when") or {}
        return all(
            is_active(parent) and json.dumps(configuration[parent]) in map(json.dumps, values)
            for parent, values in when.items()
        )

    return tuple(name for name in params if is_active(name))


MOST_RUNS = {"bayes": 10, "auto": 12}
"""Of searches whose every suggestion takes its time."""


@st.composite
def matrices(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """A matrix that this algorithm accepts, over a random space."""
    return build_matrix(kind, draw(spaces()), draw(st.integers(1, MOST_RUNS.get(kind, 40))))


def build_matrix(kind: str, params: dict[str, Any], runs: int) -> dict[str, Any]:
    """The matrix nearest to this for one algorithm: parameters that it refuses are left out."""
    algorithm = ALGORITHMS[kind]
    fields = algorithm.needs + algorithm.takes
    matrix: dict[str, Any] = {"kind": kind}
    if "numRuns" in fields:
        matrix["numRuns"] = runs
    if "resource" in fields:
        matrix |= rung_fields(kind, runs)
    elif "metric" in fields:
        matrix["metric"] = {"name": "loss", "optimization": "minimize"}
    if kind == "bayes":
        initial = min(3, runs - 1)
        # Its model is the same with fewer candidates, and the suite is quicker.
        utility = {"numWarmup": 64, "numIterations": 1}
        matrix |= {"numInitialRuns": initial, "maxIterations": runs - initial, "utilityFunction": utility}
    if kind == "hyperopt":
        matrix["algorithm"] = ("tpe", "rand", "anneal")[runs % 3]
    if "values" in fields:
        matrix["values"] = _listed(params, runs)
    if "params" in fields:
        matrix["params"] = params
        refused = {
            problem.path.split(".")[1]
            for problem in errors(check_matrix(matrix))
            if problem.path.endswith(".kind")
        }
        kept = {name: _without(refused, raw) for name, raw in params.items() if name not in refused}
        matrix["params"] = kept or {"only": {"kind": "choice", "value": ["a", "b"]}}
    assert errors(check_matrix(matrix)) == (), (matrix, check_matrix(matrix))
    return matrix


def _without(refused: set[str], raw: dict[str, Any]) -> dict[str, Any]:
    """A parameter without the conditions about those that are left out."""
    when = {parent: values for parent, values in raw.get("when", {}).items() if parent not in refused}
    rest = {key: value for key, value in raw.items() if key != "when"}
    return {**rest, "when": when} if when else rest


def _listed(params: dict[str, Any], count: int) -> list[dict[str, Any]]:
    space, problems = parse_space(params)
    assert space is not None, problems
    shares = [(i + 0.5) / count for i in range(count)]
    return [{name: parameter.from_unit(u) for name, parameter in space.parameters.items()} for u in shares]


def inside(parameter: Parameter, value: Any) -> bool:
    """Whether a parameter can have this value, of this very type."""
    if parameter.values is None:
        assert parameter.bounds is not None
        return isinstance(value, float) and parameter.bounds[0] <= value <= parameter.bounds[1]
    if isinstance(parameter.values, list):
        return any(type(value) is type(other) and value == other for other in parameter.values)
    # Values of a formula are in order: look where this one must be.
    low, high = 0, len(parameter.values) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if parameter.values[middle] < value else (low, middle)
    return type(parameter.values[low]) is type(value) and bool(parameter.values[low] == value)
