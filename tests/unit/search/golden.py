"""What one seed gives, frozen in golden.json: a search that was resumed on another machine, or by a later version of
Leadline, goes on with the same points.

Run this file to write golden.json anew, and say in the change log that seeds give other points from then on.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("golden.json")

CONTINUOUS = {
    "uniform": {"kind": "uniform", "value": [-0.1, 0.7]},
    "loguniform": {"kind": "loguniform", "value": {"min": 1e-05, "max": 0.1}},
    "exponents": {"kind": "loguniform", "value": [-7, -1.5]},
    "normal": {"kind": "normal", "value": [0.1, 0.3]},
    "lognormal": {"kind": "lognormal", "value": [-1, 0.5]},
}
EVEN = {
    "choice": {"kind": "choice", "value": ["a", 1, 1.0, True, None, [1, 2], {"x": 1}]},
    "range": {"kind": "range", "value": [0, 1, 0.1]},
    "linspace": {"kind": "linspace", "value": "0.001:0.1:7"},
    "logspace": {"kind": "logspace", "value": "-5:-1:9"},
    "geomspace": {"kind": "geomspace", "value": "0.01:0.1:11"},
    "daterange": {"kind": "daterange", "value": ["2024-02-01", "2024-04-01", 3]},
    "datetimerange": {"kind": "datetimerange", "value": ["2024-01-01T00:00Z", "2024-01-02T00:00Z", 600]},
}
WEIGHTED = {
    "pchoice": {"kind": "pchoice", "value": [["x", 0.9], ["y", 0.07], ["z", 0.03]]},
    "quniform": {"kind": "quniform", "value": [0, 1, 0.3]},
    "qloguniform": {"kind": "qloguniform", "value": {"min": 1, "max": 50, "q": 4}},
    "qnormal": {"kind": "qnormal", "value": [0, 2, 0.5]},
    "qlognormal": {"kind": "qlognormal", "value": [0, 0.5, 0.25]},
}


def _matrix(kind: str, runs: int, params: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "numRuns": runs, "params": params}


CASES: dict[str, tuple[dict[str, Any], int, int]] = {
    # name: matrix, seed, points
    "grid": (_matrix("grid", 5, EVEN), 0, 5),
    "random, independent": (_matrix("random", 6, {**CONTINUOUS, **EVEN, **WEIGHTED}), 7, 6),
    "random, seed 0": (_matrix("random", 3, CONTINUOUS), 0, 3),
    "random, shuffled": (_matrix("random", 50, {name: EVEN[name] for name in ("choice", "linspace")}), 7, 8),
    "random, permuted": (_matrix("random", 6, EVEN), 7, 6),
    "random, weighted": (_matrix("random", 6, WEIGHTED), 7, 6),
    "random, exhausted": (_matrix("random", 99, {n: WEIGHTED[n] for n in ("pchoice", "quniform")}), 7, 15),
    "sobol, plain": (_matrix("sobol", 6, {**CONTINUOUS, **EVEN, **WEIGHTED}), 7, 6),
    "sobol, finite": (_matrix("sobol", 99, {n: WEIGHTED[n] for n in ("pchoice", "quniform")}), 7, 15),
}


def compute(*, without: str = "") -> dict[str, Any]:
    """The points of every case whose name does not start with ``without``."""
    from leadline.search import New, make_searcher

    return {
        name: [
            dict(new.params)
            for new in make_searcher(matrix, seed).suggest(range(count)).suggestions
            if isinstance(new, New)
        ]
        for name, (matrix, seed, count) in CASES.items()
        if not (without and name.startswith(without))
    }


if __name__ == "__main__":
    if sys.argv[1:] == ["--python-decimal"]:
        sys.modules["_decimal"] = None  # type: ignore[assignment]
        import _pydecimal
        import decimal

        assert decimal.Decimal is _pydecimal.Decimal
        print(json.dumps(compute(without="sobol")))
    else:
        FILE.write_text(json.dumps(compute(), indent=1) + "\n")
