"""What one suggestion costs on one core, in seconds and memory, at 10 dimensions with 100 to 10,000 finished trials.

    python -m benchmarks.search.cost [--methods tpe bayes optuna-tpe optuna-gp] [--sizes 100 1000 10000] [--write]

Each row is measured in a process of its own, that ends after a limit. ``first``: everything is told to a new searcher,
which then suggests. ``one more``: one more result, then a suggestion, the middle of several. ``64 at once``: one more
result, then one question for 64 (ours), or 64 one after another (Optuna, which has no other way); in ``one more``.
Times are of the processor. ``process``: the greatest resident size, what Python and the libraries take included;
``growth``: since before the first result was told.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.search.methods import ALL, Setting
from benchmarks.search.methods.dimensions import Categories, Dimension, Real, Whole
from benchmarks.search.methods.leadline_matrix import Matrix
from benchmarks.search.methods.method import Method
from benchmarks.search.methods.optuna_samplers import Study
from benchmarks.search.store import RESULTS
from benchmarks.search.tasks import functions as f
from benchmarks.search.tasks.axes import choice, log, uniform, whole
from benchmarks.search.tasks.synthetic import declared, landscape
from benchmarks.search.tasks.task import Params, Task

METHODS = ("bayes", "tpe", "cmaes", "evolution", "optuna-gp", "optuna-tpe", "optuna-cmaes")
SIZES = (100, 1_000, 10_000)
FRESH = 21
"""Suggestions whose middle counts."""
WARM = 12
"""Trials after which every method's model is in use."""
BATCH = 64
FIRST, MORE, MANY = "first, ms", "one more, ms", f"{BATCH} at once, in one more"
PROCESS, GROWTH = "process, MB", "growth, MB"
COLUMNS = (FIRST, MORE, MANY, PROCESS, GROWTH)
BATCHES = 3
"""Batches whose middle counts."""
TOO_LARGE = {"optuna-gp": 1_000}
"""Above so many trials it takes minutes a suggestion."""
LIMIT = 280
"""Seconds for a row."""
FILE = RESULTS / "cost.md"


def problem() -> Task:
    """Four real, three logarithmic and two whole parameters, and a category."""
    axes = {f"x{i}": uniform(-5, 5) for i in range(4)} | {f"l{i}": log(1e-5, 1.0) for i in range(3)}
    axes |= {f"w{i}": whole(1, 100) for i in range(2)}
    optimum = {name: 1e-2 if name[0] == "l" else 2 for name in axes}
    loss = landscape(axes, optimum, f.levy, 10.0, 3)
    params = declared({**axes, "kind": choice(["a", "b", "c", "d"])})
    return Task(
        "cost", "synthetic", params, lambda p: loss(p) + (p["kind"] != "b"), 0.0, "for the time it takes"
    )


def measure(name: str, size: int) -> Iterator[tuple[str, float]]:
    """The cells of one row, by their columns, as they are known: a row that is cut short has the first of them."""
    task = problem()
    points = [task.point(number) for number in range(max(size, WARM))]
    losses = [float(task.objective(point) or 0.0) for point in points]
    setting = Setting(task.params, 1, 10 * size, 1)
    warm = ALL[name].build(setting)  # what is imported at first use is not part of it
    for number in range(WARM):
        warm.tell(number, warm.ask(number, {}) or {}, losses[number])
    before = _peak()
    began = time.process_time()
    method = _told(name, setting, points[:size], losses[:size])
    params = method.ask(size, {})
    yield FIRST, 1e3 * (time.process_time() - began)
    number = size
    fresh = []
    for _ in range(FRESH):
        method.tell(number, params or {}, task.objective(params or {}))
        number += 1
        began = time.process_time()
        params = method.ask(number, {})
        fresh.append(time.process_time() - began)
    yield MORE, 1e3 * median(fresh)
    many = []
    for _ in range(BATCHES):
        method.tell(number, params or {}, task.objective(params or {}))
        began = time.process_time()
        found = _batch(method, range(number + 1, number + 1 + BATCH))
        many.append(time.process_time() - began)
        number, params = number + 1, found[0]  # nobody is told of the others
    yield MANY, median(many) / median(fresh)
    yield PROCESS, _peak() / 1e6
    yield GROWTH, (_peak() - before) / 1e6


def _told(name: str, setting: Setting, points: Sequence[dict[str, Any]], losses: Sequence[float]) -> Method:
    """A method that knows these results."""
    method = ALL[name].build(setting)
    if ALL[name].packages:
        _tell_optuna(method, points, losses)
    else:
        for number, (point, loss) in enumerate(zip(points, losses, strict=True)):
            method.tell(number, point, loss)
    return method


def _batch(method: Method, numbers: Sequence[int]) -> list[Params]:
    if isinstance(method, Matrix):
        return method.ask_many(numbers, {})
    return [method.ask(number, {}) or {} for number in numbers]


def _tell_optuna(method: Method, points: Sequence[dict[str, Any]], losses: Sequence[float]) -> None:
    import optuna

    assert isinstance(method, Study)
    distributions = {dimension.name: _distribution(optuna, dimension) for dimension in method.dimensions}
    method.study.add_trials(
        [
            optuna.trial.create_trial(params=point, distributions=distributions, value=loss)
            for point, loss in zip(points, losses, strict=True)
        ]
    )


def _distribution(optuna: Any, dimension: Dimension) -> Any:
    shape = dimension.shape
    if isinstance(shape, Real):
        return optuna.distributions.FloatDistribution(shape.low, shape.high, log=shape.log)
    if isinstance(shape, Whole):
        return optuna.distributions.IntDistribution(shape.low, shape.high, step=shape.step)
    assert isinstance(shape, Categories)
    return optuna.distributions.CategoricalDistribution(shape.values)


def _peak() -> float:
    """Bytes. Not ``ru_maxrss``: that counts what the process was a copy of before it became this program."""
    status = Path("/proc/self/status").read_text()
    return 1024.0 * int(status.partition("VmHWM:")[2].split(maxsplit=1)[0])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every row, and print a table."""
    parser = argparse.ArgumentParser("benchmarks.search.cost", description=__doc__)
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=sorted(ALL))
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument(
        "--write", action="store_true", help=f"keep the table as {FILE.name} beside the results"
    )
    parser.add_argument(
        "--row", nargs=2, metavar=("METHOD", "SIZE"), help="measure this one here, print JSON"
    )
    options = parser.parse_args(arguments)
    if options.row:
        warnings.simplefilter("ignore")
        for column, value in measure(options.row[0], int(options.row[1])):
            print(json.dumps({column: value}), flush=True)
        return 0
    lines = list(_head())
    print("\n".join(lines), flush=True)
    for size in options.sizes:
        for name in options.methods:
            lines.append(_row(name, size))
            print(lines[-1], flush=True)
    if options.write:
        FILE.write_text("\n".join([*lines, ""]))
    return 0


def _head() -> Iterator[str]:
    columns = ("method", "finished trials", *COLUMNS)
    yield f"| {' | '.join(columns)} |"
    yield f"| {' | '.join('---' for _ in columns)} |"


def _row(name: str, size: int) -> str:
    found, late = ({}, "takes minutes") if size > TOO_LARGE.get(name, size) else _measured(name, size)
    cells = [f"{found[column]:.3g}" if column in found else late for column in COLUMNS]
    return f"| {' | '.join((name, f'{size:,}', *cells))} |"


def _measured(name: str, size: int) -> tuple[dict[str, float], str]:
    """What was measured in another process; and why the rest was not."""
    one_core = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    command = [sys.executable, "-m", "benchmarks.search.cost", "--row", name, str(size)]
    late = ""
    try:
        output = subprocess.run(
            command, env={**os.environ, **one_core}, capture_output=True, text=True, timeout=LIMIT, check=True
        ).stdout
    except subprocess.TimeoutExpired as reached:
        # What it printed comes as bytes, whatever was asked for.
        output, late = (reached.stdout or b"").decode(), f"{LIMIT} s were not enough"
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or ["no message"]
        output, late = error.stdout, lines[-1][:80]
    found: dict[str, float] = {}
    for line in output.splitlines():
        found |= json.loads(line)
    return found, late


if __name__ == "__main__":
    sys.exit(main())
