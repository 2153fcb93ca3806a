"""Every group this process knows, and the way from an event to the group it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from leadline.api import names
from leadline.kube.resources import GROUPS, Resource
from leadline.kube.view import View


class Views:
    """Views by the uid of their group. ``changed`` is told each uid that something came in for."""

    def __init__(self, changed: Callable[[str], None], gone: Callable[[str], None]) -> None:
        self._views: dict[str, View] = {}
        self._changed, self._gone = changed, gone

    def get(self, uid: str) -> View | None:
        """The view of a group, while it exists."""
        return self._views.get(uid)

    def all(self) -> Iterable[View]:
        """Every view."""
        return self._views.values()

    def feed(self, resource: Resource, event: str, document: Mapping[str, Any]) -> None:
        """An event of a watch."""
        metadata = document["metadata"]
        if resource is GROUPS:
            self._feed_group(event, document, metadata["uid"])
            return
        uid = (metadata.get("labels") or {}).get(names.LABEL_GROUP_UID, "")
        view = self._views.get(uid)
        # What belongs to no group that we know is the garbage collector's, or is read when its group comes.
        if view is not None:
            view.receive(resource.kind, event, document)
            self._changed(uid)

    def _feed_group(self, event: str, document: Mapping[str, Any], uid: str) -> None:
        if event == "DELETED":
            view = self._views.pop(uid, None)
            if view is not None:
                view.deleting = True
                self._gone(uid)
            return
        if uid in self._views:
            self._views[uid].receive(GROUPS.kind, event, document)
        else:
            self._views[uid] = View(document)
        self._changed(uid)
