"""A tuner over HTTP in the standard library: golden-section search for one parameter, two points a round.

    python examples/tuners/golden.py 8000

It remembers nothing: the interval follows from the history of each request.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

RATIO = (5**0.5 - 1) / 2


def suggest(request: dict[str, Any]) -> dict[str, Any]:
    """The two inner points of the interval that is left, until it is small."""
    [(name, parameter)] = request["matrix"]["params"].items()
    low, high = map(float, parameter["value"])
    maximize = request["matrix"]["metric"]["optimization"] == "maximize"
    known = {result["params"][name]: result["value"] for result in request["history"]}
    for _ in range(request["iteration"]):
        left, right = high - RATIO * (high - low), low + RATIO * (high - low)
        values = [known.get(round(point, 9)) for point in (left, right)]
        losses = [float("inf") if value is None else -value if maximize else value for value in values]
        low, high = (low, right) if losses[0] <= losses[1] else (left, high)
    points = [round(high - RATIO * (high - low), 9), round(low + RATIO * (high - low), 9)]
    return {"suggestions": [{name: point} for point in points], "done": high - low < 0.2}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(suggest(request)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
