"""The objects that stand for trials and attempts in a cluster: Trial and Job, as plain mappings.

Pure text building: the group and the trial go in, the object to POST comes out. A Job is always created suspended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leadline.api import names
from leadline.api.group import GroupSpec
from leadline.api.schema import to_dict
from leadline.api.trial import TrialSpec
from leadline.reconcile.checkpoint import ENV_CHECKPOINT, checkpoint_path, mount_checkpoint
from leadline.reconcile.observed import Group, Trial
from leadline.reconcile.trial_status import resource_of
from leadline.search import New
from leadline.template import escape, render, text_of

Manifest = dict[str, Any]

DEADLINE_SLACK = 600
"""Seconds that a Job's own deadline leaves beyond ours: it is only the net for an operator that is down."""


def build_trial(group: Group, number: int, new: New, seen: int) -> Manifest:
    """The Trial object of a suggestion; ``seen`` results were known when it was made."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.TRIAL_KIND,
        "metadata": {
            "name": names.trial_name(group.name, number),
            "namespace": group.namespace,
            "labels": group_labels(group, number),
            "ownerReferences": [owner(names.GROUP_KIND, group.name, group.uid, names.API_VERSION)],
        },
        "spec": to_dict(trial_spec(number, new, seen)),
    }


def trial_spec(number: int, new: New, seen: int) -> TrialSpec:
    """What is written once of a suggestion."""
    origin = dict(new.origin)
    if new.resource is not None:
        origin["resource"] = new.resource
    return TrialSpec(
        number=number,
        params=dict(new.params),
        history=seen,
        origin=origin,
        rungs=tuple(new.rungs),
        last_rung=new.last,
    )


def build_job(group: Group, spec: GroupSpec, trial: Trial, attempt: int) -> Manifest:
    """The suspended Job of one attempt. Raises ``RenderError`` where the template can't be rendered."""
    labels = {**group_labels(group, trial.number), names.LABEL_ATTEMPT: str(attempt)}
    job: dict[str, Any] = {
        "suspend": True,
        "backoffLimit": 0,
        "completions": 1,
        "parallelism": 1,
        # A failed pod is never replaced: one attempt is one pod, retries are attempts of their own.
        "podReplacementPolicy": "Failed",
        "podFailurePolicy": {
            "rules": [
                # The Job itself names the class: PodFailurePolicy for what the cluster did.
                {"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
            ]
        },
        "template": build_pod(group, spec, trial, attempt, labels),
    }
    if spec.termination.timeout is not None:
        job["activeDeadlineSeconds"] = (
            spec.termination.timeout + spec.termination.pending_deadline + DEADLINE_SLACK
        )
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": names.job_name(group.name, trial.number, attempt),
            "namespace": group.namespace,
            "labels": labels,
            "ownerReferences": [
                owner(
                    names.TRIAL_KIND,
                    names.trial_name(group.name, trial.number),
                    trial.uid,
                    names.API_VERSION,
                )
            ],
        },
        "spec": job,
    }


def build_pod(
    group: Group,
    spec: GroupSpec,
    trial: Trial,
    attempt: int,
    labels: Mapping[str, str],
    folder: str | None = None,
) -> Manifest:
    """The pod template of one attempt: the user's, rendered, plus what every trial gets.

    folder: of its checkpoint, where that is on this very machine and no volume.
    """
    identity = {
        "trial": names.trial_name(group.name, trial.number),
        "group": group.name,
        "namespace": group.namespace,
        "number": trial.number,
        "attempt": attempt,
    }
    params = attempt_params(spec, trial)
    template = render(spec.template, params, {names.RESERVED_PARAMETER: identity})
    metadata = template.setdefault("metadata", {})
    metadata["labels"] = {**metadata.get("labels", {}), **labels}
    pod = template["spec"]
    pod["restartPolicy"] = "Never"
    pod.setdefault("automountServiceAccountToken", "serviceAccountName" in pod)
    secure(pod, spec.pod_security == "restricted")
    environment = trial_environment(group, trial, attempt, params)
    if folder is not None:
        environment[ENV_CHECKPOINT] = folder
    elif spec.checkpoint is not None:
        environment[ENV_CHECKPOINT] = spec.checkpoint.mount_path
        mount_checkpoint(pod, spec.checkpoint, checkpoint_path(group, spec, trial))
    for container in (*pod.get("initContainers", ()), *pod["containers"]):
        own = {variable["name"] for variable in container.get("env", ())}
        # Ours come first: the kubelet resolves $(NAME) from variables that stand before.
        given = [
            {"name": name, "value": escape(value)} for name, value in environment.items() if name not in own
        ]
        container["env"] = [*given, *container.get("env", ())]
    return template


def attempt_params(spec: GroupSpec, trial: Trial) -> dict[str, Any]:
    """What a trial's present rung is run with: its parameters, and the resource by its own name."""
    amount, resource = resource_of(trial), spec.matrix.resource
    if amount is None or resource is None:
        return dict(trial.spec.params)
    # The API server does not keep 1.0 and 1 apart.
    return {**trial.spec.params, resource.name: int(amount) if resource.type == "int" else float(amount)}


def trial_environment(group: Group, trial: Trial, attempt: int, params: Mapping[str, Any]) -> dict[str, str]:
    """What every trial finds in its environment: who it is and its parameters, one by one and as one JSON."""
    prefix = names.ENV_PREFIX
    environment = {
        f"{prefix}GROUP": group.name,
        f"{prefix}TRIAL": names.trial_name(group.name, trial.number),
        f"{prefix}NUMBER": str(trial.number),
        f"{prefix}ATTEMPT": str(attempt),
        f"{prefix}PARAMS": json.dumps(
            dict(params), separators=(",", ":"), allow_nan=False, ensure_ascii=False
        ),
    }
    spec = group.spec
    if spec is not None and spec.matrix.resource is not None and spec.matrix.resource.name in params:
        environment[f"{prefix}RESOURCE"] = text_of(params[spec.matrix.resource.name])
    for name, value in params.items():
        environment[f"{prefix}PARAM_{name.upper()}"] = text_of(value)
    return environment


def group_labels(group: Group, number: int) -> dict[str, str]:
    """Labels of everything that belongs to a trial; selected by uid, since names can be used again."""
    return {
        names.LABEL_GROUP: group.name,
        names.LABEL_GROUP_UID: group.uid,
        names.LABEL_TRIAL: str(number),
    }


def owner(kind: str, name: str, uid: str, api_version: str) -> dict[str, Any]:
    """A reference to the object that another one belongs to, and goes with."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": name,
        "uid": uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }


def secure(pod: dict[str, Any], restricted: bool) -> None:
    """Seccomp for every trial; all that Pod Security "restricted" asks for where wanted. The user's own words win."""
    context = pod.setdefault("securityContext", {})
    context.setdefault("seccompProfile", {"type": "RuntimeDefault"})
    if not restricted:
        return
    context.setdefault("runAsNonRoot", True)
    for container in (*pod.get("initContainers", ()), *pod["containers"]):
        own = container.setdefault("securityContext", {})
        own.setdefault("allowPrivilegeEscalation", False)
        own.setdefault("capabilities", {"drop": ["ALL"]})
