"""The whole way from kept runs to a page: who is beside whom, and what is said of it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.search.figures import Figures
from benchmarks.search.report import write_report
from benchmarks.search.runner import COUNTS, Trajectory
from benchmarks.search.sorts import TRIALS
from benchmarks.search.store import Key, Store
from benchmarks.search.versions import pins, version_of

TASK = TRIALS.tasks["branin2"]
GAP = 1.0
MEDIANS = {TASK.name: (TASK.best + GAP,) * len(COUNTS)}
ENTRIES = [TRIALS.entries[name] for name in ("random", "tpe", "optuna-tpe", "ax")]


def figures(
    tmp_path: Path,
    regrets: dict[str, list[float]],
    seeds: int = 10,
    lengths: dict[str, int] | None = None,
) -> Figures:
    """Of runs whose regret is the same from beginning to end, one for each seed. lengths: of runs that ended early."""
    store = Store(tmp_path)
    for entry in ENTRIES:
        length = len([count for count in COUNTS if count <= (lengths or {}).get(entry.name, 200)])
        for seed, regret in enumerate(regrets.get(entry.name, [])):
            best = (TASK.best + GAP * regret,) * length
            key = Key(TASK.name, TASK.hash, entry.name, version_of(entry), "sequential", seed)
            store.add(key, Trajectory(best, 200, 0, (1.0, 0.1, 0.2, 0.3)))
    return Figures(TRIALS, (Store(tmp_path),), [TASK], ENTRIES, MEDIANS, seeds)


def test_each_of_ours_stands_beside_each_peer_and_random_search(tmp_path: Path) -> None:
    found = figures(
        tmp_path, {"random": [1.0, 1.1], "tpe": [0.2, 0.3], "optuna-tpe": [0.6, 0.8], "ax": [0.1, 0.2]}
    )
    page = write_report([found], "abc123", "def456")
    assert "Commit abc123, sources of the search def456" in page
    assert "| Leadline tpe | 0.250 ± 0.050 |" in page
    same = " | ".join(["-0.45 ± 0.05 below"] * 4)
    assert f"| tpe | optuna-tpe | {same} | 2 |" in page
    assert "| tpe | random | -0.80 ± 0.00 below |" in page
    assert "| tpe | ax | +0.10 ± 0.00 above |" in page
    assert "parallel8" not in page.replace("optuna", "")


def test_a_method_that_ran_out_of_time_is_not_compared_beyond_its_last_trial(tmp_path: Path) -> None:
    found = figures(tmp_path, {"tpe": [0.2, 0.3], "ax": [0.1, 0.2]}, lengths={"ax": 100})
    assert found.at("ax", "sequential", 100)
    assert found.at("ax", "sequential", 200) == {}
    line = next(
        line for line in write_report([found], "", "").splitlines() if line.startswith("| tpe | ax |")
    )
    assert line.endswith("+0.10 ± 0.00 above |  | 2 |")


def test_runs_of_other_seeds_or_versions_do_not_count(tmp_path: Path) -> None:
    assert len(figures(tmp_path, {"tpe": [0.1, 0.2, 0.3]}, seeds=2).at("tpe", "sequential", 50)) == 2
    key = Key(TASK.name, TASK.hash, "tpe", "another version", "sequential", 5)
    Store(tmp_path).add(key, Trajectory((0.0,) * len(COUNTS), 200, 0, (0.0,) * 4))
    assert (TASK.name, 5) not in figures(tmp_path, {}).at("tpe", "sequential", 50)


def test_every_peer_is_pinned() -> None:
    wanted = {package for entry in TRIALS.entries.values() for package in entry.packages}
    assert wanted <= pins().keys()
