"""What ``decide`` does with rungs: results of running trials, promotions, stops, ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leadline.api.group import Checkpoint, GroupSpec
from leadline.api.matrix import Resource
from leadline.api.names import TrialState
from leadline.api.trial import RungResult
from leadline.metrics import Mark, Series, Summary
from leadline.reconcile.manifest import build_job
from leadline.reconcile.observed import Ask, Attempt, Observed, Phase, Trial
from leadline.search import Answer, Done, New, Promote, Stop

from .builders import attempt, failed, observed, plan, settled, spec, status, succeeded, trial, writes

NOTHING = Answer(())


def rungs(concurrency: int = 1, resume: bool | None = None, **fields: Any) -> GroupSpec:
    """A search by rungs, up to 9 epochs."""
    known = spec(concurrency, **fields)
    matrix = replace(
        known.matrix, kind="asha", resource=Resource("epochs", "int"), max_iterations=9, resume=resume
    )
    return replace(known, matrix=matrix)


def judged(
    number: int = 0, state: TrialState = TrialState.RUNNING, *results: RungResult, **fields: Any
) -> Trial:
    """A trial that runs up to 9 epochs and is judged at 1 and 3."""
    known = trial(number, state, results=results, **fields)
    whole = replace(known.spec, origin={"resource": 9}, rungs=(1, 3), last_rung=True)
    return replace(known, spec=whole)


def passed(resource: int, value: float = 0.5, tried: int = 1, sequence: int = 1) -> RungResult:
    """A rung that was recorded."""
    return RungResult(attempt=tried, sequence=sequence, outcome="succeeded", resource=resource, value=value)


def so_far(*marks: tuple[int, float]) -> Summary:
    """What a running trial has reported, with its marks."""
    kept = tuple(
        Mark(amount, Series(last=value, min=value, max=value, mean=value, count=1)) for amount, value in marks
    )
    return Summary({"loss": Series(last=0.1, min=0.1, max=0.9, mean=0.5, count=5, marks=kept)})


def reporting(*marks: tuple[int, float], tried: int = 1) -> Attempt:
    """An attempt that runs."""
    return attempt(0, tried, metrics=so_far(*marks))


def answering(answer: Answer) -> Any:
    return lambda ask: answer


def full(trial: Trial, attempt: Attempt, **fields: Any) -> Observed:
    """A view of a group whose one slot is held."""
    tried = attempt.attempt
    return observed(rungs(**fields), status({0: tried}), [trial], [attempt])


def test_the_rungs_of_a_running_trial_are_recorded_in_order_with_one_write() -> None:
    made = plan(full(judged(), reporting((1, 0.9), (3, 0.7))), suggest=answering(NOTHING))
    (write,) = made.trial_writes
    assert [(known.resource, known.value, known.sequence) for known in write.status.results] == [
        (1, 0.9, 1),
        (3, 0.7, 2),
    ]
    assert (write.status.state, write.status.value) == ("Running", 0.7)
    assert made.status is not None
    assert made.status.completed == 2
    assert made.urgent


def test_a_rung_is_recorded_once_also_by_a_retry() -> None:
    known = judged(0, TrialState.RUNNING, passed(1), attempt=2)
    made = plan(full(known, reporting((1, 0.4), tried=2)), suggest=answering(NOTHING))
    assert made.trial_writes == ()


def test_a_first_word_at_a_rung_tells_that_the_trial_runs() -> None:
    made = plan(full(judged(0, TrialState.PENDING), reporting((1, 0.9))), suggest=answering(NOTHING))
    assert writes(made) == {0: TrialState.RUNNING}


def test_rungs_nobody_saw_are_recorded_with_the_end() -> None:
    over = replace(succeeded(0, 0.1), metrics=so_far((1, 0.9), (3, 0.7)))
    made = plan(full(judged(), over), suggest=answering(NOTHING))
    (write,) = made.trial_writes
    assert (write.status.state, write.status.reason) == ("Succeeded", "Completed")
    assert [(known.resource, known.value) for known in write.status.results] == [(1, 0.9), (3, 0.7), (9, 0.1)]
    assert [known.sequence for known in write.status.results] == [1, 2, 3]


def test_the_search_is_asked_about_a_judged_trial_although_no_slot_is_free() -> None:
    asked: list[Ask] = []

    def suggest(ask: Ask) -> Answer:
        asked.append(ask)
        return NOTHING

    plan(full(judged(), reporting()), suggest=suggest)
    assert asked == [], "nothing is to be judged yet"
    plan(full(judged(0, TrialState.RUNNING, passed(1)), reporting((1, 0.5))), suggest=suggest)
    assert asked == [Ask((), 1)]


def test_a_stopped_trial_is_told_first_then_ended_and_recorded() -> None:
    view = full(judged(0, TrialState.RUNNING, passed(1)), reporting((1, 0.5)))
    stops = answering(Answer((), stops=(Stop(0, "place 3 of 3"),)))
    made = plan(view, suggest=stops)
    (write,) = made.trial_writes
    assert (write.status.stopping, write.status.message) == ("StoppedAtRung", "place 3 of 3")
    assert [(end.number, end.attempt) for end in made.ends] == [(0, 1)]
    # A pass that was killed in between: the end is asked for again, and nothing else.
    told = replace(view, trials={0: replace(view.trials[0], status=write.status)})
    again = plan(told, suggest=stops)
    assert again.trial_writes == ()
    assert [(end.number, end.attempt) for end in again.ends] == [(0, 1)]
    gone = plan(replace(told, attempts={}), suggest=stops)
    (record,) = gone.trial_writes
    assert (record.status.state, record.status.reason) == ("Stopped", "StoppedAtRung")
    assert [(known.resource, known.outcome) for known in record.status.results] == [
        (1, "succeeded"),
        (9, "stopped"),
    ]


def test_a_trial_that_ends_by_itself_meanwhile_has_succeeded() -> None:
    over = replace(succeeded(0, 0.1), metrics=so_far((1, 0.9)))
    known = judged(0, TrialState.RUNNING, passed(1, 0.9))
    view, late = full(known, over), answering(Answer((), stops=(Stop(0, "late"),)))
    made = plan(view, suggest=late)
    assert writes(made) == {0: TrialState.SUCCEEDED}
    made = plan(settled(view, made), suggest=late)
    assert made.status is not None
    assert made.status.counts.stopped == 0


def test_a_trial_that_waits_for_its_retry_is_stopped_without_running_again() -> None:
    waiting = judged(
        0, TrialState.PENDING, passed(1), attempt=2, disruptions=1, not_before="2030-01-01T00:00:00Z"
    )
    view = observed(rungs(), status(next=1), [waiting])
    made = plan(view, suggest=answering(Answer((), stops=(Stop(0, "place 3 of 3"),))))
    assert writes(made) == {0: TrialState.STOPPED}
    assert made.launches == ()


def test_the_last_rung_ends_a_trial_and_any_other_one_pauses_it() -> None:
    first = trial(0, TrialState.RUNNING)
    for last, state in ((True, TrialState.SUCCEEDED), (False, TrialState.PAUSED)):
        known = replace(first, spec=replace(first.spec, origin={"resource": 9}, last_rung=last))
        assert writes(plan(full(known, succeeded(0)), suggest=answering(NOTHING))) == {0: state}
        promoted = replace(known, status=replace(known.status, resource=9, last_rung=not last))
        other = TrialState.PAUSED if last else TrialState.SUCCEEDED
        assert writes(plan(full(promoted, succeeded(0)), suggest=answering(NOTHING))) == {0: other}


def test_a_promotion_remembers_why_and_whether_it_is_the_last() -> None:
    view = observed(rungs(), status(next=1), [trial(0, TrialState.PAUSED, value=0.5, results=(passed(1),))])
    made = plan(view, suggest=answering(Answer((Promote(0, 9, last=True, message="the best"),))))
    written = made.trial_writes[0].status
    assert (written.resource, written.last_rung) == (9, True)
    assert [result.promoted for result in written.results] == ["the best"], "why it goes on stays with it"


def test_a_failed_attempt_of_a_promoted_trial_repeats_its_rung() -> None:
    known = trial(0, TrialState.RUNNING, attempt=2, resource=3, results=(passed(1),))
    view = observed(rungs(termination={"max_retries": 1}), status({0: 2}), [known], [failed(0, tried=2)])
    made = plan(view, suggest=answering(NOTHING))
    retried = made.trial_writes[0].status
    assert (retried.attempt, retried.resource, retried.state) == (3, 3, "Pending")


def test_who_will_never_be_promoted_has_succeeded() -> None:
    paused = [trial(number, TrialState.PAUSED, value=0.5, results=(passed(1),)) for number in (0, 1)]
    made = plan(observed(rungs(), status(next=2), paused), suggest=answering(Answer((), closed=(1,))))
    assert writes(made) == {1: TrialState.SUCCEEDED}
    assert made.trial_writes[0].status.reason == "RungReached"


def test_a_search_is_not_over_before_it_has_seen_the_last_results() -> None:
    known = trial(0, TrialState.RUNNING)
    known = replace(known, spec=replace(known.spec, origin={"resource": 1}))
    over = answering(Answer((), Done("BudgetReached", "1 trial")))
    made = plan(full(known, succeeded(0)), suggest=over)
    assert writes(made) == {0: TrialState.PAUSED}, "it may be promoted yet"


@pytest.mark.parametrize("suspended", [False, True])
def test_promotions_need_a_free_slot_and_a_search_that_may_start(suspended: bool) -> None:
    paused = trial(1, TrialState.PAUSED, value=0.5, results=(passed(1),))
    runs = trial(0, TrialState.RUNNING)
    slots = 2 if suspended else 1
    view = observed(rungs(slots, suspend=suspended), status({0: 1}, next=2), [runs, paused], [attempt(0)])
    made = plan(view, suggest=answering(Answer((Promote(1, 3),))))
    assert made.launches == ()


def test_a_number_that_another_process_may_fill_is_asked_for_and_left_to_it() -> None:
    view = observed(rungs(2), status({0: -1}))
    asked: list[Ask] = []

    def suggest(ask: Ask) -> Answer:
        asked.append(ask)
        return Answer(tuple(New({"x": number / 10}) for number in ask.numbers))

    made = plan(view, suggest=suggest)
    assert asked == [Ask((0, 1), 0)]
    assert [launch.number for launch in made.launches] == [1]


def test_a_drain_does_not_wait_for_what_was_never_released() -> None:
    held = attempt(0, phase=Phase.CREATED)
    made = plan(observed(spec(stop="Drain"), status({0: -1}), [trial(0)], [held]))
    assert [(end.number, end.attempt) for end in made.ends] == [(0, 1)]
    gone = plan(observed(spec(stop="Drain"), status({0: -1}), [trial(0)]))
    assert writes(gone) == {0: TrialState.STOPPED}


# --- what a rung is run with ---------------------------------------------------------------------------------------


def job(wanted: GroupSpec, known: Trial, tried: int = 1) -> tuple[dict[str, Any], dict[str, str]]:
    """The pod of an attempt, and its first container's variables."""
    group = observed(wanted).group
    pod = build_job(group, wanted, known, tried)["spec"]["template"]["spec"]
    return pod, {known["name"]: known.get("value") for known in pod["containers"][0]["env"]}


@pytest.mark.parametrize(("kind", "text", "json"), [("int", "3", "3"), ("float", "3.0", "3.0")])
def test_an_attempt_finds_the_resource_of_its_rung(kind: Any, text: str, json: str) -> None:
    wanted = rungs()
    wanted = replace(
        wanted,
        matrix=replace(wanted.matrix, resource=Resource("epochs", kind)),
        template={
            "spec": {"containers": [{"name": "train", "image": "i", "args": ["--epochs={{ epochs }}"]}]}
        },
    )
    known = trial(7, TrialState.PENDING, attempt=2, resource=3)
    pod, env = job(wanted, replace(known, spec=replace(known.spec, origin={"resource": 1})), 2)
    assert pod["containers"][0]["args"] == [f"--epochs={text}"]
    assert (env["LEADLINE_PARAM_EPOCHS"], env["LEADLINE_RESOURCE"]) == (text, text)
    assert env["LEADLINE_PARAMS"] == f'{{"x":0.7,"epochs":{json}}}'
    assert "epochs" not in known.spec.params


@pytest.mark.parametrize(("resume", "folder"), [(True, "uid-g/g-0"), (None, "uid-g/g-0/rung-9")])
def test_a_checkpoint_is_one_folder_for_all_rungs_or_one_for_each(resume: bool | None, folder: str) -> None:
    wanted = rungs(resume=resume, checkpoint=Checkpoint("work", "/keep"))
    init = {"name": "init", "image": "i", "volumeMounts": [{"name": "own", "mountPath": "/own"}]}
    containers = wanted.template["spec"]["containers"]
    template = {"spec": {"containers": containers, "initContainers": [init], "volumes": [{"name": "own"}]}}
    pod, env = job(replace(wanted, template=template), judged())
    assert env["LEADLINE_CHECKPOINT_DIR"] == "/keep"
    claim = {"name": "leadline-checkpoint", "persistentVolumeClaim": {"claimName": "work"}}
    assert pod["volumes"] == [{"name": "own"}, claim]
    mount = {"name": "leadline-checkpoint", "mountPath": "/keep", "subPath": folder}
    assert pod["containers"][0]["volumeMounts"] == [mount]
    assert pod["initContainers"][0]["volumeMounts"] == [{"name": "own", "mountPath": "/own"}, mount]


def test_a_search_without_rungs_has_one_checkpoint_a_trial() -> None:
    pod, env = job(spec(checkpoint=Checkpoint("work")), trial(3), 4)
    assert env["LEADLINE_CHECKPOINT_DIR"] == "/checkpoint"
    assert pod["containers"][0]["volumeMounts"][0]["subPath"] == "uid-g/g-3"
    assert "LEADLINE_RESOURCE" not in env
