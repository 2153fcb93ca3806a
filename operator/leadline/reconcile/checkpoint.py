"""The folder in which a trial keeps what it needs to go on: which one it is, and how it comes into a pod."""

from __future__ import annotations

from typing import Any, Final

from leadline.api import names
from leadline.api.group import Checkpoint, GroupSpec
from leadline.reconcile.observed import Group, Trial
from leadline.reconcile.trial_status import resource_of
from leadline.template import text_of

ENV_CHECKPOINT: Final = f"{names.ENV_PREFIX}CHECKPOINT_DIR"
"""Environment variable with the folder's path."""

_VOLUME: Final = "leadline-checkpoint"


def checkpoint_path(group: Group, spec: GroupSpec, trial: Trial) -> str:
    """The folder of a trial's present rung, relative to where all of them are.

    One for all rungs where the matrix says resume; else one for each rung: it starts afresh, and only a retry of the
    very same rung goes on. By the group's uid, since names can be used again.
    """
    folder = f"{group.uid}/{names.trial_name(group.name, trial.number)}"
    amount = resource_of(trial)
    return folder if amount is None or spec.matrix.resume else f"{folder}/rung-{text_of(amount)}"


def mount_checkpoint(pod: dict[str, Any], checkpoint: Checkpoint, path: str) -> None:
    """Mount the folder in every container of a pod."""
    claim = {"name": _VOLUME, "persistentVolumeClaim": {"claimName": checkpoint.claim_name}}
    pod["volumes"] = [*pod.get("volumes", ()), claim]
    mount = {"name": _VOLUME, "mountPath": checkpoint.mount_path, "subPath": path}
    for container in (*pod.get("initContainers", ()), *pod["containers"]):
        container["volumeMounts"] = [*container.get("volumeMounts", ()), mount]
