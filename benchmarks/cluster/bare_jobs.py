"""The baseline: bare Jobs created, awaited and deleted by the least script that does it, N at once.

Runs as a process of its own, as the operator does, and prints the seconds it took:

    python -m benchmarks.cluster.bare_jobs KUBECONFIG RUNS CONCURRENCY
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from benchmarks.cluster.ground import rendered_pod

JOBS = "/apis/batch/v1/namespaces/default/jobs"


POD = rendered_pod()


def _job(name: str) -> dict[str, Any]:
    template = {**POD, "metadata": {**POD["metadata"], "labels": {"bench": "bare"}}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": {"bench": "bare"}},
        "spec": {"backoffLimit": 0, "template": template},
    }


async def run(config: dict[str, Any], runs: int, concurrency: int) -> float:
    """Seconds from the first create to the last delete, on the cluster of a kubeconfig."""
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    tls = ssl.create_default_context()
    tls.load_verify_locations(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    headers = {"Authorization": f"Bearer {user['token']}"}
    connector = aiohttp.TCPConnector(ssl=tls, limit=0)
    async with aiohttp.ClientSession(cluster["server"], connector=connector, headers=headers) as session:
        done: dict[str, asyncio.Event] = {}
        watching = asyncio.create_task(_watch(session, done))
        slots = asyncio.Semaphore(concurrency)
        begun = time.monotonic()

        async def one(number: int) -> None:
            name = f"bare-{number}"
            async with slots:
                over = done[name] = asyncio.Event()
                await _send(session, "POST", JOBS, _job(name))
                await over.wait()
                del done[name]
                await _send(session, "DELETE", f"{JOBS}/{name}", {"propagationPolicy": "Background"})

        await asyncio.gather(*(one(number) for number in range(runs)))
        took = time.monotonic() - begun
        watching.cancel()
        return took


async def _send(session: aiohttp.ClientSession, method: str, path: str, body: dict[str, Any]) -> None:
    async with session.request(method, path, json=body) as answer:
        await answer.read()
        answer.raise_for_status()


async def _watch(session: aiohttp.ClientSession, done: dict[str, asyncio.Event]) -> None:
    """Tell which Jobs are over. The server ends the watch of whoever falls behind: a new one begins with all Jobs."""
    query = {"watch": "true", "labelSelector": "bench=bare"}
    while True:
        async with session.get(JOBS, params=query, timeout=aiohttp.ClientTimeout(total=None)) as answer:
            answer.raise_for_status()
            async for line in answer.content:
                job = json.loads(line)["object"]
                conditions = job.get("status", {}).get("conditions") or ()
                over = any(known["type"] == "Complete" and known["status"] == "True" for known in conditions)
                if over and job["metadata"]["name"] in done:
                    done[job["metadata"]["name"]].set()


if __name__ == "__main__":
    print(asyncio.run(run(yaml.safe_load(Path(sys.argv[1]).read_text()), int(sys.argv[2]), int(sys.argv[3]))))
