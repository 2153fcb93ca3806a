"""``leadline suspend``: start no new trials."""

from __future__ import annotations

import click

from leadline.cli.examples import examples
from leadline.cli.source import Where, complete_group, open_source, source_options


@click.command(
    epilog=examples(
        ("Leave the cluster to others for a while", "leadline suspend digits-svm"),
        (
            "The same without this command",
            'kubectl patch og digits-svm --type merge -p \'{"spec":{"suspend":true}}\'',
        ),
    )
)
@click.argument("group", shell_complete=complete_group)
@source_options
def command(group: str, where: Where) -> None:
    """Start no new trials of GROUP until `leadline resume`.

    Trials that run go on to their end and are recorded, unlike the pods of a suspended Job.
    """
    from leadline.cli.steering import suspend

    with open_source(where) as source:
        suspend(source, source.group(group))
