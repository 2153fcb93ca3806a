"""Operators of the model: the real body on the modelled API; watches lag and requests wait for their turn.

The test decides which request is done next, whether its reply is lost, and when a process dies; nothing here is random.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from leadline.kube.body import Body
from leadline.kube.client import Page
from leadline.kube.errors import KubeError, OutcomeUnknown
from leadline.kube.resources import GROUPS, JOBS, PODS, TRIALS, Resource
from leadline.kube.view import View

from .store import Json, Store
from .world import World

T = TypeVar("T")


@dataclass(eq=False)
class Request:
    """One request that a process has sent and that was not answered yet."""

    do: Callable[[], Any]
    writes: bool
    reply: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def perform(self, lose_reply: bool = False) -> None:
        """The server does it; the process learns of it, or not."""
        try:
            result = self.do()
        except KubeError as error:
            self._answer(OutcomeUnknown("the reply was lost") if lose_reply and self.writes else error)
            return
        if lose_reply and self.writes:
            self._answer(OutcomeUnknown("the reply was lost"))
        elif not self.reply.done():
            self.reply.set_result(result)

    def refuse(self) -> None:
        """The server fails before doing anything; the process can't know that."""
        self._answer(OutcomeUnknown("500 in answer to a write"))

    def _answer(self, error: KubeError) -> None:
        if not self.reply.done():
            self.reply.set_exception(error)


class ModelClient:
    """The client's calls as requests in a queue."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.requests: list[Request] = []

    async def _send(self, do: Callable[[], T], writes: bool = True) -> T:
        request = Request(do, writes)
        self.requests.append(request)
        reply: T = await request.reply
        return reply

    async def get(self, resource: Resource, name: str, *, namespace: str = "") -> Json:
        return await self._send(lambda: self.store.get(resource, name), writes=False)

    async def create(
        self, resource: Resource, manifest: Json, *, dry_run: bool = False, strict: bool = False
    ) -> Json:
        if dry_run:
            return manifest
        return await self._send(lambda: self.store.create(resource, manifest))

    async def patch(
        self,
        resource: Resource,
        name: str,
        change: Json,
        *,
        namespace: str = "",
        uid: str = "",
        resource_version: str = "",
    ) -> Json:
        return await self._send(lambda: self.store.patch(resource, name, change, uid, resource_version))

    async def replace_status(self, resource: Resource, manifest: Json) -> Json:
        return await self._send(lambda: self.store.replace_status(resource, manifest))

    async def delete(
        self,
        resource: Resource,
        name: str,
        *,
        namespace: str = "",
        uid: str = "",
        propagation: str = "Background",
    ) -> Json:
        return await self._send(lambda: self.store.delete(resource, name, uid, propagation))

    async def pages(
        self, resource: Resource, *, namespace: str = "", label_selector: str = "", field_selector: str = ""
    ) -> AsyncIterator[Page]:
        yield await self._send(
            lambda: Page(self.store.copies(resource), str(self.store.version)), writes=False
        )

    @asynccontextmanager
    async def log(
        self,
        pod: str,
        *,
        namespace: str,
        container: str = "",
        follow: bool = False,
        timestamps: bool = False,
        since: str = "",
        silence: float = 60.0,
        limit_bytes: int | None = None,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        async def nothing() -> AsyncIterator[bytes]:
            for chunk in tuple[bytes, ...]():
                yield chunk

        yield nothing()


async def _here(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


class Operator:
    """One process: it lives until it is killed, and what it had sent may still arrive after that."""

    def __init__(self, store: Store, world: World) -> None:
        self.store = store
        self.client = ModelClient(store)
        self.inbox: deque[tuple[str, Json]] = deque()
        self.views: dict[str, View] = {}
        self.woken = True
        self.task: asyncio.Task[float | None] | None = None
        self.due: float | None = None
        self._world = world
        self.body = Body(
            self.client,
            clock=lambda: world.now,
            wake=lambda uid: self._wake(),
            tell=lambda view, event: None,
            offload=_here,
            post=self._post,
        )
        self._closing: asyncio.Task[None] | None = None
        for item in store.copies(GROUPS):
            self._see("ADDED", item)
        # A watch begins with everything there is.
        for item in (*store.copies(TRIALS), *store.copies(JOBS), *store.copies(PODS)):
            self._watch("ADDED", item)
        store.on_change.append(self._watch)

    async def _post(self, url: str, timeout: float, request: bytes) -> bytes:
        """A question to the group's tuner is a request like the others: it takes its time, and may be lost."""
        return await self.client._send(lambda: self._world.tuner(request))

    def _watch(self, event: str, item: Json) -> None:
        # Of Trials the watch selects those that a user wants ended.
        if item["kind"] != TRIALS.kind or item["spec"].get("stop"):
            self.inbox.append((event, item))

    def _wake(self) -> None:
        self.woken = True

    def deliver(self, gap: bool = False) -> None:
        """The next event of the watches arrives; in a gap of the watches nobody tells that a Job or pod is gone."""
        event, item = self.inbox.popleft()
        if not (gap and event == "DELETED" and item["kind"] in (JOBS.kind, PODS.kind)):
            self._see(event, item)

    def _see(self, event: str, item: Json) -> None:
        self.woken = True
        if item["kind"] == GROUPS.kind:
            uid = item["metadata"]["uid"]
            if event == "DELETED":
                self.views.pop(uid, None)
            elif uid in self.views:
                self.views[uid].receive(GROUPS.kind, event, item)
            else:
                self.views[uid] = View(item)
            return
        for view in self.views.values():
            view.receive(item["kind"], event, item)

    def begin_pass(self) -> bool:
        """Start a pass over the group, if none runs and one is wanted."""
        if self.task is not None and self.task.done():
            self._end_pass(self.task)
        wanted = self.woken or (self.due is not None and self._world.now >= self.due)
        if self.task is not None or not wanted or not self.views:
            return False
        self.woken, self.due = False, None
        view = next(iter(self.views.values()))
        self.task = asyncio.get_running_loop().create_task(self.body.reconcile(view))
        return True

    def _end_pass(self, task: asyncio.Task[float | None]) -> None:
        self.task = None
        error = task.exception()
        if isinstance(error, KubeError):
            self.due = self._world.now + 1.0
        elif error is not None:
            raise error
        elif (wait := task.result()) is not None:
            self.due = self._world.now + wait

    def kill(self) -> list[Request]:
        """SIGKILL: nothing of it goes on but the requests that were already on their way."""
        self.views.clear()  # and so it begins nothing any more
        self.store.on_change.remove(self._watch)
        sent = list(self.client.requests)
        if self.task is not None:
            self.task.cancel()
        # What asks a tuner beside the passes dies as well.
        self._closing = asyncio.get_running_loop().create_task(self.body.close())
        return sent
