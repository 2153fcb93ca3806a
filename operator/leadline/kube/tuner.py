"""Tuners of groups in a cluster: a Job for each round of those in a container, requests by HTTP for the others.

A Job is found again by its name, whoever has made it: an operator that was killed while a tuner ran reads the answer of
the very same Job. It is removed when its answer is stored in the group's status, or could not be used.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from leadline.api import names
from leadline.api.tuner import TunerContainer
from leadline.kube.errors import AlreadyExists, Conflict, KubeError, NotFound
from leadline.kube.logs import read_log
from leadline.kube.resources import CONFIG_MAPS, JOBS, PODS
from leadline.kube.slim import owner_uid
from leadline.kube.view import View
from leadline.reconcile.observed import Tune
from leadline.reconcile.tuner_manifest import (
    CONTAINER,
    build_request_map,
    build_tuner_job,
    mark_of,
)
from leadline.search.tuner.answer import MOST_BYTES, last_line
from leadline.search.tuner.errors import TunerAnswerError, TunerFailedError
from leadline.tuners.desk import Desk, Post

Json = dict[str, Any]

POLL_FIRST, POLL_LAST = 0.5, 5.0
"""Seconds between two looks at a Job that runs: longer from look to look."""
REMOVALS = 30
"""Looks, a second apart, at an earlier Job that is being removed, until that is told."""


class Tuners:
    """Desks by group. wake: asks for a pass over a group, by uid."""

    def __init__(
        self, client: Any, clock: Callable[[], float], wake: Callable[[str], None], post: Post
    ) -> None:
        self._client, self._clock, self._wake, self._post = client, clock, wake, post
        self._desks: dict[str, tuple[Desk, _Containers, View]] = {}

    async def tend(self, view: View, tune: Tune | None) -> None:
        """Ask what the plan wishes, give up what it does not wish any more, and remove what is done with."""
        uid = view.records.group.uid
        known = self._desks.get(uid)
        if known is None:
            if tune is None:
                return
            known = self._desks[uid] = self._open(view)
        desk, containers, _ = known
        desk.tend(tune)
        status = view.records.group.status
        if status.round is not None:
            await containers.remove_up_to(status.round.iteration)
        for other, (idle, _, seen) in list(self._desks.items()):
            if seen.deleting or (other == uid and tune is None and status.completion_time is not None):
                del self._desks[other]
                await idle.close()

    def _open(self, view: View) -> tuple[Desk, _Containers, View]:
        uid = view.records.group.uid
        containers = _Containers(self._client, view)
        desk = Desk(
            lambda: view.records,
            self._clock,
            lambda: self._wake(uid),
            self._post,
            containers.run,
            containers.discard,
        )
        return desk, containers, view

    async def close(self) -> None:
        """Give up everything; whoever comes next asks again, and finds the Jobs that run."""
        for desk, *_ in self._desks.values():
            await desk.close()


class _Containers:
    """The Jobs of one group's tuner. jobs: uids of those of this process, by round."""

    def __init__(self, client: Any, view: View) -> None:
        self._client, self._view = client, view
        self._jobs: dict[int, str] = {}

    async def run(self, tune: Tune, request: str) -> bytes:
        """The last line that the container prints for a round. Raises TunerError."""
        group = self._view.records.group
        assert group.spec is not None
        tuner = group.spec.matrix.tuner
        assert tuner is not None
        assert tuner.container is not None
        iteration = tune.question.iteration
        try:
            job = await self._job(tuner.container, iteration)
            self._jobs[iteration] = job["metadata"]["uid"]
            await self._release(job, request)
            await self._end(job, tuner.container)
            return await self._answer(job)
        except KubeError as error:
            raise TunerFailedError(f"the tuner's Job: {error}") from error

    async def _job(self, container: TunerContainer, iteration: int) -> Json:
        """The Job of a round: a new one, or the one that is there, if the tuner is still the same."""
        group = self._view.records.group
        assert group.spec is not None
        name = names.tuner_name(group.name, iteration)
        for _ in range(REMOVALS):
            request = f"{name}-{secrets.token_hex(4)}"
            manifest = build_tuner_job(group, group.spec, container, iteration, request)
            try:
                created: Json = await self._client.create(JOBS, manifest)
            except AlreadyExists:
                found = await self._find(name)
            else:
                return created
            if found is None:
                continue
            if owner_uid(found) != group.uid:
                raise TunerFailedError(f"the name of its Job, {name}, is taken by another Job")
            going = "deletionTimestamp" in found["metadata"]
            if (
                not going
                and found["metadata"]["labels"].get(names.LABEL_TUNER) == mark_of(container)
                and "Failed" not in _ends(found)
            ):
                return found
            if not going:
                await self._delete(name, found["metadata"]["uid"])
            await asyncio.sleep(1)
        raise TunerFailedError(f"its earlier Job {name} is still being removed")

    async def _find(self, name: str) -> Json | None:
        try:
            found: Json = await self._client.get(JOBS, name, namespace=self._view.records.group.namespace)
        except NotFound:
            return None
        return found

    async def _release(self, job: Json, request: str) -> None:
        """Store the request, then let the Job run; both may have been done before."""
        if not job["spec"].get("suspend"):
            return
        # Its name was drawn for this very Job: if it exists, an operator that is gone has stored it.
        with contextlib.suppress(AlreadyExists):
            await self._client.create(CONFIG_MAPS, build_request_map(job, request))
        metadata = job["metadata"]
        await self._client.patch(
            JOBS,
            metadata["name"],
            {"spec": {"suspend": False}},
            namespace=metadata["namespace"],
            uid=metadata["uid"],
        )

    async def _end(self, job: Json, container: TunerContainer) -> None:
        """Wait until the Job has succeeded. Raises TunerError where it does not."""
        name, uid = job["metadata"]["name"], job["metadata"]["uid"]
        pause = POLL_FIRST
        while True:
            found = await self._find(name)
            if found is None or found["metadata"]["uid"] != uid or "deletionTimestamp" in found["metadata"]:
                raise TunerFailedError(f"its Job {name} was deleted")
            ends = _ends(found)
            if "Complete" in ends:
                return
            if "Failed" in ends:
                raise TunerFailedError(await self._why(found, ends["Failed"], container))
            await asyncio.sleep(pause)
            pause = min(POLL_LAST, pause * 1.5)

    async def _why(self, job: Json, condition: Json, container: TunerContainer) -> str:
        pod = await self._pod(job)
        ended, waiting = _state(pod, "terminated"), _state(pod, "waiting")
        if condition.get("reason") == "DeadlineExceeded":
            why = f": {waiting.get('reason')}: {waiting.get('message', '')}" if waiting.get("reason") else ""
            limit = f"tuner.container.timeoutSeconds ({container.timeout_seconds} s)"
            return f"the tuner did not end within {limit}{why}"
        if not ended:
            return f"the tuner's Job failed: {condition.get('message', condition.get('reason', ''))}"
        said = (await self._last_line(pod)).decode(errors="replace")[:300] if pod is not None else ""
        text = f"the tuner ended with exit code {ended.get('exitCode')} ({ended.get('reason', 'Error')})"
        return f"{text}; it said: {said}" if said else text

    async def _answer(self, job: Json) -> bytes:
        pod = await self._pod(job)
        if pod is None:
            raise TunerFailedError("the tuner's pod is gone, and its log with it")
        line = await self._last_line(pod)
        if not line:
            raise TunerAnswerError("the tuner printed nothing")
        return line

    async def _pod(self, job: Json) -> Json | None:
        selector = f"batch.kubernetes.io/controller-uid={job['metadata']['uid']}"
        found: list[Json] = []
        async for page in self._client.pages(
            PODS, namespace=job["metadata"]["namespace"], label_selector=selector
        ):
            found += page.items
        return found[-1] if found else None

    async def _last_line(self, pod: Json) -> bytes:
        tail = bytearray()

        def feed(chunk: bytes) -> None:
            tail.extend(chunk)
            del tail[: -2 * MOST_BYTES]

        metadata = pod["metadata"]
        read = await read_log(
            self._client, metadata["name"], feed, namespace=metadata["namespace"], container=CONTAINER
        )
        if read.missing:
            raise TunerFailedError(f"the tuner's log can't be read to its end: {read.missing}")
        return last_line(bytes(tail))

    async def discard(self, tune: Tune) -> None:
        """Remove the Job of a round whose answer can't be used: the next question is asked by a new one."""
        await self.remove_up_to(tune.question.iteration)

    async def remove_up_to(self, iteration: int) -> None:
        """Remove the Jobs of rounds that are stored. One that can't be removed now is left to its own clean-up."""
        for known in [known for known in self._jobs if known <= iteration]:
            uid = self._jobs.pop(known)
            try:
                await self._delete(names.tuner_name(self._view.records.group.name, known), uid)
            except KubeError:
                continue

    async def _delete(self, name: str, uid: str) -> None:
        try:
            await self._client.delete(
                JOBS,
                name,
                namespace=self._view.records.group.namespace,
                uid=uid,
                propagation="Background",
            )
        except (NotFound, Conflict):
            return


def _ends(job: Mapping[str, Any]) -> dict[str, Json]:
    """The conditions of a Job that say how it has ended."""
    conditions = (job.get("status") or {}).get("conditions") or ()
    return {
        known["type"]: known
        for known in conditions
        if known["type"] in ("Complete", "Failed") and known.get("status") == "True"
    }


def _state(pod: Mapping[str, Any] | None, state: str) -> Json:
    """What a pod says of its container in one state; empty where it is in another one."""
    if pod is None:
        return {}
    for known in (pod.get("status") or {}).get("containerStatuses") or ():
        if known.get("name") == CONTAINER:
            return dict((known.get("state") or {}).get(state) or {})
    return {}
