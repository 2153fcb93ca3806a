"""From a rendered pod template to what runs on this machine: pure, and the one place that says what a laptop can't do.

A laptop has no images, volumes, Secrets or other containers. What a trial could not do without is refused with its
path; what only places or bounds a pod is named in a note and ignored. Paths are relative to the template.

The working directory is the folder of the user's file. ``workingDir`` is ignored: it is a path of the image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from leadline.problems import Problem
from leadline.template import expand

PYTHONS = ("python", "python3")
"""Programs that mean "the image's Python": here, the interpreter that was chosen."""
GRACE_SECONDS = 30
"""Kubernetes' default of ``terminationGracePeriodSeconds``."""

_ON_A_CLUSTER = "remove it, or run this file on a cluster"
_REFUSED_IN_POD = {
    "initContainers": "this machine can't run init containers",
    "volumes": "this machine has no volumes",
}
_REFUSED_IN_CONTAINER = {
    "envFrom": "this machine has no ConfigMaps and Secrets",
    "volumeMounts": "this machine has no volumes",
    "volumeDevices": "this machine has no volumes",
}
# Set by Leadline itself in every pod; nothing that the user would have to know.
_SILENT_IN_POD = {
    "containers",
    "terminationGracePeriodSeconds",
    "restartPolicy",
    "automountServiceAccountToken",
}
_SILENT_IN_CONTAINER = {"name", "command", "args", "env"}


@dataclass(frozen=True, slots=True)
class Command:
    """What runs, where, and with which variables beside those of the machine.

    argv: never empty. folder: the working directory. python: the interpreter that stands for ``python``.
    grace: seconds between SIGTERM and SIGKILL.
    """

    argv: tuple[str, ...]
    folder: str
    python: str
    env: Mapping[str, str] = field(default_factory=dict)
    grace: float = GRACE_SECONDS


@dataclass(frozen=True, slots=True)
class Translation:
    """``command`` is None exactly when there are ``problems``. notes: what is ignored on this machine."""

    command: Command | None
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def command_of(template: Mapping[str, Any], *, folder: str, python: str) -> Translation:
    """What a rendered pod template runs on this machine.

    folder: of the user's file, absolute. python: path of the interpreter that stands for ``python``.
    """
    pod = template.get("spec")
    containers = pod.get("containers") if isinstance(pod, Mapping) else None
    if not isinstance(pod, Mapping) or not isinstance(containers, list) or not containers:
        missing = Problem("spec.containers", "is missing", "name one container with a command")
        return Translation(None, (missing,), ())
    problems = [*_refused(pod, "spec", _REFUSED_IN_POD)]
    notes = [*_ignored(pod, "spec", _SILENT_IN_POD | _REFUSED_IN_POD.keys())]
    if len(containers) > 1:
        message = f"this machine runs one container, and there are {len(containers)}"
        problems.append(
            Problem("spec.containers", message, "remove the others, or run this file on a cluster")
        )
    path, container = "spec.containers[0]", containers[0]
    if not isinstance(container, Mapping):
        return Translation(None, (*problems, Problem(path, "is not an object")), tuple(notes))
    problems += _refused(container, path, _REFUSED_IN_CONTAINER)
    notes += _ignored(container, path, _SILENT_IN_CONTAINER | _REFUSED_IN_CONTAINER.keys())
    env = _environment(container.get("env"), f"{path}.env", problems)
    argv = _argv(container, path, env, problems)
    grace = pod.get("terminationGracePeriodSeconds", GRACE_SECONDS)
    if not isinstance(grace, int) or grace < 0:
        problems.append(Problem("spec.terminationGracePeriodSeconds", "is not a number of seconds from 0 up"))
    if problems:
        return Translation(None, tuple(problems), tuple(notes))
    program = python if argv[0] in PYTHONS else argv[0]
    return Translation(Command((program, *argv[1:]), folder, python, env, grace), (), tuple(notes))


def _refused(owner: Mapping[str, Any], path: str, reasons: Mapping[str, str]) -> Iterator[Problem]:
    for key, reason in reasons.items():
        if owner.get(key):
            yield Problem(f"{path}.{key}", reason, _ON_A_CLUSTER)


def _ignored(owner: Mapping[str, Any], path: str, known: set[str]) -> Iterator[Problem]:
    for key in owner:
        if key not in known:
            yield Problem(f"{path}.{key}", "is ignored on this machine", severity="warning")


def _environment(variables: Any, path: str, problems: list[Problem]) -> dict[str, str]:
    """Literal variables, each seeing those before it as the kubelet does; problems are added to the list."""
    env: dict[str, str] = {}
    if not isinstance(variables, list | None):
        problems.append(Problem(path, "is not a list", "write a list of {name: NAME, value: VALUE}"))
        return env
    for index, variable in enumerate(variables or ()):
        here = f"{path}[{index}]"
        name = variable.get("name") if isinstance(variable, Mapping) else None
        if not isinstance(name, str) or not name or "=" in name:
            problems.append(Problem(f"{here}.name", "is missing or not a variable's name"))
            continue
        if variable.get("valueFrom") is not None:
            message = "this machine has no Secret, ConfigMap or pod to take a value from"
            remedy = "write the value, or run this file on a cluster"
            problems.append(Problem(f"{here}.valueFrom", message, remedy))
            continue
        value = variable.get("value")
        if not isinstance(value, str | None):
            problems.append(_not_text(f"{here}.value"))
            continue
        env[name] = expand(value or "", env)
    return env


def _argv(
    container: Mapping[str, Any], path: str, env: Mapping[str, str], problems: list[Problem]
) -> tuple[str, ...]:
    """``command`` and ``args`` with their variables filled in; problems are added to the list."""
    argv: list[str] = []
    for key in ("command", "args"):
        items = container.get(key) or []
        if not isinstance(items, list):
            problems.append(
                Problem(f"{path}.{key}", "is not a list", "write one item for each word, in brackets")
            )
            continue
        if key == "command" and not items:
            message = "is missing, and there is no image here that could say what to run"
            problems.append(
                Problem(f"{path}.command", message, "write it, as in command: [python, train.py]")
            )
        for index, item in enumerate(items):
            if isinstance(item, str):
                argv.append(expand(item, env))
            else:
                problems.append(_not_text(f"{path}.{key}[{index}]"))
    return tuple(argv)


def _not_text(path: str) -> Problem:
    return Problem(path, "is not text", "put it in quotes")
