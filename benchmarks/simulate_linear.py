"""Whether a simulation's time grows with its trials and no faster: seconds for 1,000 to 10,000 trials, and per trial.

All sizes are run in turn in one process, so that a busy machine is as hard on the small ones as on the large ones. What
is judged is CPU time: a simulation is one thread, so on a machine with a core to spare that is the time by the wall.

    make bench            or  python -m benchmarks.simulate_linear [--runs 5]
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from dataclasses import dataclass, field

from leadline.reconcile.observed import Group
from leadline.reconcile.parse import parse_group
from leadline.simulate.body import Simulation
from leadline.simulate.world import Formulas, WrittenWorld

SIZES = (1_000, 2_000, 5_000, 10_000)
CONCURRENCIES = (10, 100)
ALLOWED_GROWTH = 1.25
"""Time per trial of any size, as a multiple of that of the smallest: what is left of 10 where it were quadratic."""
ALLOWED_SECONDS = 60.0
"""For 10,000 trials, whatever the concurrency."""

WORLD = Formulas(
    objective="1 - (log10(lr) + 3) ** 2 - dropout + 0.1 * z", duration="600 + 300 * u", failures="0.02"
)
PARAMS = {
    "lr": {"kind": "loguniform", "value": {"min": 1e-5, "max": 0.1}},
    "dropout": {"kind": "uniform", "value": [0, 0.5]},
    "optimizer": {"kind": "choice", "value": ["sgd", "adam", "rmsprop"]},
}


@dataclass(slots=True)
class Times:
    """Seconds of several runs of one size."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


def search(trials: int, concurrency: int) -> Group:
    """A random search of so many trials."""
    matrix = {
        "kind": "random",
        "numRuns": trials,
        "concurrency": concurrency,
        "seed": 7,
        "metric": {"name": "accuracy", "optimization": "maximize"},
        "params": PARAMS,
    }
    container = {"name": "train", "image": "none:1", "args": ["--lr={{ lr }}"]}
    group = parse_group(
        {
            "apiVersion": "leadline.dev/v1alpha1",
            "kind": "OptimizationGroup",
            "metadata": {"name": "linear", "uid": "linear", "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"matrix": matrix, "template": {"spec": {"containers": [container]}}},
        }
    )
    assert group.spec is not None, group.problems
    return group


def run(trials: int, concurrency: int, times: Times) -> None:
    """One simulation, to its end."""
    group = search(trials, concurrency)
    assert group.spec is not None
    simulation = Simulation(group, WrittenWorld(WORLD, group.spec.matrix.metric, PARAMS))
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    simulation.run()
    times.cpu.append(time.process_time() - cpu)
    times.wall.append(time.perf_counter() - wall)
    counts = simulation.records.group.status.counts
    assert counts.succeeded + counts.failed == trials, counts
    assert simulation.most_at_once == min(concurrency, trials)


def measure(sizes: tuple[int, ...], concurrency: int, runs: int) -> dict[int, Times]:
    """Every size once, then every size again."""
    found = {trials: Times() for trials in sizes}
    for _ in range(runs):
        for trials, times in found.items():
            run(trials, concurrency, times)
    return found


def report(concurrency: int, found: dict[int, Times]) -> bool:
    """Print a table; whether every figure is within what is allowed."""
    print(f"\n{concurrency} at once, medians of {len(next(iter(found.values())).cpu)} runs (and their range)")
    print(f"{'trials':>7}  {'CPU s':>24}  {'wall s':>8}  {'ms per trial':>12}  {'ratio':>6}")
    base, within = 0.0, True
    for trials, times in found.items():
        cpu, wall = statistics.median(times.cpu), statistics.median(times.wall)
        each = 1000 * cpu / trials
        base = base or each
        spread = f"{cpu:.2f} ({min(times.cpu):.2f} to {max(times.cpu):.2f})"
        print(f"{trials:>7,}  {spread:>24}  {wall:>8.2f}  {each:>12.3f}  {each / base:>6.2f}")
        within = within and each / base <= ALLOWED_GROWTH and (trials < 10_000 or cpu <= ALLOWED_SECONDS)
    return within


def main() -> int:
    """Measure and print; 1 where a figure is out of what is allowed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=3, help="of each size")
    parser.add_argument(
        "--quick", action="store_true", help="one run of the small sizes: to see that it works"
    )
    chosen = parser.parse_args()
    sizes, runs = (SIZES[:2], 1) if chosen.quick else (SIZES, chosen.runs)
    run(SIZES[0], CONCURRENCIES[0], Times())  # nobody measures how long imports and first calls take
    within = [report(concurrency, measure(sizes, concurrency, runs)) for concurrency in CONCURRENCIES]
    print(f"\nallowed: a ratio of {ALLOWED_GROWTH}, and {ALLOWED_SECONDS:.0f} s of CPU for 10,000 trials")
    return 0 if all(within) else 1


if __name__ == "__main__":
    sys.exit(main())
