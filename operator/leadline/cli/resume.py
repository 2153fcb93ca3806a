"""``leadline resume``: go on after suspend or stop."""

from __future__ import annotations

import click

from leadline.cli.examples import examples
from leadline.cli.source import Where, complete_group, open_source, source_options


@click.command(epilog=examples(("After leadline suspend, or leadline stop", "leadline resume digits-svm")))
@click.argument("group", shell_complete=complete_group)
@source_options
def command(group: str, where: Where) -> None:
    """Go on with GROUP after `leadline suspend` or `leadline stop`.

    A search that was stopped opens again and starts the trials that are left of its plan; trials that were ended stay
    as they are.
    """
    from leadline.cli.steering import resume

    with open_source(where) as source:
        resume(source, source.group(group))
