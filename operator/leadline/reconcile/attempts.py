"""From a Job and its pods to one Attempt: what phase it is in, why it waits, how it ended and whose fault that was.

Pure: reads plain mappings as the API server sends them, and believes none of them to be complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from leadline.api import names
from leadline.api.names import Reason
from leadline.metrics import Summary, parse_termination_message
from leadline.reconcile.observed import Attempt, Ended, Fault, Phase, Waiting

Object = Mapping[str, Any]

_IMAGE_REASONS = frozenset(
    {
        "ImagePullBackOff",
        "ErrImagePull",
        "InvalidImageName",
        "ErrImageNeverPull",
        "RegistryUnavailable",
        "ImageInspectError",
    }
)
_CONFIG_REASONS = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
_DISRUPTIONS = frozenset(
    {
        "Evicted",
        "NodeLost",
        "Preempting",
        "Shutdown",
        "Terminated",
        "NodeShutdown",
        "UnexpectedAdmissionError",
    }
)


def observe_attempt(
    job: Object, pods: Sequence[Object], container: str | None = None, metric: str | None = None
) -> Attempt | None:
    """One attempt from its Job and that Job's pods; None for a Job that carries no numbers of ours.

    container: name of the container whose end and termination message count; None means the first one.
    metric: name of the objective; a termination message without it does not spare reading the log.
    """
    key = attempt_key(job)
    if key is None:
        return None
    number, attempt = key
    metadata, status = job["metadata"], job.get("status") or {}
    pod = _main_pod(pods)
    state = _container_state(pod, container)
    finished = _job_condition(status)
    begun = _started(state)
    phase = _phase(job, finished, pods, begun)
    ended = _ended(finished, pod, state) if phase is Phase.ENDED else None
    return Attempt(
        number=number,
        attempt=attempt,
        uid=metadata["uid"],
        phase=phase,
        created=_seconds(status.get("startTime")) or _seconds(metadata.get("creationTimestamp")) or 0.0,
        stopping="deletionTimestamp" in metadata,
        waiting=_waiting(job, pods, state) if phase is Phase.WAITING else None,
        started=begun,
        finished=_seconds(_terminated(state).get("finishedAt")),
        ended=ended,
        node=((pod or {}).get("spec") or {}).get("nodeName") or "",
        # Of a failure the last lines of the log are wanted in any case.
        metrics=_message(state, metric) if ended is not None and ended.fault is None else None,
    )


def attempt_key(item: Object) -> tuple[int, int] | None:
    """(trial, attempt) from an object's labels; None where they are missing or no numbers."""
    labels = item["metadata"].get("labels") or {}
    try:
        return int(labels[names.LABEL_TRIAL]), int(labels[names.LABEL_ATTEMPT])
    except (KeyError, ValueError):
        return None


def _phase(job: Object, finished: Object | None, pods: Sequence[Object], begun: float | None) -> Phase:
    alive = [pod for pod in pods if (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")]
    status = job.get("status") or {}
    holding = status.get("active") or status.get("terminating") or alive
    if finished is not None and not holding:
        return Phase.ENDED
    if (job.get("spec") or {}).get("suspend") and not holding and finished is None:
        return Phase.CREATED
    if begun is not None or finished is not None:
        return Phase.RUNNING
    return Phase.WAITING


def _job_condition(status: Object) -> Object | None:
    """The condition that says the Job is over: Complete or Failed."""
    for condition in status.get("conditions") or ():
        if condition.get("type") in ("Complete", "Failed") and condition.get("status") == "True":
            found: Object = condition
            return found
    return None


def _main_pod(pods: Sequence[Object]) -> Object | None:
    """The pod that counts: a Job has one; of two (kubernetes#130103) the one that succeeded, else the first."""
    ranked = sorted(
        pods,
        key=lambda pod: (
            (pod.get("status") or {}).get("phase") != "Succeeded",
            pod["metadata"].get("creationTimestamp") or "",
            pod["metadata"]["name"],
        ),
    )
    return ranked[0] if ranked else None


def _container_state(pod: Object | None, container: str | None) -> Object:
    statuses = ((pod or {}).get("status") or {}).get("containerStatuses") or ()
    wanted = container or _first_container(pod)
    for status in statuses:
        if status.get("name") == wanted:
            state: Object = status.get("state") or {}
            return state
    return {}


def _first_container(pod: Object | None) -> str | None:
    containers = ((pod or {}).get("spec") or {}).get("containers") or ()
    return containers[0].get("name") if containers else None


def _terminated(state: Object) -> Object:
    return state.get("terminated") or {}


def _started(state: Object) -> float | None:
    running = state.get("running") or {}
    return _seconds(running.get("startedAt")) or _seconds(_terminated(state).get("startedAt"))


def _seconds(text: str | None) -> float | None:
    return datetime.fromisoformat(text).timestamp() if text else None


def _waiting(job: Object, pods: Sequence[Object], state: Object) -> Waiting | None:
    """What keeps the container from starting, where it is more than the usual few seconds' work."""
    pod = _main_pod(pods)
    if pod is None:
        return None
    since = _seconds(pod["metadata"].get("creationTimestamp")) or 0.0
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            return Waiting(Reason.UNSCHEDULABLE, condition.get("message") or "no node fits", since)
    for waiting in _waiting_states(pod):
        reason, message = waiting.get("reason") or "", waiting.get("message") or ""
        if reason in _IMAGE_REASONS:
            return Waiting(Reason.IMAGE_PULL, f"{reason}: {message}", since)
        if reason in _CONFIG_REASONS:
            return Waiting(Reason.CONTAINER_CONFIG, f"{reason}: {message}", since)
    return None


def _waiting_states(pod: Object) -> list[Object]:
    status = pod.get("status") or {}
    containers = (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ()))
    return [(container.get("state") or {}).get("waiting") or {} for container in containers]


def _ended(finished: Object | None, pod: Object | None, state: Object) -> Ended:
    """How it ended. The pod knows more than the Job; the Job is believed where no pod is left to ask."""
    assert finished is not None
    if finished["type"] == "Complete":
        return Ended(reason=Reason.COMPLETED, exit_code=0)
    disruption = _disruption(finished, pod)
    if disruption is not None:
        return Ended(reason=Reason.DISRUPTED, message=disruption, fault=Fault.CLUSTER)
    terminated = _terminated(state)
    code = terminated.get("exitCode")
    if terminated.get("reason") == "OOMKilled":
        message = (
            "killed at its memory limit (OOMKilled); raise resources.limits.memory or choose smaller models"
        )
        return Ended(Reason.OUT_OF_MEMORY, message, Fault.CONFIGURATION, code)
    if code is not None and code != 0:
        return Ended(
            Reason.EXIT_CODE, f"its container ended with exit code {code}", Fault.CONFIGURATION, code
        )
    if finished.get("reason") == "DeadlineExceeded":
        return Ended(Reason.TIMED_OUT, "ran past its Job's deadline", Fault.CONFIGURATION)
    said = (
        ((pod or {}).get("status") or {}).get("message") or finished.get("message") or "no pod is left to ask"
    )
    return Ended(Reason.DISRUPTED, f"its pod ended without its container's exit code: {said}", Fault.CLUSTER)


def _disruption(finished: Object, pod: Object | None) -> str | None:
    """The cluster's words, where it ended the pod: a DisruptionTarget condition, or a reason only the cluster gives."""
    status = (pod or {}).get("status") or {}
    for condition in status.get("conditions") or ():
        if condition.get("type") == "DisruptionTarget" and condition.get("status") == "True":
            return f"{condition.get('reason')}: {condition.get('message')}"
    if status.get("reason") in _DISRUPTIONS:
        return f"{status['reason']}: {status.get('message') or ''}"
    if finished.get("reason") == "PodFailurePolicy":
        return finished.get("message") or "its pod was disrupted"
    return None


def _message(state: Object, metric: str | None) -> Summary | None:
    """Metrics of the termination message; None where it lacks the objective, so that the log is read."""
    text = _terminated(state).get("message")
    if not text:
        return None
    summary = parse_termination_message(text)
    return summary if metric is None or metric in summary.metrics else None


def termination_message(pods: Sequence[Object], container: str | None = None) -> str:
    """What the container left as its termination message; empty where it left none."""
    return _terminated(_container_state(_main_pod(pods), container)).get("message") or ""


def pod_to_read(pods: Sequence[Object]) -> str | None:
    """Name of the pod whose log belongs to the attempt's result; None where none is left."""
    pod = _main_pod(pods)
    return None if pod is None else pod["metadata"]["name"]
