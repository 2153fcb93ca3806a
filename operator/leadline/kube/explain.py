"""Why a released Job has no pod: the refusal hits the pod, so the Job controller tells it in Events only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.api.names import Reason
from leadline.kube.resources import EVENTS
from leadline.reconcile.observed import Waiting

POD_SECURITY_HINT = "; set spec.podSecurity: restricted, or ask for a namespace that allows it"


async def why_no_pod(client: Any, namespace: str, job: Mapping[str, Any], since: float) -> Waiting | None:
    """The latest refusal of this Job's pods, in the server's words; None where there was none."""
    metadata = job["metadata"]
    selector = f"regarding.kind=Job,regarding.name={metadata['name']}"
    notes = []
    async for page in client.pages(EVENTS, namespace=namespace, field_selector=selector):
        notes += [
            event.get("note") or ""
            for event in page.items
            if event.get("reason") == "FailedCreate"
            and (event.get("regarding") or {}).get("uid") == metadata["uid"]
        ]
    if not notes:
        return None
    return Waiting(Reason.POD_REFUSED, explain_refusal(notes[-1]), since)


def explain_refusal(note: str) -> str:
    """The server's words, with the remedy where it is a field of ours."""
    words = note.removeprefix("Error creating: ")
    return words + POD_SECURITY_HINT if "violates PodSecurity" in words else words
