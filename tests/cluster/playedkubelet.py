"""A kubelet's logs, played: what pods on one fake node print, line by line, while kwok lets them run.

kwok's pods print nothing. This answers for them: the API server asks the node's kubelet for a log, and this is where
the node says that its kubelet is.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from cluster.client import Api
from cluster.controlplane import ControlPlane
from cluster.fakenodes import add_kwok_nodes, remove_nodes

SELECTOR = "leadline.dev/prints"
"""Label of the node, for a node selector."""


class PlayedKubelet:
    """``lines``: what a pod prints, by its name. ``pace``: seconds between two lines, from when it is first asked."""

    def __init__(
        self, control_plane: ControlPlane, lines: Callable[[str], Sequence[str]], pace: float, node: str
    ) -> None:
        self._api: Api = control_plane.api()
        self._lines, self._pace, self._node = lines, pace, node
        self._begun: dict[str, float] = {}
        self._lock = threading.Lock()
        self.asked: list[str] = []
        kubelet = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kubelet._serve(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificates = control_plane.folder / "certificates"
        tls.load_cert_chain(certificates / "apiserver.crt", certificates / "apiserver.key")
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._server.daemon_threads = True

    def __enter__(self) -> PlayedKubelet:
        threading.Thread(target=self._server.serve_forever, name="played kubelet", daemon=True).start()
        add_kwok_nodes(self._api, 1, labels={SELECTOR: self._node}, prefix=self._node)
        status = {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self._server.server_port}},
        }
        self._api.patch("v1", "Node", f"{self._node}-0", {"status": status}, subresource="status")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        remove_nodes(self._api, [f"{self._node}-0"])
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        address = urlsplit(request.path)
        pod, query = address.path.split("/")[3], parse_qs(address.query)
        with self._lock:
            self.asked.append(pod)
            begun = self._begun.setdefault(pod, time.time())
        since, follow = query.get("sinceTime", [""])[0][:19], "follow" in query
        request.send_response(200)
        request.end_headers()
        for number, line in enumerate(self._lines(pod)):
            due = begun + number * self._pace
            if due > time.time():
                if not follow:
                    return
                time.sleep(due - time.time())
            stamp = datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
            if stamp[:19] >= since:
                try:
                    request.wfile.write(f"{stamp} {line}\n".encode())
                except OSError:
                    return
