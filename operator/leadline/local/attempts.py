"""The stored record of one attempt, the laptop's Job: which process it is, and how that process ended.

Pure: documents and values in, documents and values out. It is stored before the process may run and once more when it
has ended, so that whoever comes after ``kill -9`` knows what to end, and loses no result that was there.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from leadline.api import names
from leadline.api.names import Reason
from leadline.api.trial import TrialStatus
from leadline.local.command import Command
from leadline.local.process import Exit
from leadline.local.system import Identity
from leadline.reconcile import trial_status
from leadline.reconcile.manifest import group_labels
from leadline.reconcile.observed import Attempt, AttemptKey, Ended, Fault, Group, Phase, Trial

Object = dict[str, Any]

KIND = "Attempt"
"""Kind of these records in the store."""
STOPPED: Final = "Stopped"
"""Reason of an attempt that we ended; why is in its trial's status."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of an attempt's process; started, finished: seconds since the epoch, started None if nobody saw it."""

    exit: Exit
    started: float | None
    finished: float


def build_record(group: Group, trial: Trial, attempt: int, command: Command, identity: Identity) -> Object:
    """The record of an attempt whose process is held: nothing of its command has run."""
    owner = {
        "apiVersion": names.API_VERSION,
        "kind": names.TRIAL_KIND,
        "name": names.trial_name(group.name, trial.number),
        "uid": trial.uid,
        "controller": True,
    }
    return {
        "kind": KIND,
        "metadata": {
            "name": names.job_name(group.name, trial.number, attempt),
            "labels": {**group_labels(group, trial.number), names.LABEL_ATTEMPT: str(attempt)},
            "ownerReferences": [owner],
        },
        "spec": {"command": list(command.argv), "folder": command.folder, "graceSeconds": command.grace},
        "status": {"process": identity.to_dict()},
    }


def finished(record: Object, finish: Finish) -> Object:
    """The record of an attempt whose process has ended."""
    end = {
        "code": finish.exit.code,
        "reason": finish.exit.reason,
        "message": finish.exit.message,
        "started": finish.started,
        "finished": finish.finished,
    }
    return {**record, "status": {**record["status"], "end": end}}


def key_of(record: Object) -> AttemptKey:
    """(trial, attempt)"""
    labels = record["metadata"]["labels"]
    return int(labels[names.LABEL_TRIAL]), int(labels[names.LABEL_ATTEMPT])


def identity_of(record: Object) -> Identity:
    """The process of an attempt."""
    return Identity.from_dict(record["status"]["process"])


def grace_of(record: Object) -> float:
    """Seconds between SIGTERM and SIGKILL."""
    return float(record["spec"]["graceSeconds"])


def finish_of(record: Object) -> Finish | None:
    """How its process ended; None where nobody has seen that."""
    end = record["status"].get("end")
    if end is None:
        return None
    known = Exit(end["code"], end["reason"], end["message"])
    return Finish(known, end["started"], end["finished"])


def observe_record(record: Object, created: float, node: str) -> Attempt:
    """The attempt that a record tells of: held, or ended. What runs is known only to the process that released it."""
    number, attempt = key_of(record)
    seen = Attempt(
        number=number,
        attempt=attempt,
        uid=record["metadata"]["uid"],
        phase=Phase.CREATED,
        created=created,
        node=node,
    )
    finish = finish_of(record)
    return seen if finish is None else observe_finish(seen, finish)


def observe_finish(attempt: Attempt, finish: Finish) -> Attempt:
    """The attempt once its process has ended and nothing of it is left. Its output is yet to be read."""
    return replace(
        attempt,
        phase=Phase.ENDED,
        stopping=False,
        started=finish.started,
        finished=finish.finished,
        ended=ended_by(finish.exit),
        metrics=None,
    )


def ended_by(known: Exit) -> Ended:
    """Whose fault an exit was. A machine ends no trial by itself but for want of memory: the fault is the trial's."""
    match known.reason:
        case "Completed":
            return Ended(Reason.COMPLETED, exit_code=0)
        case "Killed":
            return Ended(Reason.KILLED, known.message, Fault.CONFIGURATION, known.code)
        case "Stopped":
            return Ended(STOPPED, "ended by leadline", Fault.CONFIGURATION, known.code)
        case "Error":
            return Ended(Reason.EXIT_CODE, f"its command {known.message}", Fault.CONFIGURATION, known.code)


STOPPED_UNSEEN = Exit(128 + signal.SIGKILL, STOPPED, "ended after its run was killed")
"""The exit of a process left behind by ``kill -9``, that we ended and could not wait for."""


def interrupted(status: TrialStatus, attempt: int) -> TrialStatus:
    """The trial after its attempt was ended together with its run: nobody's fault, and due again at once."""
    message = "its run was interrupted; the same `leadline run` goes on with it"
    return replace(
        trial_status.retried(status, attempt, Reason.INTERRUPTED, message),
        failures=status.failures,
    )


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What to do about attempts that nothing runs any more, after an interruption.

    again: trials whose attempt was cut short, with that attempt's number. stopped: records of attempts that were being
    ended on purpose. drop: records that say nothing any more.
    """

    again: Mapping[int, int]
    stopped: tuple[AttemptKey, ...]
    drop: tuple[AttemptKey, ...]


def judge_leftovers(
    group: Group, trials: Mapping[int, Trial], records: Mapping[AttemptKey, Object]
) -> Leftovers:
    """What became of each attempt when its run ended, however that ended. Nothing of theirs runs any more.

    A result that was stored stays; an attempt that we were ending for a reason was ended for that reason; any other one
    that may have begun was interrupted; one that can't have begun never was.
    """
    active = {int(number): value for number, value in group.status.active.items()}
    again: dict[int, int] = {}
    stopped, drop = [], []
    for number, attempt in active.items():
        trial = trials.get(number)
        if attempt < 0 or trial is None or _has_result(records.get((number, attempt))):
            continue
        status = trial.status
        if status.stopping and status.attempt == attempt:
            stopped.append((number, attempt))
        elif trial_status.state_of(trial) not in names.FINAL_STATES and status.attempt <= attempt:
            again[number] = attempt
    for key, record in records.items():
        endless = finish_of(record) is None
        if (endless and key not in stopped) or again.get(key[0]) == key[1]:
            drop.append(key)
    unseen = tuple(key for key in stopped if key in records and finish_of(records[key]) is None)
    return Leftovers(again, unseen, tuple(drop))


def _has_result(record: Object | None) -> bool:
    """Whether the process came to an end of its own, and was seen to."""
    finish = finish_of(record) if record is not None else None
    return finish is not None and finish.exit.reason != STOPPED
