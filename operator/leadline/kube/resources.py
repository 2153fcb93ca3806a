"""Which kinds of objects there are on the API server, and their paths.

Knows names and URLs only: nothing about what the objects contain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from leadline.api import names


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of object as the API server serves it.

    group: API group; empty for the core group.
    version: served version, such as ``v1``.
    plural: the kind's name in paths and roles, such as ``jobs``.
    kind: the kind as manifests write it, such as ``Job``.
    namespaced: whether objects live in a namespace.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """What a manifest of this kind says as ``apiVersion``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, *, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The URL path of one object, or of all objects (of all namespaces where none is given).

        Raises ValueError where a name cannot be part of a path: a name that a person typed must never lead
        to another object than the one it names.
        """
        if namespace and not self.namespaced:
            raise ValueError(f"{self.plural} do not live in a namespace")
        if name and self.namespaced and not namespace:
            raise ValueError(f"one of {self.plural} is only found with its namespace")
        if subresource and not name:
            raise ValueError(f"{self.plural}/{subresource} belongs to one object, but no name is given")
        parts = ["apis", self.group, self.version] if self.group else ["api", self.version]
        if namespace:
            parts += ["namespaces", _segment(namespace)]
        parts.append(self.plural)
        if name:
            parts.append(_segment(name))
        if subresource:
            parts.append(subresource)
        return "/" + "/".join(parts)


def _segment(name: str) -> str:
    """A name as one segment of a path: `.` and `..` would be folded away by whoever normalises the URL."""
    if name in (".", ".."):
        raise ValueError(f"{name!r} cannot be the name of an object")
    return quote(name, safe="")


GROUPS: Final = Resource(names.GROUP, names.VERSION, names.GROUP_PLURAL, names.GROUP_KIND)
"""Searches."""
TRIALS: Final = Resource(names.GROUP, names.VERSION, names.TRIAL_PLURAL, names.TRIAL_KIND)
"""Configurations and their results."""
JOBS: Final = Resource("batch", "v1", "jobs", "Job")
"""Attempts of trials."""
PODS: Final = Resource("", "v1", "pods", "Pod")
"""What the Jobs run."""
CONFIG_MAPS: Final = Resource("", "v1", "configmaps", "ConfigMap")
"""Requests to tuners. They are created and never read: see the chart's rules."""
EVENTS: Final = Resource("events.k8s.io", "v1", "events", "Event")
"""What the operator tells people; see `recorder` for why not the core group's."""
LEASES: Final = Resource("coordination.k8s.io", "v1", "leases", "Lease")
"""Who is the acting operator."""
