"""``leadline stop``: end a search before its plan is done."""

from __future__ import annotations

import sys

import click

from leadline.cli.examples import examples
from leadline.cli.source import Where, complete_group, open_source, source_options


@click.command(
    epilog=examples(
        ("Good enough: let the running trials end", "leadline stop digits-svm"),
        ("End the running trials as well", "leadline stop digits-svm --now"),
        ("Forget the search and all its trials", "kubectl delete og digits-svm"),
    )
)
@click.argument("group", shell_complete=complete_group)
@click.option("--now", is_flag=True, help="End the running trials as well; they count as stopped.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask, even on a terminal.")
@source_options
def command(group: str, now: bool, yes: bool, where: Where) -> None:
    """End GROUP: no new trial starts, and it is finished when the running trials are.

    Its trials and its best one are kept; `leadline resume` opens it again. With --now running trials are ended first,
    which a terminal is asked about.
    """
    from leadline.cli.rows import outcome_of
    from leadline.cli.steering import count, running_of, stop

    with open_source(where) as source:
        found = source.group(group)
        running = running_of(found)
        if now and running and outcome_of(found) is None and not yes and sys.stdin.isatty():
            click.confirm(
                f"{count(running)} of {group} will be ended and count as stopped. Go on?", abort=True
            )
        stop(source, found, now)
