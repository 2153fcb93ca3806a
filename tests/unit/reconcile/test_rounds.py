"""Rounds: when a tuner is wished to be asked, what becomes of its answer, when the search ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leadline.api.group import GroupSpec
from leadline.api.names import TrialState
from leadline.api.status import GroupStatus
from leadline.api.trial import RungResult
from leadline.api.tuner import HttpTuner, Round, Tuner, TunerContainer
from leadline.reconcile.decide import decide
from leadline.reconcile.observed import Obstacle, Told, Trial, Tune
from leadline.reconcile.plan import Plan
from leadline.search.tuner.answer import Suggested
from leadline.search.tuner.request import Question
from unit.reconcile import builders
from unit.reconcile.builders import NOW, attempt, condition, observed, status, succeeded, trial

HTTP = Tuner(http=HttpTuner("http://tuner/"))


def spec(num_runs: int | None = None, concurrency: int = 2, tuner: Tuner = HTTP, **fields: Any) -> GroupSpec:
    """Three rounds of x."""
    known = builders.spec(concurrency=concurrency, num_runs=num_runs, **fields)
    return replace(known, matrix=replace(known.matrix, kind="iterative", max_iterations=3, tuner=tuner))


def told(
    iteration: int, first: int, *points: float, done: bool = False, n: int = 2, most: int = 1000
) -> Told:
    """An answer of the tuner."""
    answer = Suggested(tuple({"x": x} for x in points), done)
    return Told(Tune(Question(iteration, n, most), first), answer)


def ended(number: int) -> Trial:
    """A trial that has ended."""
    result = RungResult(resource=None, attempt=1, value=0.5, sequence=number + 1, outcome="succeeded")
    return trial(number, TrialState.SUCCEEDED, results=(result,), value=0.5)


def view(
    group_spec: GroupSpec | None = None,
    group_status: GroupStatus | None = None,
    *trials: Trial,
    **fields: Any,
) -> Any:
    total = (group_spec or spec()).matrix.num_runs
    return observed(group_spec or spec(), group_status, trials, total=total, **fields)


def claimed(made: Plan) -> list[tuple[int, dict[str, Any] | None]]:
    """The launches of a plan: number, and parameters of a new trial."""
    return [(known.number, dict(known.new.params) if known.new else None) for known in made.launches]


def test_a_new_group_wishes_to_have_its_tuner_asked_and_does_nothing_else() -> None:
    made = decide(view(), NOW)

    assert made.tune == Tune(Question(0, 2, 1000), 0)
    assert made.launches == ()
    assert condition(made, "Reconciling") == ("True", "Accepted")
    assert made.status is not None
    assert made.status.message == "asks its tuner for round 0"


def test_the_answer_is_stored_in_the_swap_that_claims_its_first_trials() -> None:
    made = decide(view(told=told(0, 0, 0.1, 0.2, 0.3)), NOW)

    assert made.tune is None
    assert made.status is not None
    assert made.status.round == Round(0, 0, ({"x": 0.1}, {"x": 0.2}, {"x": 0.3}))
    assert (made.status.active, made.status.next) == ({"0": -1, "1": -1}, 2)
    assert claimed(made) == [(0, {"x": 0.1}), (1, {"x": 0.2})]
    assert made.launches[0].new is not None
    assert made.launches[0].new.origin == {"algorithm": "iterative", "tuner": "http", "iteration": 0}


def test_the_rest_of_a_round_is_claimed_as_slots_come_free() -> None:
    stored = status({1: 1}, next=2, round=Round(0, 0, ({"x": 0.1}, {"x": 0.2}, {"x": 0.3})))
    made = decide(view(spec(), stored, ended(0), trial(1, TrialState.RUNNING), attempts=[attempt(1)]), NOW)

    assert claimed(made) == [(2, {"x": 0.3})]
    assert made.tune is None


def test_a_claim_whose_trial_was_never_made_is_filled_with_what_it_was_claimed_for() -> None:
    stored = status({0: -1, 1: -1}, round=Round(0, 0, ({"x": 0.1}, {"x": 0.2})))
    made = decide(view(spec(), stored, own=frozenset({(0, 1), (1, 1)})), NOW)

    assert claimed(made) == [(0, {"x": 0.1}), (1, {"x": 0.2})]


def test_the_next_round_waits_for_every_trial_of_this_one() -> None:
    stored = status({1: 1}, next=2, round=Round(0, 0, ({"x": 0.1}, {"x": 0.2})))
    running = view(spec(), stored, ended(0), trial(1, TrialState.RUNNING), attempts=[attempt(1)])
    assert decide(running, NOW).tune is None
    recording = view(spec(), stored, ended(0), trial(1, TrialState.RUNNING), attempts=[succeeded(1)])
    assert decide(recording, NOW).tune is None
    retried = view(
        spec(), status(next=2, round=stored.round), ended(0), trial(1, TrialState.PENDING, attempt=2)
    )
    assert decide(retried, NOW).tune is None

    over = view(spec(), status(next=2, round=stored.round), ended(0), ended(1))
    assert decide(over, NOW).tune == Tune(Question(1, 2, 1000), 2)


def test_an_answer_to_another_question_is_not_taken() -> None:
    stored = status(next=2, round=Round(0, 0, ({"x": 0.1}, {"x": 0.2})))
    made = decide(view(spec(), stored, ended(0), ended(1), told=told(0, 0, 0.7)), NOW)

    assert made.tune == Tune(Question(1, 2, 1000), 2)
    assert made.launches == ()


def test_what_num_runs_leaves_is_asked_for() -> None:
    stored = status(next=3, round=Round(0, 0, ({"x": 0.1},) * 3))
    made = decide(view(spec(num_runs=4), stored, *map(ended, range(3))), NOW)

    assert made.tune == Tune(Question(1, 1, 1), 3)


@pytest.mark.parametrize(
    ("last", "num_runs", "reason", "words"),
    [
        (Round(2, 0, ({"x": 0.1}, {"x": 0.2})), None, "BudgetReached", "(maxIterations is 3)"),
        (Round(0, 0, ({"x": 0.1}, {"x": 0.2})), 2, "BudgetReached", "(numRuns is 2)"),
        (Round(1, 0, ({"x": 0.1}, {"x": 0.2}), done=True), None, "TunerDone", "(the tuner is done after round 1)"),
    ],
)  # fmt: skip
def test_the_search_ends_when_its_last_round_has(
    last: Round, num_runs: int | None, reason: str, words: str
) -> None:
    made = decide(view(spec(num_runs=num_runs), status(next=2, round=last), ended(0), ended(1)), NOW)

    assert condition(made, "Finished") == ("True", reason)
    assert condition(made, "Succeeded")[0] == "True"
    assert made.status is not None
    assert words in made.status.message
    assert made.status.round == replace(last, suggestions=())


def test_a_round_without_suggestions_ends_the_search() -> None:
    stored = status(next=1, round=Round(0, 0, ({"x": 0.1},)))
    made = decide(view(spec(), stored, ended(0), told=told(1, 1)), NOW)

    assert condition(made, "Finished") == ("True", "NothingSuggested")
    assert made.status is not None
    assert "the tuner suggested nothing for round 1" in made.status.message


def test_more_rounds_may_be_asked_for_later() -> None:
    finished = decide(view(spec(), status(next=1, round=Round(2, 0, ({"x": 0.1},))), ended(0)), NOW).status
    assert finished is not None
    raised = spec()
    raised = replace(raised, matrix=replace(raised.matrix, max_iterations=4))
    made = decide(view(raised, finished, ended(0), generation=2), NOW)

    assert made.tune == Tune(Question(3, 2, 1000), 1)
    assert condition(made, "Finished")[0] == "False"


@pytest.mark.parametrize("fields", [{"suspend": True}, {"stop": "Drain"}, {"stop": "Now"}])
def test_a_group_that_starts_nothing_asks_nothing(fields: dict[str, Any]) -> None:
    assert decide(view(spec(**fields)), NOW).tune is None
    made = decide(view(spec(**fields), told=told(0, 0, 0.1)), NOW)
    assert made.launches == ()


def test_trouble_is_told_waited_out_and_in_the_end_called_stalled() -> None:
    trouble = Obstacle("TunerFailed", "no answer", since=NOW, retry_at=NOW + 5)
    made = decide(view(trouble=trouble), NOW + 1)
    assert (made.tune, made.requeue_after) == (None, 4)
    assert condition(made, "Reconciling") == ("True", "TunerFailed")

    again = decide(view(trouble=trouble), NOW + 6)
    assert again.tune is not None
    assert condition(again, "Reconciling") == ("True", "TunerFailed"), "it is told until there is an answer"

    late = decide(view(spec(termination={"pending_deadline": 60}), trouble=trouble), NOW + 61)
    assert condition(late, "Stalled") == ("True", "TunerFailed")
    assert condition(late, "Finished")[0] == "False"
    assert late.tune is not None, "and is tried all the same"


def test_a_status_that_was_emptied_by_hand_gives_its_claims_back() -> None:
    made = decide(view(spec(), status({0: -1}), own=frozenset({(0, 1)})), NOW)

    assert made.launches == ()
    assert made.status is not None
    assert made.status.active == {}


def test_a_container_is_named_as_where_a_suggestion_comes_from() -> None:
    container = spec(tuner=Tuner(container=TunerContainer("img")))
    made = decide(view(container, told=told(0, 0, 0.1)), NOW)

    assert made.launches[0].new is not None
    assert made.launches[0].new.origin["tuner"] == "container"
