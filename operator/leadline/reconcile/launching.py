"""Which free slots are filled with what: retries first, then lost suggestions, then what the search proposes; and what
else the search says: which trials to stop at a rung, and which will never be promoted.

Concurrency bounds the claims, and a claim is given back only when its attempt's pods are gone: so the bound holds at
every moment, whatever the cache has missed.
"""

from __future__ import annotations

from leadline.api.names import Reason, TrialState
from leadline.reconcile import trial_status
from leadline.reconcile.draft import BATCH, Draft
from leadline.reconcile.observed import Answered, Ask, Observed, Trial
from leadline.reconcile.plan import Launch
from leadline.reconcile.rounds import has_rounds, is_given_out, next_round, suggested_for
from leadline.reconcile.rungs import is_judged, stop_at_rung
from leadline.search import Answer, Done, New, Promote

NOTHING_SUGGESTED = Done(Reason.NOTHING_SUGGESTED, "the search proposes nothing and nothing runs")


def fill_slots(draft: Draft) -> Ask | None:
    """Policy: claim free slots. Returns a question for the engine where its answer is needed to go on."""
    if draft.spec.stop:
        return None
    if draft.starting:
        _claim_retries(draft)
    if has_rounds(draft.spec.matrix):
        if draft.starting:
            _fill_from_round(draft)
        return None
    ask = _question(draft)
    if ask is None or _is_put_off(draft):
        return None
    answered = _answer_to(ask, draft.observed)
    if answered is None:
        return ask
    for stop in answered.answer.stops:
        stop_at_rung(draft, stop)
    for number in answered.answer.closed:
        _close_if_paused(draft, number)
    if draft.starting:
        _claim_suggestions(draft, ask, answered.answer)
    return None


def _fill_from_round(draft: Draft) -> None:
    """Claim the trials of the tuner's round; when all of them have ended, the next round is wished for."""
    for number in draft.holes:
        new = suggested_for(draft, number)
        if new is None:
            del draft.active[number]  # Somebody has emptied the status by hand.
        else:
            draft.launches.append(_hole(draft, number, new))
    if is_given_out(draft) and not draft.holes:
        next_round(draft)
    while _free(draft) and (new := suggested_for(draft, draft.next)) is not None:
        _claim(draft, draft.next, 1, new)
        draft.next += 1


def _is_put_off(draft: Draft) -> bool:
    """Whether the last question to the user's own tuner was in vain, and it is too early to ask again."""
    trouble = draft.observed.trouble
    if trouble is None or draft.observed.answered is not None:
        return False
    draft.trouble = trouble
    if draft.now >= trouble.retry_at:
        return False
    draft.wake(trouble.retry_at)
    return True


def _answer_to(ask: Ask, observed: Observed) -> Answered | None:
    """The engine's answer to a question; the last one is as good, where nothing is to be started."""
    answered, heard = observed.answered, observed.heard
    if answered is not None and answered.ask == ask:
        return answered
    if heard is not None and not ask.numbers and heard.ask.history == ask.history:
        return heard
    return None


def _free(draft: Draft) -> int:
    """Slots that may be claimed in this pass; what is left over is the next pass's, which follows at once."""
    return max(0, min(draft.spec.matrix.concurrency - len(draft.active), BATCH - len(draft.launches)))


def _claim_retries(draft: Draft) -> None:
    """Trials whose last attempt the cluster ended, or whose claim was given back before its launch: oldest first."""
    for trial in list(draft.unclaimed()):
        status = draft.status_of(trial)
        if draft.state_of(trial) is TrialState.PAUSED:
            continue
        due = trial_status.seconds(status.not_before) if status.not_before else draft.now
        if due > draft.now:
            draft.wake(due)
        elif not _free(draft):
            return
        elif trial.number not in draft.writes and trial.number not in draft.observed.confirmed:
            draft.confirm_trials.add(trial.number)
        else:
            _claim(draft, trial.number, max(1, status.attempt))


def _claim(draft: Draft, number: int, attempt: int, new: New | None = None) -> None:
    draft.active[number] = -attempt
    draft.launches.append(Launch(number, attempt, new, len(draft.observed.history.results)))


def _question(draft: Draft) -> Ask | None:
    """Numbers to ask suggestions for: claimed ones whose trial was never created, then new ones.

    A number that another process may be about to fill is asked for as well, or it would be taken for a deleted trial's;
    and where trials may be judged at a rung, the search is asked even if no slot is free.
    """
    new = _free(draft) if draft.starting else 0
    if draft.observed.total is not None:
        # At least one past the end is asked for, so that the search itself says why it is over.
        new = min(new, max(1, draft.observed.total - draft.next))
    if not (draft.holes or new or is_judged(draft)):
        return None
    numbers = (*sorted((*draft.holes, *draft.awaited)), *range(draft.next, draft.next + new))
    return Ask(numbers if draft.starting else (), len(draft.observed.history.results))


def _close_if_paused(draft: Draft, number: int) -> None:
    trial = draft.observed.trials.get(number)
    if trial is not None and number not in draft.active and draft.state_of(trial) is TrialState.PAUSED:
        _close(draft, trial)


def _claim_suggestions(draft: Draft, ask: Ask, answer: Answer) -> None:
    if not ask.numbers:
        return
    numbers = list(ask.numbers)
    holes, awaited = set(draft.holes), set(draft.awaited)
    room = _free(draft)
    for suggestion in answer.suggestions:
        if isinstance(suggestion, Promote):
            if room and _promote(draft, suggestion):
                room -= 1
            continue
        if not numbers:
            break
        number = numbers.pop(0)
        if number in holes:
            holes.discard(number)
            draft.launches.append(_hole(draft, number, suggestion))
        elif number in awaited:
            continue
        elif room and not _beyond(draft, number):
            room -= 1
            _claim(draft, number, 1, suggestion)
            draft.next = number + 1
    draft.done = answer.done
    if draft.done is not None:
        # Numbers that will never get a suggestion: claimed before a crash, and the space has ended since.
        for number in holes:
            del draft.active[number]
    elif not draft.active and not any(True for _ in draft.unclaimed()):
        draft.done = NOTHING_SUGGESTED


def _hole(draft: Draft, number: int, suggestion: New) -> Launch:
    return Launch(number, abs(draft.active[number]), suggestion, len(draft.observed.history.results))


def _beyond(draft: Draft, number: int) -> bool:
    """A search that answers more than was planned is not followed: the number of trials is a promise."""
    return draft.observed.total is not None and number >= draft.observed.total


def _promote(draft: Draft, promote: Promote) -> bool:
    trial: Trial | None = draft.observed.trials.get(promote.trial)
    if trial is None or draft.state_of(trial) is not TrialState.PAUSED or trial.number in draft.active:
        return False
    status = draft.status_of(trial)
    next_rung = trial_status.promoted(status, promote.resource, promote.last, promote.message, draft.now)
    draft.write(trial, next_rung)
    _claim(draft, trial.number, next_rung.attempt)
    return True


def settle_unclaimed(draft: Draft) -> None:
    """Policy: trials that hold no slot end where a stop leaves them nothing to wait for."""
    if draft.observed.group.spec is None:
        return
    for trial in list(draft.unclaimed()):
        if draft.spec.stop or trial.spec.stop:
            _close(draft, trial)


def close_paused(draft: Draft) -> None:
    """Policy, at the end of a search: a trial that was not promoted has succeeded at the rung it reached."""
    for trial in list(draft.unclaimed()):
        _close(draft, trial)


def _close(draft: Draft, trial: Trial) -> None:
    status = draft.status_of(trial)
    if draft.state_of(trial) is TrialState.PAUSED:
        reached = trial_status.ended(status, TrialState.SUCCEEDED, Reason.RUNG_REACHED, "", draft.now)
        draft.end_trial(trial, reached)
        return
    message = "its group was stopped" if draft.spec.stop else "stopped by its user (spec.stop)"
    result = draft.result(trial, max(1, status.attempt), "stopped", None)
    stopped = trial_status.ended(
        status,
        TrialState.STOPPED,
        Reason.STOPPED_BY_USER,
        f"{message} before it ran again",
        draft.now,
        result,
    )
    draft.end_trial(trial, stopped)
