"""What a pod template runs on a laptop, what is refused and what is ignored."""

from __future__ import annotations

from typing import Any

import pytest

from leadline.local.command import Command, command_of


def pod(container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    base = {"name": "train", "command": ["python", "train.py"]}
    return {"spec": {"containers": [{**base, **(container or {})}], **spec}}


def command(template: dict[str, Any]) -> Command:
    translation = command_of(template, folder="/work", python="/venv/bin/python")
    assert not translation.problems
    assert translation.command is not None
    return translation.command


def problems(template: dict[str, Any]) -> list[str]:
    translation = command_of(template, folder="/work", python="/venv/bin/python")
    assert (translation.command is None) == bool(translation.problems)
    return [str(problem) for problem in translation.problems]


def test_command_and_args_run_in_the_files_folder() -> None:
    built = command(pod({"command": ["sh", "-c"], "args": ["exit 3"]}))
    assert (built.argv, built.folder) == (("sh", "-c", "exit 3"), "/work")


@pytest.mark.parametrize("program", ["python", "python3"])
def test_python_is_the_chosen_interpreter(program: str) -> None:
    assert command(pod({"command": [program, "python"]})).argv == ("/venv/bin/python", "python")


@pytest.mark.parametrize("program", ["python3.12", "/usr/bin/python3", "pythons"])
def test_any_other_program_is_taken_by_its_name(program: str) -> None:
    assert command(pod({"command": [program]})).argv == (program,)


def test_variables_are_expanded_as_the_kubelet_does() -> None:
    env = [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "$(A)$(C)$$(A)"},
        {"name": "C", "value": "3"},
        {"name": "EMPTY"},
        {"name": "A", "value": "2"},
    ]
    built = command(pod({"command": ["echo", "$(A) $(B) $(EMPTY) $(NONE)"], "args": ["$(C)"], "env": env}))
    assert built.env == {"A": "2", "B": "1$(C)$(A)", "C": "3", "EMPTY": ""}
    assert built.argv == ("echo", "2 1$(C)$(A)  $(NONE)", "3")


def test_the_grace_period_is_the_pods_or_kubernetes_own() -> None:
    assert command(pod()).grace == 30
    assert command(pod(terminationGracePeriodSeconds=0)).grace == 0


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ({}, "spec.containers: is missing; name one container with a command"),
        ({"spec": {"containers": []}}, "spec.containers: is missing"),
        ({"spec": {"containers": ["train"]}}, "spec.containers[0]: is not an object"),
        (
            {"spec": {"containers": [{"name": "train", "image": "busybox"}]}},
            "spec.containers[0].command: is missing, and there is no image here that could say what to run; "
            "write it, as in command: [python, train.py]",
        ),
        (pod({"command": [], "args": ["train.py"]}), "spec.containers[0].command: is missing"),
        (
            pod({"command": "python train.py"}),
            "spec.containers[0].command: is not a list; write one item for",
        ),
        (pod({"args": ["--lr", 0.1]}), "spec.containers[0].args[1]: is not text; put it in quotes"),
        (pod({"args": [None]}), "spec.containers[0].args[0]: is not text"),
        (pod({"env": {"A": "1"}}), "spec.containers[0].env: is not a list; write a list of {name: NAME,"),
        (pod({"env": [{"value": "1"}]}), "spec.containers[0].env[0].name: is missing"),
        (pod({"env": [{"name": "A=B", "value": "1"}]}), "spec.containers[0].env[0].name: is missing or not"),
        (
            pod({"env": [{"name": "A", "value": 1}]}),
            "spec.containers[0].env[0].value: is not text; put it in",
        ),
        (
            pod(
                {
                    "env": [
                        {"name": "A"},
                        {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
                    ]
                }
            ),
            "spec.containers[0].env[1].valueFrom: this machine has no Secret, ConfigMap or pod to take a value "
            "from; write the value, or run this file on a cluster",
        ),
        (
            pod({"envFrom": [{"secretRef": {"name": "s"}}]}),
            "spec.containers[0].envFrom: this machine has no ConfigMaps and Secrets; remove it, or run this file",
        ),
        (
            pod({"volumeMounts": [{"name": "data", "mountPath": "/data"}]}),
            "spec.containers[0].volumeMounts: this machine has no volumes; remove it",
        ),
        (pod({"volumeDevices": [{}]}), "spec.containers[0].volumeDevices: this machine has no volumes"),
        (pod(volumes=[{"name": "tmp", "emptyDir": {}}]), "spec.volumes: this machine has no volumes"),
        (
            pod(initContainers=[{"name": "fetch"}]),
            "spec.initContainers: this machine can't run init containers",
        ),
        (
            {"spec": {"containers": [pod()["spec"]["containers"][0]] * 2}},
            "spec.containers: this machine runs one container, and there are 2; remove the others, or run",
        ),
        (pod(terminationGracePeriodSeconds="5"), "spec.terminationGracePeriodSeconds: is not a number of"),
    ],
)
def test_what_a_laptop_cant_do_is_refused_with_its_path_and_a_remedy(
    template: dict[str, Any], expected: str
) -> None:
    (problem,) = problems(template)
    assert problem.startswith(expected)


def test_all_mistakes_are_named_at_once() -> None:
    found = problems(pod({"env": [{"name": "A", "value": 1}], "args": [2]}, volumes=[{"name": "v"}]))
    assert [problem.split(":")[0] for problem in found] == [
        "spec.volumes",
        "spec.containers[0].env[0].value",
        "spec.containers[0].args[0]",
    ]


def test_empty_lists_of_refused_fields_are_no_mistake() -> None:
    assert not problems(pod({"envFrom": [], "volumeMounts": []}, volumes=[], initContainers=[]))


def test_what_only_places_or_bounds_a_pod_is_ignored_with_a_note() -> None:
    template = pod(
        {"image": "i", "resources": {"limits": {"cpu": "1"}}, "workingDir": "/app"},
        nodeSelector={"gpu": "a100"},
    )
    translation = command_of(template, folder="/work", python="python")
    assert translation.command is not None
    assert [str(note) for note in translation.notes] == [
        "spec.nodeSelector: is ignored on this machine",
        "spec.containers[0].image: is ignored on this machine",
        "spec.containers[0].resources: is ignored on this machine",
        "spec.containers[0].workingDir: is ignored on this machine",
    ]
    assert {note.severity for note in translation.notes} == {"warning"}


def test_a_misspelt_field_shows_up_among_the_notes() -> None:
    translation = command_of(pod({"arg": ["--epochs=3"]}), folder="/work", python="python")
    assert [note.path for note in translation.notes] == ["spec.containers[0].arg"]


def test_what_leadline_itself_adds_to_a_pod_needs_no_note() -> None:
    template = pod(restartPolicy="Never", automountServiceAccountToken=False)
    assert command_of(template, folder="/work", python="python").notes == ()
