"""Why Jobs have no pods: the Job controller's Events, asked for once for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from leadline.kube.client import Page
from leadline.kube.explain import POD_SECURITY_HINT, why_no_pods


class Events:
    """A client that has these Events, and counts how often it is asked."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self._pages = pages
        self.asked: list[str] = []

    async def pages(self, resource: Any, *, namespace: str, field_selector: str) -> AsyncIterator[Page]:
        self.asked.append(field_selector)
        for items in self._pages:
            yield Page(items, "1")


def event(uid: str, note: str) -> dict[str, Any]:
    return {"regarding": {"kind": "Job", "uid": uid}, "reason": "FailedCreate", "note": note}


def job(uid: str) -> dict[str, Any]:
    return {"metadata": {"name": f"job-{uid}", "uid": uid}}


async def test_one_question_serves_all_jobs_and_the_latest_word_counts() -> None:
    client = Events(
        [event("a", "Error creating: first words"), event("stranger", "Error creating: of another Job")],
        [event("a", "Error creating: exceeded quota"), event("b", "Error creating: no such account")],
    )

    found = await why_no_pods(client, "ns", [job("a"), job("b"), job("c")])

    assert found == {"a": "exceeded quota", "b": "no such account"}
    assert client.asked == ["regarding.kind=Job,reason=FailedCreate"]


async def test_a_refusal_by_pod_security_comes_with_its_remedy() -> None:
    words = (
        'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false'
    )

    found = await why_no_pods(Events([event("a", f"Error creating: {words}")]), "ns", [job("a")])

    assert found == {"a": words + POD_SECURITY_HINT}
