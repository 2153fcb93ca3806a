"""HTTP of the operator: /metrics, /healthz (is there progress?) and /readyz (does it lead and know its objects?)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

Check = Callable[[], str]
"""Empty where all is well, else why not."""


@asynccontextmanager
async def serve(port: int, registry: CollectorRegistry, healthy: Check, ready: Check) -> AsyncIterator[int]:
    """Serve on all addresses while the context lasts; gives the port in use (``port`` 0 takes a free one)."""

    def answer(check: Check) -> Callable[[web.Request], object]:
        async def handle(request: web.Request) -> web.Response:
            why = check()
            return web.Response(text=why or "ok\n", status=503 if why else 200)

        return handle

    async def metrics(request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/healthz", answer(healthy))  # type: ignore[arg-type]
    app.router.add_get("/readyz", answer(ready))  # type: ignore[arg-type]
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, port=port)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
