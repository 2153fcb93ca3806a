"""Our CRDs and policy on a real API server, and what that server answers to a document.

from integration.served import install, refusal
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.client import Api, Json
from cluster.errors import ApiError
from cluster.waiting import wait_until
from leadline.api import names
from leadline.api.crd import crds
from leadline.api.policy import policy

STRICT = {"fieldValidation": "Strict", "dryRun": "All"}
_DENIED = "denied request: "


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the server takes a document not: the fields that it blames, and its words."""

    paths: frozenset[str]
    message: str

    def blames(self, path: str) -> bool:
        """Whether it blames this field or, where that has the wrong type, only what it finds inside."""
        return any(found == path or found.startswith((f"{path}.", f"{path}[")) for found in self.paths)


def install(api: Api) -> None:
    """Apply CRDs and policy as they are now, and wait until both are in force."""
    for thing in (*crds(), *policy()):
        api.patch(thing["apiVersion"], thing["kind"], thing["metadata"]["name"], thing, style="apply")
    for crd in crds():
        api.wait(crd["apiVersion"], crd["kind"], crd["metadata"]["name"], _is_established)
    wait_until(lambda: _served_in_openapi(api), "the CRDs in the server's OpenAPI")
    upside_down = group(matrix={"params": {"x": {"kind": "uniform", "value": [1, 0]}}})
    wait_until(lambda: refusal(api, upside_down, "default"), "the policy for new groups to be in force")
    _wait_for_the_policy_on_edits(api)


def refusal(api: Api, doc: Mapping[str, Any], namespace: str) -> Refusal | None:
    """What the server says to the creation of a group, None if it would take it; nothing is created."""
    return _answer(api, "POST", _collection(namespace), doc)


def refusal_of_edit(api: Api, doc: Mapping[str, Any], namespace: str) -> Refusal | None:
    """The same for the replacement of a group that exists."""
    return _answer(api, "PUT", f"{_collection(namespace)}/{doc['metadata']['name']}", doc)


def group(name: str = "good", **changes: Mapping[str, Any]) -> Json:
    """A good group; ``changes`` replace fields of parts of its spec: ``matrix={"numRuns": 3}``."""
    spec: Json = {
        "matrix": {
            "kind": "random",
            "numRuns": 10,
            "params": {"lr": {"kind": "loguniform", "value": {"min": 0.0001, "max": 0.1}}},
        },
        "template": {
            "spec": {"containers": [{"name": "train", "image": "none:1", "args": ["--lr={{ lr }}"]}]}
        },
    }
    for part, fields in changes.items():
        spec[part] = {**spec.get(part, {}), **fields}
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.GROUP_KIND,
        "metadata": {"name": name},
        "spec": spec,
    }


def _answer(api: Api, method: str, path: str, doc: Mapping[str, Any]) -> Refusal | None:
    try:
        api.raw(method, path, doc, query=STRICT)
    except ApiError as error:
        if error.status not in (400, 422):
            raise
        return Refusal(frozenset(_paths(error)), error.message)
    return None


def _paths(error: ApiError) -> set[str]:
    if error.status == 400:
        return set(re.findall(r'(?:unknown|duplicate) field "([^"]*)"', error.message))
    if _DENIED in error.message:
        place, _, _ = error.message.partition(_DENIED)[2].partition(": ")
        return {place}
    details = error.body.get("details")
    causes = details.get("causes", []) if isinstance(details, dict) else []
    return {cause["field"] for cause in causes if cause.get("field", "<nil>") != "<nil>"}


def _collection(namespace: str) -> str:
    return f"/apis/{names.API_VERSION}/namespaces/{namespace}/{names.GROUP_PLURAL}"


def _wait_for_the_policy_on_edits(api: Api) -> None:
    """Until it minds a renamed field of the pod template, which the CRD's own rules do not see."""
    before = group("edited", template={"spec": {"containers": [{"name": "a", "x": "y"}]}})
    edited = group("edited", template={"spec": {"containers": [{"name": "a", "z": "y"}]}})
    created = api.create(before, "default")
    edited["metadata"]["resourceVersion"] = created["metadata"]["resourceVersion"]
    try:
        wait_until(lambda: refusal_of_edit(api, edited, "default"), "the policy for edits to be in force")
    finally:
        api.delete(names.API_VERSION, names.GROUP_KIND, "edited", "default")


def _is_established(crd: Json) -> bool:
    conditions = crd.get("status", {}).get("conditions", [])
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


def _served_in_openapi(api: Api) -> bool:
    try:
        schemas = api.raw("GET", f"/openapi/v3/apis/{names.API_VERSION}")["components"]["schemas"]
    except ApiError:
        return False
    return all(
        any(key.endswith(f".{kind}") for key in schemas) for kind in (names.GROUP_KIND, names.TRIAL_KIND)
    )
