"""A small synchronous client for tests: JSON objects as dicts, over the standard library's HTTP.

It shares no code with the product's own client, so that a mistake there can't hide behind the same one here.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import yaml

from cluster.errors import ApiError
from cluster.waiting import DEFAULT_TIMEOUT, wait_until

Json = dict[str, Any]
JsonList = list[Json]  # named, since within Api `list` is a method

_PATCH_TYPES = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
    "apply": "application/apply-patch+yaml",
}


class Api:
    """Requests to one API server as one user; one connection per request, so threads may share it."""

    def __init__(
        self, url: str, context: ssl.SSLContext, token: str | None = None, timeout: float = 60
    ) -> None:
        self.url = url
        self._context = context
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._timeout = timeout
        self._resources: dict[tuple[str, str], tuple[str, bool]] = {}

    @classmethod
    def from_kubeconfig(cls, path: Path) -> Api:
        """A client for the current context, by token or client certificate; no plug-ins."""
        config = yaml.safe_load(path.read_text())
        context = _named(config["contexts"], config["current-context"])["context"]
        cluster = _named(config["clusters"], context["cluster"])["cluster"]
        user = _named(config["users"], context["user"])["user"]
        tls = ssl.create_default_context()
        if data := cluster.get("certificate-authority-data"):
            tls.load_verify_locations(cadata=base64.b64decode(data).decode())
        elif file := cluster.get("certificate-authority"):
            tls.load_verify_locations(cafile=path.parent / file)
        if "client-certificate-data" in user or "client-certificate" in user:
            _load_client_certificate(tls, user, path.parent)
        return cls(cluster["server"], tls, user.get("token"))

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None, subresource: str = ""
    ) -> Json:
        """Read one object."""
        return self.raw("GET", self._path(api_version, kind, namespace, name, subresource))

    def find(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Json | None:
        """Read one object, or None where there is none of that name."""
        try:
            return self.get(api_version, kind, name, namespace)
        except ApiError as problem:
            if problem.status == 404:
                return None
            raise

    def list(
        self, api_version: str, kind: str, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> JsonList:
        """Read all objects of a kind that match the selectors; of all namespaces where none is given."""
        query = {"labelSelector": labels, "fieldSelector": fields}
        answer = self.raw("GET", self._path(api_version, kind, namespace), query=query)
        return [{"apiVersion": api_version, "kind": kind, **item} for item in answer["items"]]

    def create(
        self, manifest: Mapping[str, Any], namespace: str | None = None, *, dry_run: bool = False
    ) -> Json:
        """Create an object in the namespace given here or in its metadata."""
        place = namespace or manifest.get("metadata", {}).get("namespace")
        path = self._path(manifest["apiVersion"], manifest["kind"], place)
        return self.raw("POST", path, manifest, query={"dryRun": "All"} if dry_run else {})

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        change: object,
        namespace: str | None = None,
        *,
        subresource: str = "",
        style: str = "merge",
    ) -> Json:
        """Change an object by a patch of the given style: merge, strategic, json or apply."""
        path = self._path(api_version, kind, namespace, name, subresource)
        query = {"fieldManager": "leadline-test", "force": "true"} if style == "apply" else {}
        return self.raw("PATCH", path, change, query=query, content_type=_PATCH_TYPES[style])

    def replace(self, manifest: Mapping[str, Any], subresource: str = "") -> Json:
        """Write a whole object as it was read; a stale resourceVersion is a conflict."""
        meta = manifest["metadata"]
        path = self._path(
            manifest["apiVersion"], manifest["kind"], meta.get("namespace"), meta["name"], subresource
        )
        return self.raw("PUT", path, manifest)

    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        propagation: str = "Background",
    ) -> None:
        """Ask for the deletion of an object; what is already gone is no error."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        try:
            self.raw("DELETE", self._path(api_version, kind, namespace, name), options)
        except ApiError as problem:
            if problem.status != 404:
                raise

    def logs(self, namespace: str, pod: str, container: str | None = None) -> str:
        """What a container has printed so far."""
        query = {"container": container} if container else {}
        return self.text("GET", f"/api/v1/namespaces/{namespace}/pods/{pod}/log", query=query)

    def service_account_token(self, namespace: str, name: str, *, seconds: int = 3600) -> str:
        """Mint a token for a service account, as the kubelet does for a pod."""
        request = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": seconds},
        }
        path = self._path("v1", "ServiceAccount", namespace, name, "token")
        return str(self.raw("POST", path, request)["status"]["token"])

    def wait(
        self,
        api_version: str,
        kind: str,
        name: str,
        condition: Callable[[Json], object],
        namespace: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Json:
        """Wait until an object exists and `condition` holds for it; a TimedOut shows its status."""
        last: Json | None = None

        def matching() -> Json | None:
            nonlocal last
            last = self.find(api_version, kind, name, namespace)
            return last if last is not None and condition(last) else None

        def seen() -> str:
            return "It does not exist." if last is None else f"Its status: {json.dumps(last.get('status'))}"

        return wait_until(matching, f"{kind} {name} to be as expected", timeout, explain=seen)

    def wait_gone(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        """Wait until there is no object of that name; a TimedOut shows its status."""
        last: Json | None = None

        def gone() -> bool:
            nonlocal last
            last = self.find(api_version, kind, name, namespace)
            return last is None

        def seen() -> str:
            return f"Its status: {json.dumps((last or {}).get('status'))}"

        wait_until(gone, f"{kind} {name} to be gone", timeout, explain=seen)

    def raw(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Json:
        """One request with a JSON answer; raises ApiError for every status from 400 on."""
        answer = json.loads(self.text(method, path, body, query=query, content_type=content_type))
        if not isinstance(answer, dict):
            raise TypeError(f"{method} {path} answered with {type(answer).__name__}, not an object")
        return answer

    def text(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> str:
        """One request with its answer as text."""
        parameters = urlencode({key: value for key, value in (query or {}).items() if value})
        target = f"{path}?{parameters}" if parameters else path
        data = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, "Accept": "application/json", "Content-Type": content_type}
        address = urlsplit(self.url)
        connection = http.client.HTTPSConnection(
            address.hostname or "", address.port, context=self._context, timeout=self._timeout
        )
        try:
            connection.request(method, target, data, headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        finally:
            connection.close()
        if response.status >= 400:
            raise _error(response.status, text)
        return text

    def _path(
        self, api_version: str, kind: str, namespace: str | None, name: str = "", subresource: str = ""
    ) -> str:
        prefix = _prefix(api_version)
        plural, namespaced = self._resource(api_version, kind)
        place = f"/namespaces/{namespace}" if namespaced and namespace else ""
        return "/".join(part for part in (f"{prefix}{place}/{plural}", name, subresource) if part)

    def _resource(self, api_version: str, kind: str) -> tuple[str, bool]:
        """Plural name and whether it is namespaced, asked of the server once for each kind."""
        key = (api_version, kind)
        if key not in self._resources:
            for resource in self.raw("GET", _prefix(api_version))["resources"]:
                if "/" not in resource["name"]:
                    found = (resource["name"], bool(resource["namespaced"]))
                    self._resources[api_version, resource["kind"]] = found
        if key not in self._resources:
            raise LookupError(f"the API server does not know {api_version} {kind}")
        return self._resources[key]


def _prefix(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _error(status: int, text: str) -> ApiError:
    try:
        body = json.loads(text)
    except ValueError:
        return ApiError(status, http.client.responses.get(status, "Unknown"), text.strip(), {})
    return ApiError(status, body.get("reason", "Unknown"), body.get("message", ""), body)


def _named(entries: JsonList, name: str) -> Json:
    return next(entry for entry in entries if entry["name"] == name)


def _load_client_certificate(tls: ssl.SSLContext, user: Json, folder: Path) -> None:
    """Load a kubeconfig's client certificate; an embedded one by way of a file, since `ssl` asks for one."""
    if "client-certificate" in user:
        tls.load_cert_chain(folder / user["client-certificate"], folder / user["client-key"])
        return
    with tempfile.NamedTemporaryFile() as file:
        for key in ("client-certificate-data", "client-key-data"):
            file.write(base64.b64decode(user[key]))
        file.flush()
        tls.load_cert_chain(file.name)
