"""The view of one group that a body keeps: its records as last seen or written, and the engine fed from them.

Everything in it can be rebuilt from the stored objects; ``own`` and ``opened`` alone can't, and losing them costs some
seconds and an attempt number, never a second start (docs/decisions/launch-in-two-swaps.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from leadline.api.names import FINAL_STATES
from leadline.api.schema import to_dict
from leadline.api.status import GroupStatus
from leadline.api.trial import TrialStatus
from leadline.api.warm_start import WarmStatus
from leadline.reconcile.engine import Engine, Make
from leadline.reconcile.history import History
from leadline.reconcile.observed import (
    Answered,
    Ask,
    Attempt,
    AttemptKey,
    Group,
    Observed,
    Obstacle,
    Phase,
    Told,
    Trial,
    Tune,
)
from leadline.reconcile.trial_status import state_of
from leadline.reconcile.warm import prior_of
from leadline.search import Answer, Earlier, make_searcher, parse_space, total_trials
from leadline.search.errors import ExtensionError
from leadline.search.tuner.answer import read_answer
from leadline.search.tuner.request import build_request

OBSTACLE_FIRST, OBSTACLE_LIMIT = 5.0, 60.0
"""Seconds until a refused launch is tried again: doubled from the first to the last."""


class Records:
    """Group, trials and history of one OptimizationGroup.

    live: what is kept here is the store itself, not a cache of it; nothing needs to be read again to be believed.
    make: what makes the group's searcher. earlier: groups that were read for ``warmStart``.
    """

    def __init__(self, group: Group, live: bool = False, make: Make = make_searcher) -> None:
        self.group = group
        self.live = live
        self.make = make
        self.confirmed: set[int] = set()
        self.trials: dict[int, Trial] = {}
        self.history = History()
        self.own: set[AttemptKey] = set()
        self.opened: set[AttemptKey] = set()
        self.noticed: dict[AttemptKey, float] = {}
        self.begun: dict[AttemptKey, float] = {}
        self.lost: set[AttemptKey] = set()
        self.absent: set[int] = set()
        self.obstacles: dict[AttemptKey, Obstacle] = {}
        self.told: Told | None = None
        self.trouble: Obstacle | None = None
        self._claims = _claims(group.status)
        self._engine: Engine | None = None
        self._heard: Answered | None = None
        self._recalled: WarmStatus | None = None
        self.earlier: tuple[Earlier, ...] | None = None
        self.total: int | None = None
        self._read_spec()

    def _read_spec(self) -> None:
        self._engine, self._heard, self.total, self.trouble = None, None, None, None
        if self.group.spec is not None:
            self.total = total_trials(to_dict(self.group.spec.matrix))

    def put_group(self, group: Group) -> None:
        """A newer view of the group, from a watch or a read."""
        self.confirmed.clear()
        edited = group.generation != self.group.generation or group.spec != self.group.spec
        self.group = group
        if edited:
            self._read_spec()
        self._keep_claims()

    def wrote_status(self, status: GroupStatus) -> None:
        """Our compare-and-swap held: its new claims are ours to launch, what it opened is ours to release."""
        self.confirmed.clear()
        if status.warm_start is not None:
            self.earlier = None  # what is of use is stored
        before = self.group.status.active
        changed = {(int(n), value) for n, value in status.active.items() if before.get(n) != value}
        self.own |= {(number, abs(value)) for number, value in changed}
        self.opened |= {(number, value) for number, value in changed if value > 0}
        self.group = replace(self.group, status=status)
        self._keep_claims()

    def _keep_claims(self) -> None:
        claims = self._claims = _claims(self.group.status)
        self.own &= claims
        self.opened &= claims
        self.lost &= claims
        self.obstacles = {key: value for key, value in self.obstacles.items() if key in claims}
        numbers = {number for number, _ in claims}
        self.absent &= numbers
        for number in [n for n, trial in self.trials.items() if state_of(trial) in FINAL_STATES]:
            if number not in numbers:
                del self.trials[number]

    def put_trial(self, trial: Trial) -> None:
        """A trial's record as read, created or written."""
        state = state_of(trial)
        final = state in FINAL_STATES
        if not final and self.history.is_final(trial.number):
            return  # An old view of a trial that has ended since.
        self.history.add(trial.number, trial.spec.params, trial.status)
        self.absent.discard(trial.number)
        if final and str(trial.number) not in self.group.status.active:
            self.trials.pop(trial.number, None)
        else:
            self.trials[trial.number] = trial

    def wrote_trial(self, number: int, status: TrialStatus) -> Trial:
        """Our write of a trial's status was stored."""
        trial = replace(self.trials[number], status=status)
        self.put_trial(trial)
        return trial

    def drop_trial(self, number: int) -> None:
        """The trial's record is gone, confirmed by a live read."""
        self.trials.pop(number, None)
        self.absent.add(number)

    def hinder(self, key: AttemptKey, reason: str, message: str, now: float, final: bool = False) -> None:
        """An attempt could not be created: why, and when to try again."""
        self.obstacles[key] = _again(self.obstacles.get(key), reason, message, now, final)

    def hinder_search(self, error: ExtensionError, now: float) -> Obstacle:
        """No suggestions came: why, and when to ask again. Forgotten as soon as some come."""
        self.trouble = _again(self.trouble, error.reason, str(error), now)
        return self.trouble

    def tuner_request(self, tune: Tune, seed: int) -> str:
        """What the group's tuner is told, as JSON text."""
        assert self.group.spec is not None
        matrix = {key: value for key, value in to_dict(self.group.spec.matrix).items() if key != "tuner"}
        return build_request(self.group.name, matrix, seed, tune.question, self.history.results)

    def hear_tuner(self, tune: Tune, answer: bytes) -> None:
        """Take in what the group's tuner has answered. Raises TunerError where it can't be used."""
        assert self.group.spec is not None
        params = self.group.spec.matrix.params
        space = None if params is None else parse_space(params)[0]
        self.told = Told(tune, read_answer(answer, space, tune.question.most))
        self.trouble = None

    def observed(self, attempts: Mapping[AttemptKey, Attempt], now: float) -> Observed:
        """Everything a decision needs, in one value."""
        still = {key for key in self._claims if key not in attempts or attempts[key].phase is Phase.CREATED}
        self.noticed = {key: self.noticed.get(key, now) for key in still}
        if not self.live:
            running = (
                key for key in self._claims if key in attempts and attempts[key].phase is Phase.RUNNING
            )
            self.begun = {key: self.begun.get(key, now) for key in running}
        self.lost -= attempts.keys()
        return Observed(
            group=self.group,
            trials=self.trials,
            attempts=attempts,
            history=self.history,
            own=frozenset(self.own),
            opened=frozenset(self.opened),
            noticed=self.noticed,
            begun=self.begun,
            lost=frozenset(self.lost),
            absent=frozenset(self.absent),
            confirmed=frozenset(self.trials if self.live else self.confirmed),
            obstacles=self.obstacles,
            told=self.told,
            earlier=self.earlier,
            trouble=self.trouble,
            heard=self._heard,
            total=self.total,
        )

    def answer(self, ask: Ask, seed: int) -> Answer:
        """The search engine's answer. Raises ExtensionError where code of the user's own (a tuner,
        a stopping rule) is asked in vain."""
        assert self.group.spec is not None
        try:
            spec, status = self.group.spec, self.group.status
            if self._engine is None or status.warm_start != self._recalled:
                self._recalled = status.warm_start
                self._engine = Engine(to_dict(spec.matrix), seed, self.make, prior_of(spec, status))
            answer = self._engine.answer(ask, self.history, self.trials.values())
        except ExtensionError:
            self._engine = None  # What the plug-in has taken in is not known: a new one is told everything.
            raise
        self.trouble = None
        self._heard = Answered(ask, answer)
        return answer

    def load(self, trials: Iterable[Trial]) -> None:
        """Every stored trial, at start."""
        for trial in trials:
            self.put_trial(trial)


def _again(known: Obstacle | None, reason: str, message: str, now: float, final: bool = False) -> Obstacle:
    """One failure more: it has lasted since the first one, and is tried again after twice as long as before."""
    since = known.since if known is not None else now
    delay = min(OBSTACLE_LIMIT, max(OBSTACLE_FIRST, now - since))
    return Obstacle(reason, message, since, now + delay, final)


def _claims(status: GroupStatus) -> set[AttemptKey]:
    return {(int(number), abs(value)) for number, value in status.active.items()}
