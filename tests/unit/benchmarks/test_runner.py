"""The event queue: who ends when, what a method is told, and what is kept of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from benchmarks.search.methods import ALL, Setting, Unavailable
from benchmarks.search.methods.leadline_matrix import Matrix, matrix_of
from benchmarks.search.runner import SPEEDS, best_at, duration, run

from .scripted import LINE, Countdown, entry


def test_one_worker_tells_each_trial_before_the_next_is_asked_for() -> None:
    method = Countdown()
    found = run(LINE, entry(method), 0, "sequential", 20)
    assert method.told == list(range(20))
    assert all(not pending for pending in method.pending)
    assert found.trials == 20
    assert found.best[:4] == (1 / 5, 1 / 10, 1 / 15, 1 / 20)


def test_eight_workers_tell_in_the_order_in_which_trials_end() -> None:
    method = Countdown()
    run(LINE, entry(method), 3, "parallel8", 40)
    # The same, by hand: each worker's next trial begins when its last one ends.
    free = [(0.0, worker) for worker in range(8)]
    ends = []
    for number in range(40):
        now, worker = free.pop(0)
        end = now + duration("line", 3, number) / SPEEDS["parallel8"][worker]
        ends.append((end, number))
        free = sorted([*free, (end, worker)])
    assert method.told == [number for _, number in sorted(ends)]
    assert method.told != sorted(method.told)


def test_seven_trials_are_pending_once_all_workers_are_busy() -> None:
    method = Countdown()
    run(LINE, entry(method), 0, "parallel8", 40)
    assert [len(pending) for pending in method.pending] == [*range(8), *(7 for _ in range(32))]


def test_a_method_may_want_results_first() -> None:
    method = Countdown(patience=3)
    assert run(LINE, entry(method), 0, "parallel8", 30).trials == 30
    assert max(len(pending) for pending in method.pending) == 2


def test_a_search_that_ends_early_keeps_its_best() -> None:
    found = run(LINE, entry(Countdown(limit=7)), 0, "parallel8", 200)
    assert found.trials == 7
    assert found.best[-1] == 1 / 7


def test_a_method_that_takes_too_long_ends_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("benchmarks.search.runner.time.process_time", lambda: float(next(clock)))
    # Each question takes a second: the 24th is one too many.
    found = run(LINE, replace(entry(Countdown()), patience=23.5), 0, "sequential", 200)
    assert found.trials == 23
    assert found.best == (1 / 5, 1 / 10, 1 / 15, 1 / 20)


def test_an_error_is_part_of_the_result() -> None:
    def objective(params: object) -> float:
        raise RuntimeError("out of paper")

    found = run(replace(LINE, objective=objective), entry(Countdown()), 0, "sequential", 10)
    assert (found.trials, found.error) == (0, "RuntimeError: out of paper")


def test_failed_trials_count_as_trials() -> None:
    task = replace(LINE, objective=lambda params: None if params["x"] > 0.15 else params["x"])
    found = run(task, entry(Countdown()), 0, "sequential", 10)
    assert (found.trials, found.failed) == (10, 6)
    assert found.best[:2] == (None, 0.1)


def test_best_losses_pass_over_what_is_no_number() -> None:
    assert best_at([None, float("nan"), 3.0, 1.0, 2.0], (1, 2, 3, 4, 5, 9)) == (
        None,
        None,
        3.0,
        1.0,
        1.0,
        1.0,
    )
    assert best_at([], (1, 5)) == (None, None)


def test_durations_are_scattered_around_one() -> None:
    durations = sorted(duration("line", 0, number) for number in range(1001))
    assert 0.9 < durations[500] < 1.1
    assert durations[0] > 0.1
    assert durations[-1] < 10


def test_our_random_search_is_the_same_every_time() -> None:
    first, second = (run(LINE, ALL["random"], 5, "parallel8", 50) for _ in range(2))
    assert first.best == second.best
    assert run(LINE, ALL["random"], 6, "parallel8", 50).best != first.best


def test_a_kind_that_is_not_built_is_unavailable_and_says_so() -> None:
    with pytest.raises(Unavailable, match="dowsing"):
        Matrix(matrix_of("dowsing", LINE.params, 10), 0)


def test_the_budget_of_bayes_is_its_first_trials_and_its_iterations() -> None:
    setting = Setting(LINE.params, 0, 200, 1)
    matrix = matrix_of("bayes", setting.params, setting.budget)
    assert matrix["numInitialRuns"] + matrix["maxIterations"] == 200
