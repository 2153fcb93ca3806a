"""Budgets of epochs: what is paid for, what counts, and that trials go on where they were."""

from __future__ import annotations

from benchmarks.search.fidelity import run_epochs
from benchmarks.search.methods.rungs import ALL

from .scripted import CURVED, Climber, crossing, rung_entry


def test_a_trial_that_goes_on_pays_for_its_further_epochs_only() -> None:
    method = Climber(go_on=lambda number: number == 0)
    found = run_epochs(CURVED, rung_entry(method), 0, "epochs", wholes=2)
    assert method.ends == [(0, 3), (0, 9), (1, 3), (2, 3), (3, 3)]
    assert found.trials == 4


def test_every_epoch_of_every_trial_counts() -> None:
    found = run_epochs(CURVED, rung_entry(Climber(go_on=lambda number: True)), 0, "epochs", wholes=2)
    assert found.best[0] == min(crossing({"x": 1.0}, epoch) for epoch in range(1, 10))
    assert found.best[1] == min(crossing({"x": x}, epoch) for x in (1.0, 0.5) for epoch in range(1, 10))


def test_a_stopped_trial_frees_its_worker() -> None:
    method = Climber(go_on=lambda number: False, stop={0: 1, 1: 2})
    run_epochs(CURVED, rung_entry(method), 0, "epochs", wholes=1)
    assert method.ends == [(0, 1), (1, 2), (2, 3), (3, 3)]


def test_eight_workers_share_one_budget() -> None:
    method = Climber(go_on=lambda number: number % 3 == 0)
    found = run_epochs(CURVED, rung_entry(method), 0, "epochs8", wholes=20)
    assert found.trials > 20
    assert sorted(method.ends) != method.ends


def test_our_searches_with_rungs_stay_within_the_budget_and_give_most_trials_a_part() -> None:
    for name in ("hyperband", "asha", "asha-stopping"):
        for mode in ("epochs", "epochs8"):
            found = run_epochs(CURVED, ALL[name], 0, mode)
            assert found.error == ""
            assert found.trials >= 17, name
    assert run_epochs(CURVED, ALL["flat-random"], 0, "epochs8").trials == 20
