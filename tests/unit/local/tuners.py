"""Searches of ``kind: iterative`` on this machine: tuners in sh and awk, and an endpoint that a test plays."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from unit.local.bodies import Document, document

GOOD = 'echo "$LEADLINE_PARAM_X" >> ran; echo loss=$LEADLINE_PARAM_X'
PARAMS = {"x": {"kind": "range", "value": [0, 100, 1]}}


def iterative(tuner: Mapping[str, Any], script: str = GOOD, **matrix: Any) -> Document:
    """A group ``g`` of three rounds of trials that minimise x."""
    given = document(script)
    search = {
        "kind": "iterative",
        "maxIterations": 3,
        "params": PARAMS,
        "concurrency": 2,
        "metric": {"name": "loss", "optimization": "minimize"},
        "tuner": dict(tuner),
        **matrix,
    }
    given["spec"]["matrix"] = {key: value for key, value in search.items() if value is not None}
    return given


def shell(script: str, **fields: Any) -> dict[str, Any]:
    """A tuner in a container that runs lines of sh."""
    return {"container": {"image": "none", "command": ["sh", "-c", script], **fields}}


Answering = Callable[[dict[str, Any]], tuple[int, bytes] | Mapping[str, Any]]


class Endpoint:
    """A tuner over HTTP. requests: as they came. answer: from a request to status and body, or to a JSON answer."""

    def __init__(self, answer: Answering) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.answer = answer
        self.url = ""

    def take(self, body: bytes) -> tuple[int, bytes]:
        request = json.loads(body)
        self.requests.append(request)
        found = self.answer(request)
        return found if isinstance(found, tuple) else (200, json.dumps(found).encode())


@contextmanager
def served(
    answer: Answering, headers: Mapping[str, str] | None = None, host: str = "127.0.0.1"
) -> Iterator[Endpoint]:
    """An endpoint on a free port of this machine."""
    endpoint = Endpoint(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = endpoint.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    endpoint.url = f"http://{host}:{server.server_port}/suggest"
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def two_each(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Two points for each round: 0 and 1, then 10 and 11, …"""
    first = 10 * int(request["iteration"])
    return {"suggestions": [{"x": first}, {"x": first + 1}]}
