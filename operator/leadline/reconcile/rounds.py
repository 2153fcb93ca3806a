"""Rounds: a tuner outside suggests the trials of one round, they run, and when all have ended it is asked for the next.

The tuner's answer is stored in the group's status in the same swap that claims the round's first trials, and before any
of them is made: a round is never lost and never doubled (docs/decisions/a-round-is-one-swap.md). Asking is the body's
business: a wish goes out in the plan, what was answered comes in with what is observed.
"""

from __future__ import annotations

from leadline.api.matrix import Matrix
from leadline.api.names import MAX_CONCURRENCY, Reason
from leadline.api.tuner import Round
from leadline.reconcile.draft import Draft
from leadline.reconcile.observed import Tune
from leadline.search import Done, New
from leadline.search.tuner.request import Question


def has_rounds(matrix: Matrix) -> bool:
    """Whether trials come in rounds: from a container or an endpoint, and not from a searcher in Python."""
    return matrix.tuner is not None and matrix.tuner.entry_point is None


def suggested_for(draft: Draft, number: int) -> New | None:
    """What the round has for a trial of this number, if it has anything."""
    found = draft.round
    if found is None or not found.first <= number < found.first + len(found.suggestions):
        return None
    tuner = draft.spec.matrix.tuner
    form = "http" if tuner is not None and tuner.http is not None else "container"
    origin = {"algorithm": draft.spec.matrix.kind, "tuner": form, "iteration": found.iteration}
    return New(found.suggestions[number - found.first], origin=origin)


def is_given_out(draft: Draft) -> bool:
    """Whether nothing of the round is left to start, to wait for or to record."""
    return (
        suggested_for(draft, draft.next) is None
        and not draft.active
        and not draft.writes  # The search has not seen yet what this very pass records.
        and not any(True for _ in draft.unclaimed())
    )


def next_round(draft: Draft) -> None:
    """The round is over: end the search, take the tuner's answer, or wish to have it asked."""
    draft.done = _end(draft)
    if draft.done is not None:
        return
    tune = _tune(draft)
    told, trouble = draft.observed.told, draft.observed.trouble
    if told is not None and told.tune.key == tune.key:
        answer = told.suggested
        draft.round = Round(tune.question.iteration, tune.first, answer.suggestions, answer.done)
        if not answer.suggestions:
            draft.done = _end(draft) or Done(
                Reason.NOTHING_SUGGESTED, f"the tuner suggested nothing for round {tune.question.iteration}"
            )
        return
    draft.trouble = trouble
    if trouble is not None and draft.now < trouble.retry_at:
        draft.wake(trouble.retry_at)
    else:
        draft.tune = tune


def _end(draft: Draft) -> Done | None:
    """Why no round follows, if none does."""
    matrix, total, last = draft.spec.matrix, draft.observed.total, draft.round
    if last is not None and last.done:
        return Done(Reason.TUNER_DONE, f"the tuner is done after round {last.iteration}")
    if total is not None and draft.next >= total:
        return Done(Reason.BUDGET_REACHED, f"numRuns is {total}")
    if last is not None and matrix.max_iterations is not None and last.iteration + 1 >= matrix.max_iterations:
        return Done(Reason.BUDGET_REACHED, f"maxIterations is {matrix.max_iterations}")
    return None


def _tune(draft: Draft) -> Tune:
    total = draft.observed.total
    left = MAX_CONCURRENCY if total is None else total - draft.next
    most = min(left, MAX_CONCURRENCY)
    iteration = 0 if draft.round is None else draft.round.iteration + 1
    question = Question(iteration, min(draft.spec.matrix.concurrency, most), most)
    return Tune(question, draft.next)
