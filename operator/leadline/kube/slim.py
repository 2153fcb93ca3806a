"""What is kept of a Job and of a pod: the fields that decisions read, a fifth of what the API server sends.

Pure. A Job or pod that is cut here still has the shape of a Job or pod, so that ``reconcile.attempts`` reads both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]

_METADATA = ("name", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp")
_JOB_STATUS = ("active", "terminating", "startTime")
_POD_CONDITIONS = ("PodScheduled", "DisruptionTarget")


def slim_job(job: Mapping[str, Any]) -> Object:
    """A Job without its template."""
    status = job.get("status") or {}
    return {
        "metadata": _metadata(job),
        "spec": {"suspend": bool((job.get("spec") or {}).get("suspend"))},
        "status": {
            **{key: status[key] for key in _JOB_STATUS if key in status},
            "conditions": [
                {key: condition[key] for key in ("type", "status", "reason", "message") if key in condition}
                for condition in status.get("conditions") or ()
                if condition.get("type") in ("Complete", "Failed")
            ],
        },
    }


def slim_pod(pod: Mapping[str, Any]) -> Object:
    """A pod without its volumes, environment and history."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    return {
        "metadata": _metadata(pod),
        "spec": {
            "nodeName": spec.get("nodeName") or "",
            "containers": [{"name": container.get("name")} for container in spec.get("containers") or ()],
        },
        "status": {
            **{key: status[key] for key in ("phase", "reason", "message") if key in status},
            "conditions": [
                {key: condition[key] for key in ("type", "status", "reason", "message") if key in condition}
                for condition in status.get("conditions") or ()
                if condition.get("type") in _POD_CONDITIONS
            ],
            "initContainerStatuses": [
                _container(known) for known in status.get("initContainerStatuses") or ()
            ],
            "containerStatuses": [_container(known) for known in status.get("containerStatuses") or ()],
        },
    }


def _metadata(item: Mapping[str, Any]) -> Object:
    metadata = item["metadata"]
    return {
        **{key: metadata[key] for key in _METADATA if key in metadata},
        "labels": dict(metadata.get("labels") or {}),
        "ownerReferences": [
            {"uid": owner.get("uid"), "name": owner.get("name")}
            for owner in metadata.get("ownerReferences") or ()
        ],
    }


def _container(status: Mapping[str, Any]) -> Object:
    return {"name": status.get("name"), "state": status.get("state") or {}}


def version_of(item: Mapping[str, Any]) -> int:
    """An object's resourceVersion as a number: newer is greater (KEP-5504 makes that a promise since 1.35)."""
    return int(item["metadata"]["resourceVersion"])


def owner_uid(item: Mapping[str, Any]) -> str:
    """Uid of the first owner; empty where there is none."""
    owners = item["metadata"].get("ownerReferences") or ()
    return str(owners[0]["uid"]) if owners else ""
