"""What a trial's template becomes on this machine, and what is wrong with it here, before anything runs.

Pure but for one look at the machine's programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leadline.api.schema import to_dict
from leadline.api.trial import TrialStatus
from leadline.api.validate import stored
from leadline.local.command import Command, command_of
from leadline.local.process import missing_program
from leadline.plugins import make_searcher_here
from leadline.problems import Problem, errors
from leadline.reconcile.checkpoint import checkpoint_path
from leadline.reconcile.decide import seed_in_use
from leadline.reconcile.manifest import build_pod, trial_spec
from leadline.reconcile.observed import Group, Trial
from leadline.reconcile.parse import parse_group
from leadline.reconcile.records import Records
from leadline.reconcile.sample import first_trial
from leadline.template import RenderError

_TEMPLATE = "spec.template"
_CONTAINER, _TUNER = "spec.containers[0]", "spec.matrix.tuner.container"
CHECKPOINTS = "checkpoints"
"""Folder of all checkpoints of a store, beside its logs."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where trials run. folder: absolute, of the user's file. python: the interpreter that stands for ``python``."""

    folder: str
    python: str


class RefusedError(Exception):
    """A template that this machine can't run; ``problems`` with paths from the group's root."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


def checkpoint_folder(group: Group, trial: Trial, store: Path) -> Path | None:
    """Where a trial's present rung keeps what it needs to go on; None where nobody asked for it.

    store: the folder beside the store's file.
    """
    assert group.spec is not None
    if group.spec.checkpoint is None and not group.spec.matrix.resume:
        return None
    return store.absolute() / CHECKPOINTS / checkpoint_path(group, group.spec, trial)


def command_for(group: Group, trial: Trial, attempt: int, place: Place, store: Path = Path()) -> Command:
    """The command of one attempt. Raises RefusedError where the template can't be filled in or can't run here."""
    assert group.spec is not None
    folder = checkpoint_folder(group, trial, store)
    try:
        pod = build_pod(group, group.spec, trial, attempt, {}, None if folder is None else str(folder))
    except RenderError as error:
        raise RefusedError((error.problem.under(_TEMPLATE),)) from None
    found = command_of(pod, folder=place.folder, python=place.python)
    if found.command is None:
        raise RefusedError(tuple(problem.under(_TEMPLATE) for problem in found.problems))
    return found.command


def find_problems_here(group: Group, place: Place) -> tuple[Problem, ...]:
    """What keeps a first trial of the group from running on this machine; nothing where all is well."""
    if group.spec is None:
        return errors(group.problems)
    if problems := tuner_problems(group, place):
        return problems
    trial = _sample(group)
    if trial is None:
        return ()
    try:
        command = command_for(group, trial, 1, place)
    except RefusedError as error:
        return error.problems
    missing = missing_program(command)
    if not missing:
        return ()
    remedy = "install it, or name another one in the first word of the command"
    return (Problem(f"{_TEMPLATE}.spec.containers[0].command", missing, remedy),)


def _sample(group: Group) -> Trial | None:
    """A trial as the search would begin with it; what was learned since is left out."""
    records = Records(group, live=True, make=make_searcher_here)
    first = first_trial(group, lambda ask: records.answer(ask, seed_in_use(group)))
    return None if first is None else Trial(0, group.uid, trial_spec(0, first, 0), TrialStatus())


def tuner_command(group: Group, place: Place) -> Command:
    """What the group's tuner in a container runs on this machine. Raises RefusedError."""
    assert group.spec is not None
    assert group.spec.matrix.tuner is not None
    container = to_dict(group.spec.matrix.tuner.container)
    container.pop("timeoutSeconds", None)
    found = command_of({"spec": {"containers": [container]}}, folder=place.folder, python=place.python)
    if found.command is None:
        problems = (
            replace(problem, path=problem.path.replace(_CONTAINER, _TUNER)) for problem in found.problems
        )
        raise RefusedError(tuple(problems))
    return found.command


def tuner_problems(group: Group, place: Place) -> tuple[Problem, ...]:
    """What keeps the group's tuner from running on this machine, if it is a container."""
    tuner = group.spec.matrix.tuner if group.spec is not None else None
    if tuner is None or tuner.container is None:
        return ()
    try:
        missing = missing_program(tuner_command(group, place))
    except RefusedError as error:
        return error.problems
    remedy = "install it, or name another one in the first word of the command"
    return (Problem(f"{_TUNER}.command", missing, remedy),) if missing else ()


def check_document(document: Mapping[str, Any], place: Place) -> tuple[Problem, ...]:
    """The same for a document that is stored nowhere yet."""
    kept = stored(document)
    return find_problems_here(parse_group({**kept, "metadata": {**kept["metadata"], "uid": ""}}), place)


def ignored_here(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Paths of fields that the user wrote and that mean nothing on this machine."""
    template = document["spec"]["template"]
    notes = command_of(template, folder="", python="").notes
    return tuple(note.under(_TEMPLATE).path for note in notes)
