"""What one suggestion costs on one core, in seconds and memory, at 10 dimensions with 100 to 10,000 finished trials.

    python -m benchmarks.search.cost [--methods tpe bayes optuna-tpe optuna-gp] [--sizes 100 1000 10000]

Each cell is measured in a process of its own, that ends after a limit. ``cold``: everything is told to a new searcher,
which then suggests. ``fresh``: one more result, then a suggestion, the middle of several. ``memory``: how
much the greatest resident size grew from an empty study on. ``64 at once``: of one question to a cold searcher (ours),
or one after another (Optuna, which has no other way).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any

from benchmarks.search.methods import ALL, Setting
from benchmarks.search.methods.dimensions import Categories, Dimension, Real, Whole
from benchmarks.search.methods.leadline_matrix import Matrix, matrix_of, searcher_of
from benchmarks.search.methods.optuna_samplers import Study
from benchmarks.search.tasks import functions as f
from benchmarks.search.tasks.axes import choice, log, uniform, whole
from benchmarks.search.tasks.synthetic import declared, landscape
from benchmarks.search.tasks.task import Task
from leadline.search import Completed

METHODS = ("tpe", "bayes", "optuna-tpe", "optuna-gp")
SIZES = (100, 1_000, 10_000)
FRESH = 7
"""Suggestions whose middle counts."""
WARM = 12
"""Trials after which every method's model is in use."""
BATCH = 64
TOO_LARGE = {"optuna-gp": 1_000}
"""Above so many trials it takes minutes a suggestion."""
LIMIT = 280
"""Seconds for a cell."""
PARTS = ("cold", "fresh", "memory", "many")


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
    """The parts of one cell as they are known: one that is cut short has the first of them."""
    task = problem()
    points = [task.point(number) for number in range(size + FRESH + 1)]
    losses = [float(task.objective(point) or 0.0) for point in points]
    setting = Setting(task.params, 1, 10 * size, 1)
    warm = ALL[name].build(setting)  # what is imported at first use is not part of it
    for number in range(WARM):
        warm.tell(number, warm.ask(number, {}) or {}, losses[number])
    before = _peak()
    began = time.perf_counter()
    if ALL[name].packages:
        method, batch = _optuna(name, setting, task, points[:size], losses[:size])
    else:
        method, batch = _matrix(name, setting, points[:size], losses[:size])
    params = method.ask(size, {})
    yield "cold", time.perf_counter() - began
    fresh = []
    for number in range(size, size + FRESH):
        began = time.perf_counter()
        method.tell(number, params or {}, losses[number])
        params = method.ask(number + 1, {})
        fresh.append(time.perf_counter() - began)
    yield "fresh", median(fresh)
    yield "memory", (_peak() - before) / 1e6
    began = time.perf_counter()
    batch()
    yield "many", time.perf_counter() - began


def _matrix(
    name: str, setting: Setting, points: Sequence[dict[str, Any]], losses: Sequence[float]
) -> tuple[Any, Callable[[], object]]:
    method = Matrix(matrix_of(name, setting.params, setting.budget), setting.seed)
    for number, (point, loss) in enumerate(zip(points, losses, strict=True)):
        method.tell(number, point, loss)

    def batch() -> object:
        searcher = searcher_of(matrix_of(name, setting.params, setting.budget), setting.seed)
        told = [
            Completed(number, point, number, "succeeded", loss)
            for number, (point, loss) in enumerate(zip(points, losses, strict=True))
        ]
        searcher.update(told, [])
        return searcher.suggest(list(range(len(points), len(points) + BATCH)))

    return method, batch


def _optuna(
    name: str, setting: Setting, task: Task, points: Sequence[dict[str, Any]], losses: Sequence[float]
) -> tuple[Any, Callable[[], object]]:
    import optuna

    method = ALL[name].build(setting)
    assert isinstance(method, Study)
    distributions = {dimension.name: _distribution(optuna, dimension) for dimension in method.dimensions}
    method.study.add_trials(
        [
            optuna.trial.create_trial(params=point, distributions=distributions, value=loss)
            for point, loss in zip(points, losses, strict=True)
        ]
    )
    first = len(points) + FRESH + 1
    return method, lambda: [method.ask(number, {}) for number in range(first, first + BATCH)]


def _distribution(optuna: Any, dimension: Dimension) -> Any:
    shape = dimension.shape
    if isinstance(shape, Real):
        return optuna.distributions.FloatDistribution(shape.low, shape.high, log=shape.log)
    if isinstance(shape, Whole):
        return optuna.distributions.IntDistribution(shape.low, shape.high, step=shape.step)
    assert isinstance(shape, Categories)
    return optuna.distributions.CategoricalDistribution(shape.values)


def _peak() -> float:
    """Bytes; the kernel counts in 1,024."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every cell, and print a table."""
    parser = argparse.ArgumentParser("benchmarks.search.cost", description=__doc__)
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=sorted(ALL))
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument(
        "--cell", nargs=2, metavar=("METHOD", "SIZE"), help="measure this one here, print JSON"
    )
    options = parser.parse_args(arguments)
    if options.cell:
        warnings.simplefilter("ignore")
        for part, value in measure(options.cell[0], int(options.cell[1])):
            print(json.dumps({part: value}), flush=True)
        return 0
    print(f"| method | finished | cold, s | fresh, s | memory, MB | {BATCH} at once, s |")
    print("| --- | --- | --- | --- | --- | --- |")
    for size in options.sizes:
        for name in options.methods:
            print(f"| {name} | {size:,} | {_cell(name, size)} |", flush=True)
    return 0


def _cell(name: str, size: int) -> str:
    if size > TOO_LARGE.get(name, size):
        return " | ".join(["takes minutes"] * len(PARTS))
    one_core = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    command = [sys.executable, "-m", "benchmarks.search.cost", "--cell", name, str(size)]
    environment = {**os.environ, **one_core}
    late = "none"
    try:
        output = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=LIMIT, check=True
        ).stdout
    except subprocess.TimeoutExpired as reached:
        # What it printed comes as bytes, whatever was asked for.
        output, late = (reached.stdout or b"").decode(), f"{LIMIT} s were not enough"
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or ["no message"]
        output, late = error.stdout, lines[-1][:80]
    cell: dict[str, float] = {}
    for line in output.splitlines():
        cell |= json.loads(line)
    return " | ".join(f"{cell[part]:.3g}" if part in cell else late for part in PARTS)


if __name__ == "__main__":
    sys.exit(main())
