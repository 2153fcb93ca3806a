"""``python -m leadline.controller.main``: the operator's process, with settings from flags and LEADLINE_* variables."""

from __future__ import annotations

import asyncio
import gc
import sys
from dataclasses import fields

import click

from leadline.controller.settings import Settings


def _split(context: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


@click.command(context_settings={"auto_envvar_prefix": "LEADLINE", "show_default": True})
@click.option(
    "--namespaces", default="", callback=_split, help="Namespaces to watch, with commas; empty: all."
)
@click.option("--lease-namespace", default="", help="Namespace of the Lease; empty: the operator's own.")
@click.option("--lease-name", default="leadline", help="Name of the Lease; one per installation.")
@click.option(
    "--leader-election/--no-leader-election", default=True, help="Act only while holding the Lease."
)
@click.option("--workers", default=8, type=click.IntRange(1, 256), help="Groups worked on at once.")
@click.option("--width", default=32, type=click.IntRange(1, 1024), help="Requests of one group at once.")
@click.option("--qps", default=500.0, type=click.FloatRange(1, 100_000), help="Requests a second over time.")
@click.option("--burst", default=1000, type=click.IntRange(1, 100_000), help="Requests at once after a rest.")
@click.option("--connections", default=128, type=click.IntRange(1, 4096), help="Requests in flight at once.")
@click.option(
    "--port", default=8080, type=click.IntRange(0, 65535), help="Of /metrics, /healthz, /readyz; 0: none."
)
@click.option("--stuck-after", default=180.0, help="Seconds without progress until /healthz fails.")
@click.option(
    "--resync", default=600.0, help="Seconds after which every group is looked at without an event."
)
@click.option(
    "--http-tuners/--no-http-tuners",
    default=True,
    help="Ask groups' tuners by HTTP, at URLs that users write.",
)
@click.option("--log-level", default="INFO", type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"]))
@click.option("--log-format", default="json", type=click.Choice(["json", "text"]))
@click.option(
    "--kubeconfig", default="", help="Path of a kubeconfig; empty: as kubectl finds it, or the pod's own."
)
@click.option("--context", "kube_context", default="", help="Context of the kubeconfig.")
def main(kubeconfig: str, kube_context: str, **chosen: object) -> None:
    """Run the operator until SIGTERM."""
    from leadline.controller.logs import configure
    from leadline.controller.operator import Operator
    from leadline.kube.config import login
    from leadline.kube.errors import ConfigError

    settings = Settings(**{known.name: chosen[known.name] for known in fields(Settings)})  # type: ignore[arg-type]
    configure(settings.log_level, settings.log_format)
    try:
        info = login(kubeconfig=kubeconfig, context=kube_context)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None

    async def run() -> int:
        return await Operator(info, settings).run()

    # Documents come and go by the thousand and have no cycles; what is imported by now never goes. To look through all
    # of it at every 700th object, as is the default, is a twentieth of the operator's work.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    sys.exit(asyncio.run(run()))


if __name__ == "__main__":
    main()
