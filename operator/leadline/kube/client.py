"""A thin client of the API server on plain dicts.

It knows verbs, paths and preconditions, not what objects mean; `transport` sends what is put together here.
kopf brings the watches, so there is none here.
"""

from __future__ import annotations

import asyncio
import random as _random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlencode

from leadline.kube.config import ConnectionInfo
from leadline.kube.encoding import decode, encode
from leadline.kube.rate import Clock, Random, RateLimiter, Sleep
from leadline.kube.resources import PODS, Resource
from leadline.kube.transport import Call, ClientSettings, OnCall, Transport

Json = dict[str, Any]
Propagation = Literal["Background", "Foreground", "Orphan"]


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the objects of a list, with the resourceVersion at which the whole list was taken.

    Items come without apiVersion and kind, as the server sends them. remaining: how many follow, if it says so.
    """

    items: list[Json]
    resource_version: str
    remaining: int | None = None


class Client:
    """Requests to one cluster as one user; an asynchronous context manager, used within one event loop.

    Each Client has its own connections and, unless one is given, its own limiter: what must not wait behind
    others (a Lease to be renewed) gets a Client of its own. A method's `deadline` is in seconds from now, with
    all waiting and retries. All methods raise the errors of `errors`.
    """

    def __init__(
        self,
        info: ConnectionInfo,
        *,
        settings: ClientSettings | None = None,
        limiter: RateLimiter | None = None,
        on_call: OnCall = lambda verb, resource, code, seconds: None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        random: Random = _random.random,
    ) -> None:
        self.info = info
        self._transport = Transport(
            info,
            settings=settings or ClientSettings(),
            limiter=limiter,
            on_call=on_call,
            clock=clock,
            sleep=sleep,
            random=random,
        )

    async def __aenter__(self) -> Self:
        self._transport.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.close()

    async def get(
        self, resource: Resource, name: str, *, namespace: str = "", deadline: float | None = None
    ) -> Json:
        """Read one object, as new as any write that was answered before."""
        return await self._object(_call("get", "GET", resource, namespace, name), deadline)

    async def pages(
        self,
        resource: Resource,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        limit: int = 500,
        deadline: float | None = None,
    ) -> AsyncIterator[Page]:
        """Read all objects of a kind, at most `limit` at a time, all as they were at one moment.

        deadline: seconds for each page. Raises Gone where so much time went by between two pages (about five
        minutes) that the server forgot that moment.
        """
        query = {"labelSelector": label_selector, "fieldSelector": field_selector, "limit": str(limit)}
        following = ""
        while True:
            query["continue"] = following
            call = _call("list", "GET", resource, namespace, query=query)
            answer = await self._object(call, deadline)
            metadata = answer.get("metadata") or {}
            following = metadata.get("continue") or ""
            yield Page(
                items=answer.get("items") or [],
                resource_version=str(metadata.get("resourceVersion") or ""),
                remaining=metadata.get("remainingItemCount"),
            )
            if not following:
                return

    async def list(
        self,
        resource: Resource,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        limit: int = 500,
        deadline: float | None = None,
    ) -> Page:
        """All pages in one: for lists known to be short."""
        items: list[Json] = []
        version = ""
        async for page in self.pages(
            resource,
            namespace=namespace,
            label_selector=label_selector,
            field_selector=field_selector,
            limit=limit,
            deadline=deadline,
        ):
            items += page.items
            version = page.resource_version
        return Page(items, version)

    async def create(
        self,
        resource: Resource,
        manifest: Mapping[str, Any],
        *,
        namespace: str = "",
        dry_run: bool = False,
        strict: bool = False,
        deadline: float | None = None,
    ) -> Json:
        """Create an object, in the namespace given here or in its metadata.

        dry_run: go through all checks, but store nothing. strict: unknown and repeated fields are BadRequest.
        """
        metadata = manifest.get("metadata") or {}
        namespace = namespace or metadata.get("namespace") or ""
        if resource.namespaced and not namespace:
            raise ValueError(f"{resource.plural} are created in a namespace, but none is given")
        call = _call(
            "create",
            "POST",
            resource,
            namespace,
            subject=metadata.get("name") or "",
            query=_options(dry_run, strict),
            body=manifest,
        )
        return await self._object(call, deadline)

    async def patch(
        self,
        resource: Resource,
        name: str,
        change: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        namespace: str = "",
        subresource: str = "",
        uid: str = "",
        resource_version: str = "",
        dry_run: bool = False,
        deadline: float | None = None,
    ) -> Json:
        """Change an object: a mapping is a JSON merge patch (RFC 7386), a list a JSON patch (RFC 6902).

        uid, resource_version: raise Conflict, and change nothing, where the object has another by now.
        """
        call = _call(
            "patch",
            "PATCH",
            resource,
            namespace,
            name,
            subresource,
            query=_options(dry_run),
            body=_with_preconditions(change, uid, resource_version),
            names_uid=bool(uid),
        )
        return await self._object(call, deadline)

    async def patch_status(
        self,
        resource: Resource,
        name: str,
        status: Mapping[str, Any],
        *,
        namespace: str = "",
        uid: str = "",
        resource_version: str = "",
        deadline: float | None = None,
    ) -> Json:
        """Merge fields into an object's status; preconditions as with `patch`."""
        return await self.patch(
            resource,
            name,
            {"status": status},
            namespace=namespace,
            subresource="status",
            uid=uid,
            resource_version=resource_version,
            deadline=deadline,
        )

    async def replace(
        self,
        resource: Resource,
        manifest: Mapping[str, Any],
        *,
        subresource: str = "",
        deadline: float | None = None,
    ) -> Json:
        """Write an object back as it was read and changed; Conflict where its resourceVersion is stale."""
        metadata = manifest.get("metadata") or {}
        call = _call(
            "update",
            "PUT",
            resource,
            metadata.get("namespace") or "",
            metadata.get("name") or "",
            subresource,
            query=_options(False),
            body=manifest,
            names_uid=bool(metadata.get("uid")),
        )
        return await self._object(call, deadline)

    async def replace_status(
        self, resource: Resource, manifest: Mapping[str, Any], *, deadline: float | None = None
    ) -> Json:
        """Write an object's status back; the server ignores all else in it but the resourceVersion."""
        return await self.replace(resource, manifest, subresource="status", deadline=deadline)

    async def delete(
        self,
        resource: Resource,
        name: str,
        *,
        namespace: str = "",
        uid: str = "",
        resource_version: str = "",
        propagation: Propagation = "Background",
        grace_seconds: int | None = None,
        deadline: float | None = None,
    ) -> Json:
        """Ask for an object's deletion, and return it as it was or the server's Status.

        uid, resource_version: raise Conflict, and delete nothing, where the object has another by now.
        """
        options: Json = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        preconditions = {"uid": uid, "resourceVersion": resource_version}
        if any(preconditions.values()):
            options["preconditions"] = {key: value for key, value in preconditions.items() if value}
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        call = _call("delete", "DELETE", resource, namespace, name, body=options)
        return await self._object(call, deadline)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content_type: str = "application/json",
        deadline: float | None = None,
    ) -> bytes:
        """Any other request, such as ``GET /version``: the body of its answer as it is."""
        return await self._transport.send(
            Call(
                method.lower(),
                "raw",
                path,
                method.upper(),
                path + _query(query or {}),
                None if body is None else encode(body, call=f"{method} {path}"),
                "" if body is None else content_type,
            ),
            deadline,
            parse=lambda answer: answer,
        )

    def log(
        self,
        pod: str,
        *,
        namespace: str,
        container: str = "",
        follow: bool = False,
        timestamps: bool = False,
        since: str = "",
        tail_lines: int | None = None,
        limit_bytes: int | None = None,
        silence: float = 60.0,
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open a container's log as a stream of chunks, none of which is kept here. Tried once: see `logs`.

        since: RFC 3339; the server counts whole seconds. silence: seconds without a byte after which the stream
        is given up with NoReply, since a dead connection looks just the same.
        """
        query = {
            "container": container,
            "follow": "true" if follow else "",
            "timestamps": "true" if timestamps else "",
            "sinceTime": since,
            "tailLines": "" if tail_lines is None else str(tail_lines),
            "limitBytes": "" if limit_bytes is None else str(limit_bytes),
        }
        call = _call("get", "GET", PODS, namespace, pod, "log", query=query)
        return self._transport.stream(call, silence)

    async def _object(self, call: Call, deadline: float | None) -> Json:
        return await self._transport.send(call, deadline, parse=_decode_object)


def _call(
    verb: str,
    method: str,
    resource: Resource,
    namespace: str = "",
    name: str = "",
    subresource: str = "",
    *,
    subject: str = "",
    query: Mapping[str, str] | None = None,
    body: object = None,
    names_uid: bool = False,
) -> Call:
    """Put a request together. subject: the name to be told where the path has none, as with create."""
    label = f"{resource.plural}/{subresource}" if subresource else resource.plural
    subject = "/".join(part for part in (namespace, name or subject) if part)
    path = resource.path(namespace=namespace, name=name, subresource=subresource) + _query(query or {})
    if body is None:
        return Call(verb, label, subject, method, path)
    encoded = encode(body, call=f"{verb} {label} {subject}")
    return Call(verb, label, subject, method, path, encoded, _content_type(method, body), names_uid)


def _query(fields: Mapping[str, str]) -> str:
    given = urlencode({key: value for key, value in fields.items() if value})
    return f"?{given}" if given else ""


def _content_type(method: str, body: object) -> str:
    if method != "PATCH":
        return "application/json"
    return "application/json-patch+json" if isinstance(body, list) else "application/merge-patch+json"


def _decode_object(body: bytes) -> Json:
    value = decode(body)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _options(dry_run: bool, strict: bool = False) -> dict[str, str]:
    # The server's own default, Warn, costs as much as Strict, and its warnings would go nowhere.
    return {"dryRun": "All" if dry_run else "", "fieldValidation": "Strict" if strict else "Ignore"}


def _with_preconditions(
    change: Mapping[str, Any] | Sequence[Mapping[str, Any]], uid: str, resource_version: str
) -> Json | list[Any]:
    """The change with uid and resourceVersion in it, which the server compares with the object's.

    In a JSON patch they are `replace`, not `test`: a failed test is a 422 that does not say which one failed.
    """
    fields = {key: value for key, value in (("uid", uid), ("resourceVersion", resource_version)) if value}
    if isinstance(change, Mapping):
        if not fields:
            return dict(change)
        return {**change, "metadata": {**(change.get("metadata") or {}), **fields}}
    return [
        *change,
        *({"op": "replace", "path": f"/metadata/{key}", "value": value} for key, value in fields.items()),
    ]
