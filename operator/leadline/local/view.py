"""One group as its runner knows it: its records in memory, and the documents in the store that they stand for.

Memory follows the store and never leads: it changes when a transaction has been committed, and a transaction is only
begun on what the store still holds. Knows no processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from leadline.api.names import FINAL_STATES, GROUP_KIND, TRIAL_KIND, trial_name
from leadline.api.schema import to_dict
from leadline.api.trial import TrialStatus
from leadline.local.attempts import KIND, key_of
from leadline.local.errors import NotFoundError
from leadline.local.store import Object, Store
from leadline.modelling import make_searcher_apart
from leadline.reconcile.manifest import build_trial
from leadline.reconcile.observed import AttemptKey
from leadline.reconcile.parse import parse_group, parse_trial
from leadline.reconcile.plan import Plan
from leadline.reconcile.records import Records
from leadline.reconcile.trial_status import state_of


class Stale(Exception):
    """Another process has written meanwhile: look again, and decide again."""


class GroupGoneError(Exception):
    """The group was deleted while it ran."""


class View:
    """Records, trials and attempts of one group of a store that was opened to run it."""

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        with store.transaction():
            document = store.get(GROUP_KIND, name)
            if document is None:
                raise NotFoundError(f"{GROUP_KIND} {name} is not in {store.path}")
            self._group = document
            self.records = Records(parse_group(document), live=True, make=make_searcher_apart)
            trials = store.list(TRIAL_KIND, group_uid=self.uid)
            attempts = store.list(KIND, group_uid=self.uid)
            self._version = store.version()
        self._trials: dict[int, Object] = {}
        for trial in trials:
            self._put_trial(trial)
        self.attempts: dict[AttemptKey, Object] = {key_of(record): record for record in attempts}
        # The file is ours alone, and whoever ran it before is gone: their claims are ours.
        self.records.own.update(
            (int(number), abs(attempt)) for number, attempt in self.records.group.status.active.items()
        )

    @property
    def uid(self) -> str:
        """The group's uid."""
        uid: str = self._group["metadata"]["uid"]
        return uid

    def is_outdated(self) -> bool:
        """Whether anything was written that this view has not seen: cheap enough to be asked often."""
        return self.store.version() != self._version

    def refresh(self) -> None:
        """Take in what another process has changed: spec.suspend, spec.stop, a trial's stop, what it deleted."""
        if not self.is_outdated():
            return
        with self.store.transaction():
            version = self.store.version()
            group = self.store.get(GROUP_KIND, self.records.group.name)
            trials = self.store.list(TRIAL_KIND, group_uid=self.uid, newer_than=self._version)
        if group is None or group["metadata"]["uid"] != self.uid:
            raise self._gone()
        self._drop_deleted()
        self._version = version
        if group["metadata"]["resourceVersion"] != self._group["metadata"]["resourceVersion"]:
            self._group = group
            self.records.put_group(parse_group(group))
        for trial in trials:
            self._put_trial(trial)

    # --- writing ----------------------------------------------------------------------------------------------

    def commit(self, plan: Plan) -> None:
        """Store a plan's records, claims and new trials, all of them or none. Raises Stale where the view is old."""
        group = self.records.group
        new = [
            launch
            for launch in plan.launches
            if launch.new is not None and launch.number not in self.records.trials
        ]
        if plan.status is None and not plan.trial_writes and not new:
            return
        created: list[Object] = []
        status = None
        with self._writing():
            written = self._write_trials({write.number: write.status for write in plan.trial_writes})
            if plan.status is not None:
                document = {**self._group, "status": to_dict(plan.status)}
                status = self.store.put(GROUP_KIND, group.name, document)
            for launch in new:
                assert launch.new is not None
                trial = build_trial(group, launch.number, launch.new, launch.seen)
                created.append(self.store.put(TRIAL_KIND, trial["metadata"]["name"], trial))
        for document in written:
            self._put_trial(document)
        if plan.status is not None and status is not None:
            self._group = status
            self.records.wrote_status(plan.status)
        for document in created:
            self._put_trial(document)
        self._trials = {
            number: known for number, known in self._trials.items() if number in self.records.trials
        }

    def write(
        self,
        trials: Mapping[int, TrialStatus] | None = None,
        attempts: Iterable[Object] = (),
        drop: Iterable[AttemptKey] = (),
    ) -> None:
        """Store statuses of trials, and records of attempts; delete others; all or nothing."""
        statuses, records, dropped = (
            trials or {},
            list(attempts),
            [key for key in drop if key in self.attempts],
        )
        if not statuses and not records and not dropped:
            return
        with self._writing():
            written = self._write_trials(statuses)
            stored = [self.store.put(KIND, record["metadata"]["name"], record) for record in records]
            for key in dropped:
                self.store.delete(KIND, self.attempts[key]["metadata"]["name"])
        for document in written:
            self._put_trial(document)
        for record in stored:
            self.attempts[key_of(record)] = record
        for key in dropped:
            del self.attempts[key]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction on the very state that this view shows: nobody else's write lies between."""
        try:
            with self.store.transaction():
                if self.is_outdated():
                    raise Stale
                yield
                version = self.store.version()
        except NotFoundError:
            if self.store.get(GROUP_KIND, self.records.group.name) is None:
                raise self._gone() from None
            self._drop_deleted()
            raise Stale from None
        self._version = version

    def _write_trials(self, statuses: Mapping[int, TrialStatus]) -> list[Object]:
        name = self.records.group.name
        return [
            self.store.put(
                TRIAL_KIND, trial_name(name, number), {**self._trials[number], "status": to_dict(status)}
            )
            for number, status in statuses.items()
        ]

    # --- reading ----------------------------------------------------------------------------------------------

    def confirm(self, numbers: Iterable[int]) -> None:
        """Look up trials of which nothing is known: those that are not there were deleted."""
        name = self.records.group.name
        for number in numbers:
            document = self.store.get(TRIAL_KIND, trial_name(name, number))
            if document is None:
                self._trials.pop(number, None)
                self.records.drop_trial(number)
            else:
                self._put_trial(document)

    def _gone(self) -> GroupGoneError:
        return GroupGoneError(f"the group {self.records.group.name} was deleted from {self.store.path}")

    def _drop_deleted(self) -> None:
        """What was deleted by hand leaves no trace: it is found by what is still there."""
        trials = self.store.list(TRIAL_KIND, group_uid=self.uid, without_states=FINAL_STATES)
        there = {int(trial["spec"]["number"]) for trial in trials}
        for number, trial in list(self.records.trials.items()):
            if number not in there and state_of(trial) not in FINAL_STATES:
                self._trials.pop(number, None)
                self.records.drop_trial(number)
        records = {key_of(record) for record in self.store.list(KIND, group_uid=self.uid)}
        self.attempts = {key: record for key, record in self.attempts.items() if key in records}

    def _put_trial(self, document: Object) -> None:
        trial = parse_trial(document)
        self.records.put_trial(trial)
        if trial.number in self.records.trials:
            self._trials[trial.number] = document
