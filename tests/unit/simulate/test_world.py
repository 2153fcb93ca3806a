"""A written world: formulas over a trial's parameters, with chance that depends on seed, trial and attempt only."""

from __future__ import annotations

from typing import Any

import pytest

from leadline.api.matrix import Metric
from leadline.api.trial import TrialSpec, TrialStatus
from leadline.reconcile.observed import Fault, Trial
from leadline.simulate.world import Formulas, WorldError, WrittenWorld

LOSS = Metric(name="loss", optimization="minimize")


def world(metric: Metric | None = LOSS, **formulas: Any) -> WrittenWorld:
    formulas.setdefault("objective", "lr")
    return WrittenWorld(Formulas(**formulas), metric, ("lr", "kernel"))


def trial(number: int = 0, /, **params: Any) -> Trial:
    params = {"lr": 0.5, "kernel": "rbf", **params}
    return Trial(number, f"uid-{number}", TrialSpec(number, params, history=0), TrialStatus())


def value(made: WrittenWorld, of: Trial, attempt: int = 1) -> float:
    found = made.fate(of, attempt).metrics.metrics["loss"].last
    assert found is not None
    return found


def test_formulas_see_parameters_number_and_attempt() -> None:
    made = world(objective="lr * 10 + number + attempt / 10", duration="100 if kernel == 'rbf' else 1")

    assert value(made, trial(3), attempt=2) == pytest.approx(8.2)
    assert made.fate(trial(), 1).duration == 100
    assert made.fate(trial(kernel="poly"), 1).duration == 1


def test_an_attempt_lasts_a_minute_where_nothing_is_said() -> None:
    assert world().fate(trial(), 1).duration == 60


def test_chance_depends_on_seed_trial_and_attempt_and_not_on_the_order() -> None:
    made = world(objective="z", duration="u", seed=1)
    first = [made.fate(trial(number), 1) for number in range(20)]

    again = world(objective="z", duration="u", seed=1)
    assert [again.fate(trial(number), 1) for number in reversed(range(20))] == first[::-1]
    assert value(made, trial(0), attempt=2) != value(made, trial(0), attempt=1)
    assert value(world(objective="z", duration="u", seed=2), trial(0)) != value(made, trial(0))


def test_a_trial_that_is_looked_at_reports_evenly_and_last_at_its_end() -> None:
    made = world(objective="lr / report", reports="4", duration="100")
    watched = Trial(
        0, "uid", TrialSpec(0, {"lr": 12, "kernel": "rbf"}, history=0, rungs=(1, 3, 4, 9)), TrialStatus()
    )
    fate = made.fate(watched, 1)

    assert [(after, summary.metrics["loss"].last) for after, summary in fate.reports] == [(25, 12), (75, 4)]
    assert fate.metrics.metrics["loss"].last == 3
    assert value(made, trial(lr=12)) == 3
    assert value(world(objective="lr / report"), trial(lr=12)) == 12, "once, at its end"


def test_each_formula_has_chance_of_its_own() -> None:
    made = world(objective="u", duration="u")

    assert all(value(made, trial(n)) != made.fate(trial(n), 1).duration for n in range(20))


def test_u_is_uniform_and_z_is_normal() -> None:
    made = world(objective="u", duration="z + 100")
    fates = [made.fate(trial(number), 1) for number in range(2000)]
    uniform = [fate.metrics.metrics["loss"].last or 0.0 for fate in fates]
    normal = [fate.duration - 100 for fate in fates]

    assert 0 <= min(uniform) < 0.01
    assert 0.99 < max(uniform) < 1
    assert sum(uniform) / 2000 == pytest.approx(0.5, abs=0.02)
    assert sum(normal) / 2000 == pytest.approx(0, abs=0.06)
    assert sum(z * z for z in normal) / 2000 == pytest.approx(1, abs=0.1)


def test_failures_and_disruptions_come_as_often_as_said_and_in_the_middle_of_a_run() -> None:
    made = world(failures="0.2", disruptions="0.1", duration="100")
    fates = [made.fate(trial(number), 1) for number in range(2000)]
    faults = [fate.ended.fault for fate in fates]

    assert faults.count(Fault.CLUSTER) / 2000 == pytest.approx(0.1, abs=0.02)
    assert faults.count(Fault.CONFIGURATION) / 2000 == pytest.approx(0.9 * 0.2, abs=0.02)
    assert all((fate.duration == 100) == (fate.ended.fault is None) for fate in fates)
    assert all(not fate.metrics.metrics for fate in fates if fate.ended.fault is not None)


def test_a_failure_may_depend_on_the_parameters() -> None:
    made = world(failures="kernel == 'poly'")

    assert made.fate(trial(), 1).ended.fault is None
    assert made.fate(trial(kernel="poly"), 1).ended.fault is Fault.CONFIGURATION


def test_a_parameter_wins_over_a_name_of_ours() -> None:
    made = WrittenWorld(Formulas("z + number"), LOSS, ("z", "number"))

    assert value(made, trial(5, z=1, number=2)) == 3


def test_a_parameter_with_a_name_that_python_keeps_is_reached_through_params() -> None:
    made = WrittenWorld(Formulas("params['lambda'] * 2"), LOSS, ("lambda",))

    assert value(made, trial(**{"lambda": 4})) == 8


def test_a_search_without_a_metric_needs_no_objective() -> None:
    made = WrittenWorld(Formulas(), None, ("lr",))

    assert made.fate(trial(), 1).metrics.metrics == {}


@pytest.mark.parametrize(
    ("formulas", "words"),
    [
        ({"objective": None}, "objective: the search needs a value of loss for each trial"),
        ({"objective": "1 +"}, "objective: can't be read"),
        ({"objective": "lrr"}, "objective: there is no lrr; did you mean lr?"),
        ({"duration": "kernels"}, "duration: there is no kernels; did you mean kernel?"),
        ({"failures": "import"}, "failures: can't be read"),
    ],
)
def test_a_world_that_can_not_be_built_names_the_formula(formulas: dict[str, Any], words: str) -> None:
    with pytest.raises(WorldError) as refused:
        world(**formulas)

    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("formulas", "words"),
    [
        ({"objective": "log(lr - 1)"}, "objective: log has no value at -0.5 (trial 4: lr=0.5, kernel=rbf)"),
        ({"duration": "lr - 1"}, "duration: gives -0.5 seconds (trial 4"),
        ({"failures": "lr * 3"}, "failures: gives 1.5, which is no probability"),
        ({"disruptions": "0 - lr"}, "disruptions: gives -0.5, which is no probability"),
    ],
)
def test_a_formula_that_fails_for_a_trial_names_the_trial(formulas: dict[str, Any], words: str) -> None:
    made = world(**formulas)

    with pytest.raises(WorldError) as refused:
        made.fate(trial(4), 1)

    assert words in str(refused.value)
