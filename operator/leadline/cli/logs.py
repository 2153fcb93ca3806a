"""``leadline logs``: what a trial printed; of the best trial or the last failed one without knowing its name."""

from __future__ import annotations

import sys

import click

from leadline.cli.errors import CliError
from leadline.cli.examples import examples
from leadline.cli.output import say, visible
from leadline.cli.source import Object, Where, complete_group, open_source, source_options
from leadline.cli.which import WHICH, find_trial


@click.command(
    epilog=examples(
        ("Of the best trial", "leadline logs digits-svm best"),
        ("Of the trial that failed last", "leadline logs digits-svm failed"),
        ("Of one trial, while it runs", "leadline logs digits-svm-7 -f"),
        ("Of its first attempt", "leadline logs digits-svm 7 --attempt 1"),
    )
)
@click.argument("name", metavar="TRIAL|GROUP", shell_complete=complete_group)
@click.argument("which", metavar=WHICH, required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on until the attempt ends; wait for it to begin.")
@click.option("--attempt", type=click.IntRange(1), metavar="N", help="Of this attempt.  [default: the last]")
@source_options
def command(name: str, which: str | None, follow: bool, attempt: int | None, where: Where) -> None:
    """Print the log of a trial as it is, as far as it is kept.

    A cluster keeps it for spec.termination.ttl seconds after the trial's end, an hour if nothing is said; of a failed
    trial the last lines are kept for as long as the trial. Without a group, "best" and "failed" are those of the only
    search there is.
    """
    with open_source(where) as source:
        group, trial = find_trial(source, name, which, "logs")
        wanted = attempt or _last_attempt(trial, follow)
        missing = source.read_log(group, trial, wanted, _write, follow=follow)
        if not missing:
            return
        _print_what_is_kept(trial, missing, attempt)


def _write(chunk: bytes) -> None:
    sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def _last_attempt(trial: Object, follow: bool) -> int:
    """The attempt that ran last; with ``follow`` the one that is about to."""
    status = trial.get("status") or {}
    attempt = int(status.get("attempt") or 1)
    waits = (status.get("state") or "Pending") == "Pending"
    return attempt - 1 if waits and attempt > 1 and not follow else attempt


def _print_what_is_kept(trial: Object, missing: str, attempt: int | None) -> None:
    """The last lines of a failed trial outlive its pod."""
    name, status = trial["metadata"]["name"], trial.get("status") or {}
    tail = status.get("logTail") or ""
    if tail and attempt in (None, status.get("attempt")):
        say(visible(f"{name}: {missing}; these are its last lines:"))
        click.echo(tail)
        return
    state = status.get("state") or "Pending"
    if state == "Pending" and not status.get("startTime"):
        why = status.get("message") or "it has not started yet"
        raise CliError(visible(f"{name} has printed nothing: {why}; -f waits for it"))
    raise CliError(
        f"the log of {name} can't be had: {missing}; spec.termination.ttl says for how long it is kept"
    )
