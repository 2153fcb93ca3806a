"""Logs in to a cluster the way kubectl does, and hands over what a connection needs, in one small value.

The `kubernetes` package reads kubeconfigs (contexts, exec plug-ins, OIDC, token files) and the service
account of a pod. It is imported only here and only when someone logs in: its import takes half a second. Its
clients and models are never used. Nothing here opens a connection to the API server.
"""

from __future__ import annotations

import asyncio
import os
import threading
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from leadline.kube.errors import ConfigError

Authorization = Callable[[bool], str | None]
"""Gives the value of the Authorization header, or None. True, after a 401, means: read it anew, whatever is
remembered. It may block (an exec plug-in is a process), so it is called in threads. Raises ConfigError."""

DEFAULT_KUBECONFIG: Final = "~/.kube/config"
SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where the kubelet mounts a pod's token, CA and namespace."""

# What a user of a kubeconfig may have that the `kubernetes` package turns into credentials, or fails to.
_MAKES_CREDENTIALS = ("exec", "auth-provider")


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """One cluster and one user of it.

    server: URL.
    namespace: the one meant where a person names none.
    context: its name in the kubeconfig; empty in a pod.
    ca_file, cert_file, key_file: PEM files, perhaps temporary ones that last as long as the process.
    insecure: do not check the server's certificate.
    server_name: what the server's certificate is for, where that is not the host in `server`.
    proxy: URL of an HTTP proxy.
    authorization: see `Authorization`; None where the certificate is all there is.

    Certificates are read once. Tokens are asked for again and again, since they expire within the hour.
    """

    server: str
    namespace: str = "default"
    context: str = ""
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    insecure: bool = False
    server_name: str | None = None
    proxy: str | None = field(default=None, repr=False)  # may hold a password
    authorization: Authorization | None = field(default=None, repr=False)


def login(*, kubeconfig: str = "", context: str = "") -> ConnectionInfo:
    """Connect as kubectl would: by kubeconfig where there is one, else as the pod's service account.

    kubeconfig: a path, or several as in $KUBECONFIG, which is the default before ~/.kube/config. context: one
    other than the current. Blocks while files are read and exec plug-ins run. Raises ConfigError.
    """
    paths = kubeconfig or os.environ.get("KUBECONFIG") or DEFAULT_KUBECONFIG
    if _any_exists(paths):
        return from_kubeconfig(paths, context)
    if kubeconfig:
        raise ConfigError(f"there is no kubeconfig at {kubeconfig}")
    if context:
        raise ConfigError(f"there is no kubeconfig at {paths} to look up the context {context!r} in")
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return from_service_account()
    raise ConfigError(
        f"there is no kubeconfig at {paths}, and this is no pod of a cluster; "
        "name a kubeconfig in $KUBECONFIG, or get one from your cluster's provider"
    )


async def login_async(*, kubeconfig: str = "", context: str = "") -> ConnectionInfo:
    """`login` without blocking the event loop."""
    return await asyncio.to_thread(login, kubeconfig=kubeconfig, context=context)


def from_service_account(
    folder: Path = SERVICE_ACCOUNT, environment: Mapping[str, str] = os.environ
) -> ConnectionInfo:
    """The connection of a pod, by the token, CA and namespace that the kubelet mounted in `folder`."""
    from kubernetes.config import ConfigException
    from kubernetes.config.incluster_config import InClusterConfigLoader

    token = folder / "token"
    loaded = _Loaded()
    try:
        InClusterConfigLoader(  # type: ignore[no-untyped-call]
            token_filename=str(token),
            cert_filename=str(folder / "ca.crt"),
            try_refresh_token=False,  # done by TokenFile, which does not need the package's Configuration
            environ=environment,
        ).load_and_set(loaded)
        namespace = (folder / "namespace").read_text().strip()
    except (ConfigException, OSError) as problem:
        raise ConfigError(f"the pod's service account cannot be used: {problem}") from None
    return ConnectionInfo(
        server=loaded.host,
        namespace=namespace or "default",
        ca_file=loaded.ssl_ca_cert,
        proxy=_proxy_from_environment(loaded.host),
        authorization=TokenFile(token),
    )


@dataclass(frozen=True, slots=True)
class TokenFile:
    """A bearer token that the kubelet replaces in its file long before it expires: read at each call."""

    path: Path

    def __call__(self, refresh: bool) -> str:
        try:
            token = self.path.read_text().strip()
        except OSError as problem:
            raise ConfigError(f"the service account's token cannot be read: {problem}") from None
        if not token:
            raise ConfigError(f"the service account's token file {self.path} is empty")
        return f"Bearer {token}"


def from_kubeconfig(paths: str, context: str = "") -> ConnectionInfo:
    """The connection that a context of a kubeconfig describes (the current one where none is named)."""
    user = _KubeconfigUser(paths, context)
    loaded = user.load()
    cluster = user.cluster()
    proxy = cluster.get("proxy-url") or _proxy_from_environment(loaded.host)
    if proxy and urlsplit(proxy).scheme not in ("http", "https"):
        raise ConfigError(f"{paths}: only http and https proxies can be used, not {urlsplit(proxy).scheme}")
    return ConnectionInfo(
        server=loaded.host,
        namespace=user.active_context().get("namespace") or "default",
        context=user.context,
        ca_file=loaded.ssl_ca_cert,
        cert_file=loaded.cert_file,
        key_file=loaded.key_file,
        insecure=not loaded.verify_ssl,
        server_name=loaded.tls_server_name,
        proxy=proxy,
        authorization=user if loaded.api_key else None,
    )


class _Loaded:
    """What the package's loaders fill in: the few fields of its Configuration that make a connection."""

    def __init__(self) -> None:
        self.host = ""
        self.ssl_ca_cert: str | None = None
        self.cert_file: str | None = None
        self.key_file: str | None = None
        self.verify_ssl = True
        self.tls_server_name: str | None = None
        self.proxy: str | None = None
        self.api_key: dict[str, str] = {}
        self.refresh_api_key_hook: Callable[[_Loaded], None] | None = None


class _KubeconfigUser:
    """The user of one context, who may need a plug-in or a token refresh to stay logged in.

    Also the `Authorization` of the connection: the package knows when what it got expires.
    """

    def __init__(self, paths: str, context: str) -> None:
        self._paths = paths
        self.context = context
        self._loaded = _Loaded()
        self._merged: dict[str, Any] = {}
        self._lock = threading.Lock()  # several sessions may share this login

    def __call__(self, refresh: bool) -> str | None:
        with self._lock:
            if refresh:
                self.load()
            elif self._loaded.refresh_api_key_hook is not None:
                self._loaded.refresh_api_key_hook(self._loaded)
            return self._loaded.api_key.get("BearerToken")

    def load(self) -> _Loaded:
        """Read the files, run the plug-in: everything anew."""
        import yaml
        from kubernetes.config import ConfigException
        from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

        loaded = _Loaded()
        try:
            merger = KubeConfigMerger(self._paths)  # type: ignore[no-untyped-call]
            self._merged = _plain(merger.config)
            self.context = self.context or self._merged.get("current-context") or ""
            self._check()
            loader = KubeConfigLoader(  # type: ignore[no-untyped-call]
                merger.config,
                active_context=self.context,
                config_base_path=None,  # files are relative to the kubeconfig that names them
                config_persister=merger.save_changes,  # OIDC: a refresh token often works only once
            )
            loader.load_and_set(loaded)  # type: ignore[no-untyped-call]
        except (ConfigException, OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as problem:
            raise ConfigError(f"{self._paths}: {problem}") from None
        self._require_credentials(loaded)
        self._loaded = loaded
        return loaded

    def active_context(self) -> Mapping[str, Any]:
        """The context's own entry: cluster, user, namespace."""
        return self._entry("contexts", self.context).get("context") or {}

    def cluster(self) -> Mapping[str, Any]:
        """The entry of the context's cluster."""
        return self._entry("clusters", self.active_context().get("cluster")).get("cluster") or {}

    def _user(self) -> Mapping[str, Any]:
        return self._entry("users", self.active_context().get("user")).get("user") or {}

    def _check(self) -> None:
        """Refuse what the package would get wrong in silence, or in words that help nobody."""
        known = [str(entry.get("name")) for entry in self._merged.get("contexts") or ()]
        choice = f"it has {', '.join(known)}" if known else "it has no contexts"
        if not self.context:
            raise ConfigError(f"{self._paths}: no context is current; name one ({choice})")
        if self.context not in known:
            raise ConfigError(f"{self._paths}: there is no context {self.context!r}; {choice}")
        if not self.cluster().get("server"):
            raise ConfigError(f"{self._paths}: the context {self.context!r} has no cluster with a server")
        if any(key == "as" or key.startswith("as-") for key in self._user()):
            name = self.active_context().get("user")
            raise ConfigError(f"{self._paths}: user {name!r} acts 'as' another, which is not supported")

    def _require_credentials(self, loaded: _Loaded) -> None:
        """The package logs a failed plug-in and goes on as nobody; then the server's 403 would mislead."""
        source = next((key for key in _MAKES_CREDENTIALS if key in self._user()), None)
        if source and not loaded.api_key and not loaded.cert_file:
            name = self.active_context().get("user")
            raise ConfigError(
                f"{self._paths}: {source} of user {name!r} gave no credentials; try `kubectl get namespaces`"
            )

    def _entry(self, section: str, name: object) -> Mapping[str, Any]:
        entries = self._merged.get(section) or ()
        return next((entry for entry in entries if entry.get("name") == name), {})


def _plain(node: Any) -> Any:
    """The package's merged configuration, which wraps some of its parts, as plain values."""
    value = getattr(node, "value", node)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _any_exists(paths: str) -> bool:
    return any(Path(path).expanduser().is_file() for path in paths.split(os.pathsep) if path)


def _proxy_from_environment(server: str) -> str | None:
    """HTTPS_PROXY and NO_PROXY, as kubectl honours them; aiohttp's own way would also read ~/.netrc."""
    parts = urlsplit(server)
    if not parts.hostname or urllib.request.proxy_bypass(parts.hostname):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
