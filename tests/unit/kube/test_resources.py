from __future__ import annotations

from typing import Any

import pytest

from leadline.kube.resources import GROUPS, JOBS, PODS, TRIALS, Resource

NODES = Resource("", "v1", "nodes", "Node", namespaced=False)


@pytest.mark.parametrize(
    ("resource", "place", "path"),
    [
        (PODS, {}, "/api/v1/pods"),
        (PODS, {"namespace": "a"}, "/api/v1/namespaces/a/pods"),
        (PODS, {"namespace": "a", "name": "b", "subresource": "log"}, "/api/v1/namespaces/a/pods/b/log"),
        (JOBS, {"namespace": "a", "name": "b"}, "/apis/batch/v1/namespaces/a/jobs/b"),
        (NODES, {"name": "n"}, "/api/v1/nodes/n"),
        (TRIALS, {"namespace": "a"}, "/apis/leadline.dev/v1alpha1/namespaces/a/trials"),
        (JOBS, {"namespace": "a/b?c#d", "name": "%2e"}, "/apis/batch/v1/namespaces/a%2Fb%3Fc%23d/jobs/%252e"),
    ],
)
def test_paths(resource: Resource, place: dict[str, str], path: str) -> None:
    assert resource.path(**place) == path


@pytest.mark.parametrize(
    ("resource", "place"),
    [
        (NODES, {"namespace": "a"}),
        (PODS, {"name": "b"}),
        (PODS, {"namespace": "a", "subresource": "log"}),
        (PODS, {"namespace": "a", "name": ".."}),
        (PODS, {"namespace": ".", "name": "b"}),
    ],
)
def test_places_that_lead_elsewhere_are_refused(resource: Resource, place: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        resource.path(**place)


def test_api_versions_as_manifests_write_them() -> None:
    assert (PODS.api_version, GROUPS.api_version) == ("v1", "leadline.dev/v1alpha1")
