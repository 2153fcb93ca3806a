"""Which cluster a test gets, and the interface that all clusters share.

`LEADLINE_TEST_KUBECONFIG` names a cluster made by someone else (kind, in CI); without it the tests make their
own. A kubeconfig can lead anywhere, so its context must be known as a test cluster's, or be named by
`LEADLINE_TEST_CONTEXT`: a test suite that creates and deletes things must never meet a cluster by accident.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Protocol

import yaml

from cluster import binaries
from cluster.client import Api
from cluster.errors import NotAvailable, RefusedContext

_KIND_PREFIX = "kind-"
_KNOWN_CONTEXTS = (f"{_KIND_PREFIX}leadline",)  # from the name in kind-config.yaml


class Cluster(Protocol):
    """What every cluster offers, own or given."""

    @property
    def url(self) -> str:
        """Base address of the API server."""

    def api(self, *, token: str | None = None) -> Api:
        """A client of an administrator, or of the bearer of `token`."""

    def kubeconfig(self, *, token: str | None = None, namespace: str = "default") -> Path:
        """A kubeconfig file for an administrator, or for the bearer of `token`."""


class NodeCluster(Cluster, Protocol):
    """A cluster whose nodes run containers."""

    def import_image(self, archive: Path) -> None:
        """Make the images of a Docker archive known to the nodes."""


class GivenCluster:
    """A cluster that was there before, reached through one context of a kubeconfig; never stopped."""

    def __init__(self, kubeconfig: Path, context: str) -> None:
        self._config = _minify(yaml.safe_load(kubeconfig.read_text()), context, kubeconfig.parent)
        self._folder = tempfile.TemporaryDirectory(prefix="leadline-kubeconfig-")
        self._written = 0
        self.context = context

    def close(self) -> None:
        """Remove the kubeconfig files that were written."""
        self._folder.cleanup()

    def import_image(self, archive: Path) -> None:
        """Load the images of a Docker archive into a kind cluster's nodes; other kinds of cluster can't."""
        if not self.context.startswith(_KIND_PREFIX):
            raise NotAvailable(f"no way to load an image into {self.context}", ["use a kind cluster"])
        kind = shutil.which("kind") or str(binaries.find("kind"))
        name = self.context.removeprefix(_KIND_PREFIX)
        subprocess.run([kind, "load", "image-archive", str(archive), "--name", name], check=True)

    @property
    def url(self) -> str:
        """Base address of the API server."""
        return str(self._config["clusters"][0]["cluster"]["server"])

    def api(self, *, token: str | None = None) -> Api:
        """A client of the context's user, or of the bearer of `token`."""
        return Api.from_kubeconfig(self.kubeconfig(token=token))

    def kubeconfig(self, *, token: str | None = None, namespace: str = "default") -> Path:
        """A kubeconfig file for the context's user, or for the bearer of `token`."""
        config = copy.deepcopy(self._config)
        config["contexts"][0]["context"]["namespace"] = namespace
        if token is not None:
            config["users"][0]["user"] = {"token": token}
        self._written += 1
        path = Path(self._folder.name) / f"{self._written}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(json.dumps(config))  # JSON is YAML
        return path


def given_cluster_path() -> str | None:
    """The kubeconfig that the environment names."""
    return os.environ.get("LEADLINE_TEST_KUBECONFIG") or None


def given_cluster() -> GivenCluster | None:
    """The cluster that the environment names, or None where the tests are to make their own.

    Raises RefusedContext where the kubeconfig's context is neither known nor named.
    """
    path = given_cluster_path()
    if path is None:
        return None
    named = os.environ.get("LEADLINE_TEST_CONTEXT")
    config = yaml.safe_load(Path(path).read_text())
    context = named or config.get("current-context", "")
    if not named and not context.startswith(_KNOWN_CONTEXTS):
        raise RefusedContext(
            f"the current context of {path} is {context!r}, which is not known as a test cluster's; "
            f"if it is one, set LEADLINE_TEST_CONTEXT={context or 'NAME'}"
        )
    if context not in [entry["name"] for entry in config["contexts"]]:
        raise RefusedContext(f"{path} has no context {context!r}")
    return GivenCluster(Path(path), context)


def _minify(config: dict[str, Any], context: str, folder: Path) -> dict[str, Any]:
    """The kubeconfig reduced to one context, with the files it names made absolute."""
    chosen = next(entry for entry in config["contexts"] if entry["name"] == context)
    cluster = next(entry for entry in config["clusters"] if entry["name"] == chosen["context"]["cluster"])
    user = next(entry for entry in config["users"] if entry["name"] == chosen["context"]["user"])
    for settings in (cluster["cluster"], user["user"]):
        for key in ("certificate-authority", "client-certificate", "client-key", "tokenFile"):
            if key in settings:
                settings[key] = str(folder / settings[key])
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [cluster],
        "users": [user],
        "contexts": [chosen],
        "current-context": context,
    }
