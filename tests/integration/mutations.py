"""Random faults in good documents, the same for the same seed.

from integration.mutations import mutants
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

# No float that is a whole number: kubectl would send 3.0 as 3, and so does our loader.
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 3, 12, 1000, 2**53, 2**63, 0.5, -0.5, 1e-5, 1e300),
    *(
        "",
        "x",
        "5",
        "0.5",
        "true",
        "no",
        "0:1",
        "0:1:5",
        "1:10:2",
        "1:4:4:2",
        ":",
        "a:b:c",
        "{{ lr }}",
        "x" * 300,
    ),
    *("2026-01-01", "2026-01-02", "2026-01-31T10:00", "2026-02-29", "maximize", "grid", "mapping", "Now"),
    *(
        [],
        {},
        [None],
        [0, 1],
        [1, 0],
        [0, 1, 5],
        [1, 10, 2],
        [0, 1, 0.5],
        ["a", "b"],
        [["a", 0.5]],
        [[1, "1"]],
    ),
    *([0, 1, 5, 2], [1, 2, 0], [True, False, 1], ["2026-01-01", "2026-02-01", 1], [{"a": 1}, {"a": 2}]),
    *(
        {"a": 1},
        {"kind": "choice", "value": [1]},
        {"low": 0, "high": 1},
        {"min": 1, "max": 2},
        {"start": 0, "stop": 1},
    ),
    *({"start": 0, "stop": 1, "num": 5}, {"start": 0, "stop": 9, "step": 2}, {"loc": 0, "scale": 1}),
    *({"low": 0, "high": 1, "q": 0.1}, {"min": 1, "max": 9, "q": 2}, {"loc": 0, "scale": 1, "q": 0.5}),
)
KEYS = (
    *(
        "kind",
        "params",
        "values",
        "value",
        "numRuns",
        "seed",
        "concurrency",
        "metric",
        "name",
        "stop",
        "q",
        "low",
    ),
    *(
        "min",
        "step",
        "num",
        "size",
        "base",
        "lr",
        "LR",
        "n-layers",
        "true",
        "none",
        "leadline",
        "Kind",
        "num_runs",
    ),
)
METADATA_KEYS = (
    "name",
    "generateName",
    "labels",
    "annotations",
    "label",
    "a b",
    "example.org/x",
    "/x",
    "finalizers",
)
LABELS = (
    "a_b.c",
    "a b",
    "-a",
    "A",
    "a" * 46,
    "a" * 47,
    "a" * 64,
    "é",
    {"a": "b"},
    {"a": 1},
    {"a b": "c"},
    {"x/": "y"},
)
KINDS = (
    *("choice", "pchoice", "range", "linspace", "logspace", "geomspace", "daterange", "datetimerange"),
    *("uniform", "quniform", "loguniform", "qloguniform", "normal", "qnormal", "lognormal", "qlognormal"),
)


def mutants(documents: list[Any], count: int, seed: int) -> Iterator[Any]:
    """``count`` documents, each with one to three faults in its spec; now and then a fault is none."""
    rng = random.Random(seed)
    for _ in range(count):
        document = copy.deepcopy(rng.choice(documents))
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            _mutate(document, rng)
        yield document


def mutants_outside_spec(documents: list[Any], count: int, seed: int) -> Iterator[Any]:
    """The same with faults in metadata and beside spec; apiVersion and kind stay, which stand in the URL."""
    rng = random.Random(seed)
    for _ in range(count):
        document = copy.deepcopy(rng.choice(documents))
        place = rng.choice((document, document["metadata"], document["metadata"]["labels"]))
        key = rng.choice([*(key for key in place if key not in ("apiVersion", "kind")), *METADATA_KEYS])
        if rng.random() < 0.2:
            place.pop(key, None)
        else:
            place[key] = copy.deepcopy(rng.choice((*VALUES, *LABELS)))
        yield document


def _mutate(document: Any, rng: random.Random) -> None:
    places = list(_containers(document.get("spec")))
    if not places:
        return
    place = rng.choice(places)
    if isinstance(place, list):
        _mutate_list(place, rng)
    else:
        _mutate_map(place, rng)


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _containers(inner)


def _mutate_map(place: dict[str, Any], rng: random.Random) -> None:
    key = rng.choice([*place, rng.choice(KEYS)])
    what = rng.randrange(6)
    if what == 0:
        place.pop(key, None)
    elif what == 1:
        place[rng.choice(KEYS)] = place.pop(key, 1)
    elif what == 2 and "kind" in place:
        place["kind"] = rng.choice((*KINDS, "grid", "random", "mapping", "sobol", "bayes"))
    elif what == 3 and "value" in place:
        place["value"] = copy.deepcopy(rng.choice(VALUES))
    else:
        place[key] = copy.deepcopy(rng.choice(VALUES))


def _mutate_list(place: list[Any], rng: random.Random) -> None:
    what = rng.randrange(3)
    if what == 0 and place:
        place.pop(rng.randrange(len(place)))
    elif what == 1 and place:
        place[rng.randrange(len(place))] = copy.deepcopy(rng.choice(VALUES))
    else:
        place.insert(rng.randint(0, len(place)), copy.deepcopy(rng.choice(VALUES)))
