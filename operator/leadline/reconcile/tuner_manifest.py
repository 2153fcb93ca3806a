"""The objects by which a group's tuner in a container is asked for one round: a Job, and a ConfigMap with the request.

Pure text building. The Job is created suspended, then the ConfigMap that belongs to it, then the Job may run: whatever
is cut short goes with the Job, and the Job with the group. Nothing of it carries the labels of a trial.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from leadline.api import names
from leadline.api.group import GroupSpec
from leadline.api.schema import to_dict
from leadline.api.tuner import TunerContainer
from leadline.reconcile.manifest import Manifest, owner, secure
from leadline.reconcile.observed import Group

ENV_INPUT: Final = f"{names.ENV_PREFIX}TUNER_INPUT"
"""Environment variable with the path of the request."""
CONTAINER: Final = "tuner"
_FOLDER, _FILE, _VOLUME = "/leadline", "request.json", "leadline-request"
KEPT: Final = 3600
"""Seconds that a Job which was not cleaned up, since its operator died in that moment, stays when it has ended."""


def mark_of(container: TunerContainer) -> str:
    """What tells one tuner from the one that an edit has put in its place."""
    text = json.dumps(to_dict(container), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def build_tuner_job(
    group: Group, spec: GroupSpec, container: TunerContainer, iteration: int, request: str
) -> Manifest:
    """The suspended Job of one round. request: name of the ConfigMap."""
    written = to_dict(container)
    written.pop("timeoutSeconds", None)
    labels = {names.LABEL_GROUP: group.name, names.LABEL_TUNER: mark_of(container)}
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "containers": [
            {
                **written,
                "name": CONTAINER,
                "env": [
                    {"name": ENV_INPUT, "value": f"{_FOLDER}/{_FILE}"},
                    {"name": f"{names.ENV_PREFIX}GROUP", "value": group.name},
                    *written.get("env", ()),
                ],
                "volumeMounts": [{"name": _VOLUME, "mountPath": _FOLDER, "readOnly": True}],
            }
        ],
        "volumes": [{"name": _VOLUME, "configMap": {"name": request}}],
    }
    secure(pod, spec.pod_security == "restricted")
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": names.tuner_name(group.name, iteration),
            "namespace": group.namespace,
            "labels": labels,
            "ownerReferences": [owner(names.GROUP_KIND, group.name, group.uid, names.API_VERSION)],
        },
        "spec": {
            "suspend": True,
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "podReplacementPolicy": "Failed",
            "activeDeadlineSeconds": container.timeout_seconds,
            "ttlSecondsAfterFinished": KEPT,
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def request_name(job: Manifest) -> str:
    """Name of the ConfigMap that a stored Job reads its request from."""
    return str(job["spec"]["template"]["spec"]["volumes"][0]["configMap"]["name"])


def build_request_map(job: Manifest, request: str) -> Manifest:
    """The ConfigMap with a request, which belongs to its stored Job and goes with it."""
    metadata = job["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": request_name(job),
            "namespace": metadata["namespace"],
            "labels": dict(metadata["labels"]),
            "ownerReferences": [owner("Job", metadata["name"], metadata["uid"], "batch/v1")],
        },
        "immutable": True,
        "data": {_FILE: request},
    }
