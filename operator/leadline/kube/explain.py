"""Why a released Job has no pod: the refusal hits the pod, so the Job controller tells it in Events only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leadline.kube.resources import EVENTS

POD_SECURITY_HINT = "; set spec.podSecurity: restricted, or ask for a namespace that allows it"


async def why_no_pods(client: Any, namespace: str, jobs: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The latest refusal of the pods of each of these Jobs, in the server's words, by the Job's uid.

    One list for all of them: the API server keeps no cache of Events, and reads every one of the namespace each time.
    """
    wanted = {job["metadata"]["uid"] for job in jobs}
    found: dict[str, str] = {}
    selector = "regarding.kind=Job,reason=FailedCreate"
    async for page in client.pages(EVENTS, namespace=namespace, field_selector=selector):
        for event in page.items:
            uid = (event.get("regarding") or {}).get("uid", "")
            if uid in wanted:
                found[uid] = explain_refusal(event.get("note") or "")
    return found


def explain_refusal(note: str) -> str:
    """The server's words, with the remedy where it is a field of ours."""
    words = note.removeprefix("Error creating: ")
    return words + POD_SECURITY_HINT if "violates PodSecurity" in words else words
