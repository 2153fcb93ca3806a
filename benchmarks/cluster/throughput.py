"""Trials per second end to end, against bare Jobs with the same pod in the same run; writes per trial; refill latency.

    make bench            or  python -m benchmarks.cluster.throughput [--pairs 5] [--quick] [--at 500]

Pairs are alternated, since machines are noisy: what counts is the ratio within a pair, and its median over the pairs.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from benchmarks.cluster.ground import get_group, ground, group, spread, wait, writes
from benchmarks.cluster.refill import Refill
from cluster.client import Api
from cluster.controlplane import ControlPlane
from faults.groups import is_finished
from leadline.api import names
from operator_process import OperatorProcess

LEVELS = {100: 400, 500: 1000}
"""Trials in a run, by how many are in parallel."""
ALLOWED_RATIO = 0.60
ALLOWED_WRITES = 6.0


@dataclass
class Level:
    """What was measured at one level of parallelism."""

    concurrency: int
    ours: list[float]
    bare: list[float]
    per_trial: dict[str, float]
    refills: list[float]

    @property
    def ratios(self) -> list[float]:
        """Our rate as a share of the bare one, pair by pair."""
        return [mine / theirs for mine, theirs in zip(self.ours, self.bare, strict=True)]


def measure(plane: ControlPlane, operator: OperatorProcess, concurrency: int, runs: int, pairs: int) -> Level:
    """Alternated pairs at one level."""
    level = Level(concurrency, [], [], {}, [])
    before = writes(operator)
    for pair in range(pairs):
        level.bare.append(runs / _bare(plane, runs, concurrency))
        level.ours.append(runs / _ours(plane.api(), f"bench-{concurrency}-{pair}", runs, concurrency))
        print(
            f"  {concurrency} at once, pair {pair + 1}: bare {level.bare[-1]:.1f}/s, "
            f"Leadline {level.ours[-1]:.1f}/s, ratio {level.ratios[-1]:.2f}",
            flush=True,
        )
    after = writes(operator)
    level.per_trial = {
        key: (after[key] - before.get(key, 0)) / (runs * pairs)
        for key in sorted(after)
        if after[key] > before.get(key, 0)
    }
    # In a run of its own: whoever watches takes part of the machine.
    with Refill(plane.api(), f"refill-{concurrency}", concurrency) as refill:
        _ours(plane.api(), f"refill-{concurrency}", runs, concurrency)
    level.refills = refill.latencies()
    return level


def _bare(plane: ControlPlane, runs: int, concurrency: int) -> float:
    command = [sys.executable, "-m", "benchmarks.cluster.bare_jobs", str(plane.kubeconfig())]
    answer = subprocess.run(
        [*command, str(runs), str(concurrency)], check=True, capture_output=True, text=True
    )
    _settle(plane.api())
    return float(answer.stdout)


def _ours(api: Api, name: str, runs: int, concurrency: int) -> float:
    """Seconds from the group's creation until it has finished and its last Job is gone."""
    begun = time.monotonic()
    api.create(group(name, runs, concurrency))
    wait(lambda: is_finished(get_group(api, name)), f"{name} to finish", longest=0.25)
    wait(lambda: not api.list("batch/v1", "Job", "default"), "the Jobs to go")
    took = time.monotonic() - begun
    status = get_group(api, name)["status"]
    if status["counts"]["succeeded"] != runs:
        raise RuntimeError(f"not every trial succeeded: {status['counts']}")
    api.delete(names.API_VERSION, names.GROUP_KIND, name, "default")
    wait(lambda: not api.list(names.API_VERSION, names.TRIAL_KIND, "default"), "the Trials to go")
    _settle(api)
    return took


def _settle(api: Api) -> None:
    """Nothing of one run is left to slow down the next."""
    wait(lambda: not api.list("v1", "Pod", "default"), "the pods to go")


def report(level: Level) -> bool:
    """Print a level; True where it is within what is allowed."""
    ratio = statistics.median(level.ratios)
    batched = {key: value for key, value in level.per_trial.items() if _is_batched(key)}
    single = {key: value for key, value in level.per_trial.items() if not _is_batched(key)}
    total = sum(single.values())
    print(f"\n{level.concurrency} in parallel, {len(level.ours)} pairs")
    print(f"  trials per second        {spread(level.ours)}")
    print(f"  bare Jobs per second     {spread(level.bare)}")
    print(f"  ratio, median of pairs   {spread(level.ratios)}   allowed: at least {ALLOWED_RATIO:.2f}")
    print(f"  writes per trial         {total:.2f}   allowed: at most {ALLOWED_WRITES:g}")
    for key, value in single.items():
        print(f"    {key:28} {value:.2f}")
    print("  batched and told apart   " + ", ".join(f"{key} {value:.2f}" for key, value in batched.items()))
    if level.refills:
        ordered = sorted(level.refills)
        p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        print(
            f"  Job done to next release median {statistics.median(ordered):.3f} s, 99th percentile {p99:.3f} s"
        )
    return ratio >= ALLOWED_RATIO and total <= ALLOWED_WRITES


def _is_batched(key: str) -> bool:
    return "optimizationgroups" in key or "events" in key or "leases" in key


def main() -> int:
    """Measure and print; 1 where a figure is out of what is allowed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one pair, fewer trials: to see that it works")
    parser.add_argument("--at", type=int, choices=LEVELS, help="only this many in parallel")
    chosen = parser.parse_args()
    pairs = 1 if chosen.quick else chosen.pairs
    with ground() as plane, OperatorProcess(plane.kubeconfig(), "--no-leader-election") as operator:
        levels = [
            measure(plane, operator, concurrency, runs // 4 if chosen.quick else runs, pairs)
            for concurrency, runs in LEVELS.items()
            if chosen.at in (None, concurrency)
        ]
    within = [report(level) for level in levels]
    return 0 if all(within) else 1


if __name__ == "__main__":
    sys.exit(main())
