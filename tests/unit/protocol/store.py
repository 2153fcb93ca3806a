"""A model of the API server, small enough to be believed: objects, versions, preconditions, owner references.

Only what the launch protocol leans on: unique names, compare-and-swap by resourceVersion, preconditions by uid, status
apart from the rest, deletion in the foreground and in the background. The same calls run against a real server in
tests/integration.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from leadline.kube.errors import AlreadyExists, Conflict, NotFound
from leadline.kube.resources import GROUPS, JOBS, PODS, TRIALS, Resource

Json = dict[str, Any]
Key = tuple[str, str]


class Store:
    """Objects of one namespace. ``on_change(event, object)`` is told of every change, in order."""

    def __init__(self, on_change: Callable[[str, Json], None] = lambda event, item: None) -> None:
        self.objects: dict[Key, Json] = {}
        self.writes = 0
        self.on_change: list[Callable[[str, Json], None]] = [on_change]
        self._versions = itertools.count(1)
        self.version = 0
        self._uids = itertools.count(1)

    # --- what the API server answers ----------------------------------------------------------------------------

    def get(self, resource: Resource, name: str) -> Json:
        found: Json = _copy(self._known(resource, name))
        return found

    def create(self, resource: Resource, manifest: Json, status: Json | None = None) -> Json:
        key = (resource.kind, manifest["metadata"]["name"])
        if key in self.objects:
            raise AlreadyExists(409, "AlreadyExists", f"{key} already exists")
        item = _copy(manifest)
        item["status"] = status or {}
        item.setdefault("kind", resource.kind)
        item["metadata"].setdefault("uid", f"uid-{next(self._uids)}")
        item["metadata"].setdefault("creationTimestamp", "2027-01-15T08:00:00Z")
        item["metadata"]["generation"] = 1
        self.objects[key] = item
        return self._changed("ADDED", item)

    def patch(self, resource: Resource, name: str, change: Json, uid: str, resource_version: str) -> Json:
        item = self._known(resource, name)
        self._check(item, uid, resource_version)
        _merge(item, change)
        return self._changed("MODIFIED", item)

    def replace_status(self, resource: Resource, manifest: Json) -> Json:
        metadata = manifest["metadata"]
        item = self._known(resource, metadata["name"])
        self._check(item, metadata.get("uid", ""), metadata["resourceVersion"])
        item["status"] = _copy(manifest["status"])
        return self._changed("MODIFIED", item)

    def delete(self, resource: Resource, name: str, uid: str, propagation: str) -> Json:
        item = self._known(resource, name)
        self._check(item, uid, "")
        if propagation == "Foreground" and self.pods_of(item):
            item["metadata"]["deletionTimestamp"] = "2027-01-15T09:00:00Z"
            return self._changed("MODIFIED", item)
        self.remove(item)
        return {"kind": "Status", "metadata": {}}

    def copies(self, resource: Resource) -> list[Json]:
        return [_copy(item) for (kind, _), item in sorted(self.objects.items()) if kind == resource.kind]

    # --- what the world does ------------------------------------------------------------------------------------

    def edit(self, item: Json, change: Json) -> None:
        """A controller or a user changes an object."""
        known = self.objects.get((item["kind"], item["metadata"]["name"]))
        if known is not None and known["metadata"]["uid"] == item["metadata"]["uid"]:
            if "spec" in change and item["kind"] == GROUPS.kind:
                known["metadata"]["generation"] += 1
            _merge(known, change)
            self._changed("MODIFIED", known)

    def remove(self, item: Json) -> None:
        """An object goes at once; what it owned is collected by ``collect_garbage``."""
        key = (item["kind"], item["metadata"]["name"])
        if key in self.objects:
            self._changed("DELETED", self.objects.pop(key))

    def collect_garbage(self) -> bool:
        """One orphan goes, or one Job whose foreground deletion waited for its pods; False when there is none."""
        uids = {item["metadata"]["uid"] for item in self.objects.values()}
        for item in list(self.objects.values()):
            owners = item["metadata"].get("ownerReferences") or ()
            orphaned = bool(owners) and all(owner["uid"] not in uids for owner in owners)
            deleted = "deletionTimestamp" in item["metadata"]
            if deleted and item["kind"] == JOBS.kind and (pods := self.pods_of(item)):
                self.remove(pods[0])
                return True
            if orphaned or deleted:
                self.remove(item)
                return True
        return False

    def pods_of(self, job: Json) -> list[Json]:
        """Pods that a Job owns."""
        uid = job["metadata"]["uid"]
        return [
            item
            for (kind, _), item in self.objects.items()
            if kind == PODS.kind and item["metadata"]["ownerReferences"][0]["uid"] == uid
        ]

    def of(self, resource: Resource) -> list[Json]:
        """Objects of a kind as they are, not copied."""
        return [item for (kind, _), item in sorted(self.objects.items()) if kind == resource.kind]

    # --- inside ---------------------------------------------------------------------------------------------------

    def _known(self, resource: Resource, name: str) -> Json:
        try:
            return self.objects[resource.kind, name]
        except KeyError:
            raise NotFound(404, "NotFound", f"{resource.kind} {name} not found") from None

    def _check(self, item: Json, uid: str, resource_version: str) -> None:
        metadata = item["metadata"]
        if uid and uid != metadata["uid"]:
            raise Conflict(409, "Conflict", "another uid")
        if resource_version and resource_version != metadata["resourceVersion"]:
            raise Conflict(409, "Conflict", "another resourceVersion")

    def _changed(self, event: str, item: Json) -> Json:
        self.writes += 1
        self.version = next(self._versions)
        item["metadata"]["resourceVersion"] = str(self.version)
        for listener in self.on_change:
            listener(event, _copy(item))
        stored: Json = _copy(item)
        return stored


def _copy(value: Any) -> Any:
    """What went over the wire shares nothing with what stayed; JSON only, and so five times as fast as deepcopy."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(item) for item in value]
    return value


def _merge(target: Json, change: Json) -> None:
    """RFC 7386."""
    for name, value in change.items():
        if value is None:
            target.pop(name, None)
        elif isinstance(value, dict) and isinstance(target.get(name), dict):
            _merge(target[name], value)
        else:
            target[name] = _copy(value)


KINDS = {resource.kind: resource for resource in (GROUPS, TRIALS, JOBS, PODS)}
"""Every kind the model holds."""
