"""``leadline run``: a search on this machine, from a file to the table of its best trials.

Reads the file, opens the store, hands both to the laptop body, passes signals on, shows what happens.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadline.cli.output import output_option

if TYPE_CHECKING:
    from leadline.cli.files import GroupFile
    from leadline.cli.progress import Quiet
    from leadline.local.body import Body
    from leadline.local.launch import Place
    from leadline.local.store import Store

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells use it."""

_EPILOG = """\b
Examples:
  leadline run examples/digits-svm.yaml
  leadline run search.yaml --python .venv/bin/python
  leadline run search.yaml --quiet -o json | jq .best.params

\b
Exit status: 0 the search succeeded, 1 it failed, 2 the file or the command line is not right, 3 something is in the
way (another run has the search's file), 130 interrupted.
"""


@click.command(epilog=_EPILOG)
@click.argument("file")
@click.option("--local", is_flag=True, default=True, help="On this machine; this is so without it, too.")
@click.option("--db", metavar="PATH", help="The search's SQLite file.  [default: .leadline/NAME.db]")
@click.option("--python", metavar="PY", help='What "python" means in a command.  [default: Leadline\'s own]')
@click.option("--fresh", is_flag=True, help="Forget the search's earlier trials and start over.")
@output_option("table", "json", "yaml")
@click.option("--plain", is_flag=True, help="Lines instead of a live picture; no colours.")
@click.option("--quiet", "-q", is_flag=True, help="Show the result only.")
def run(
    file: str,
    local: bool,
    db: str | None,
    python: str | None,
    fresh: bool,
    output: str,
    plain: bool,
    quiet: bool,
) -> int:
    """Run the search in FILE (- for standard input) on this machine, each trial as a process of its own.

    Trials run in the file's folder. The same command goes on where it was interrupted, and after an edit of what may
    change: concurrency, a greater numRuns (bayes: maxIterations), tuner, earlyStopping, termination, suspend, stop.
    """
    from leadline.cli.files import read_group
    from leadline.local.launch import Place, check_document
    from leadline.local.places import default_path, prepare
    from leadline.local.store import Store
    from leadline.plugins import find_missing

    group = read_group(file)
    group.require_valid()
    place = Place(str(group.folder), _interpreter(python))
    group.refuse_if([*check_document(group.value, place), *find_missing(group.value["spec"]["matrix"])])
    path = Path(db) if db else default_path(_name_of(group), Path.cwd())
    prepare(path)
    with Store.open(path) as store:
        if not fresh:
            _refuse_edits(store, group)
        return asyncio.run(_search(store, group, place, fresh, output, plain, quiet))


command = run
"""What `leadline.cli.main` looks for."""


async def _search(
    store: Store, group: GroupFile, place: Place, fresh: bool, output: str, plain: bool, quiet: bool
) -> int:
    from leadline.cli.progress import choose
    from leadline.local.body import Body
    from leadline.local.groups import forget_group, put_group
    from leadline.local.view import View

    name = _name_of(group)
    if fresh:
        await forget_group(store, name)
    put_group(store, group.value)
    progress = choose(quiet=quiet, plain=plain)
    body = Body(View(store, name), place, progress)
    _introduce(progress, body, group)
    begun = time.monotonic()
    _pass_signals_on(body, progress)
    with progress.shown(body):
        await body.run()
    return _conclude(body, store, output, plain, time.monotonic() - begun)


def _name_of(group: GroupFile) -> str:
    from leadline.problems import Problem

    name = group.value["metadata"].get("name")
    if not name:
        remedy = "write a name: by it the same command finds the search again"
        group.refuse_if([Problem("metadata.name", "is missing", remedy)])
    return str(name)


def _interpreter(wanted: str | None) -> str:
    """The program that ``python`` means, as an absolute path."""
    import shutil

    if wanted is None:
        return sys.executable
    found = shutil.which(wanted)
    if found is None:
        raise click.BadParameter(f"{wanted} is no program that can be run", param_hint="--python")
    # Not resolved: the interpreter of a virtual environment is a link, and knows itself by the link's place.
    return str(Path(found).absolute())


def _refuse_edits(store: Store, group: GroupFile) -> None:
    """The file differs from what its search was begun with, in what can't change."""
    from leadline.cli.files import InvalidFileError
    from leadline.local.groups import find_edit_problems

    problems = find_edit_problems(store, group.value)
    if problems:
        remedy = (
            f"{shown(store.path)} holds a search of this name that began otherwise: change the file back, start over "
            "with --fresh, or keep both with another metadata.name or another --db"
        )
        raise InvalidFileError([*group.lines(problems), remedy])


def _introduce(progress: Quiet, body: Body, group: GroupFile) -> None:
    """What begins, or goes on, and what of the file means nothing here."""
    from leadline.api.names import GroupState
    from leadline.cli.output import visible
    from leadline.local.launch import ignored_here

    view = body.view
    spec, status = view.records.group.spec, view.records.group.status
    if spec is None:
        return
    total = view.records.total
    trials = f"{total} trials" if total is not None else "trials until the search ends"
    words = f"{view.records.group.name}: {spec.matrix.kind}, {trials}, {spec.matrix.concurrency} at a time"
    if body.finished:
        words += "; it had finished already: --fresh starts it over"
    elif status.next:
        words += f"; goes on after {status.progress}"
    progress.say(words)
    if status.state in (GroupState.WAITING, GroupState.STALLED) and status.message:
        # What it waited for when it was left; told anew only where it becomes another thing.
        progress.say(visible(status.message), "yellow")
    ignored = ignored_here(group.value)
    if ignored and not status.next:
        progress.say(f"ignored on this machine: {', '.join(ignored)}", "dim")


def _pass_signals_on(body: Body, progress: Quiet) -> None:
    """Ctrl-C, a polite kill and a closed terminal all end the search so that it can go on later."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        if not body.interrupted:
            progress.interrupting(len(body.supervisor.running()))
        body.interrupt()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # What is ignored stays so: nohup.
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, interrupt)


def _conclude(body: Body, store: Store, output: str, plain: bool, seconds: float) -> int:
    """Print the result; the exit status."""
    from leadline.cli.output import print_data

    group = body.view.records.group
    if output == "table":
        _print_result(body, store, plain, seconds)
    else:
        print_data(_summary(body, store, seconds), output)
    if not body.finished:
        return INTERRUPTED
    return 0 if group.status.state == "Succeeded" else 1


def _summary(body: Body, store: Store, seconds: float) -> dict[str, Any]:
    from leadline.reconcile.summary import summarise

    summary = summarise(body.view.records.group, body.supervisor.most_at_once, seconds, "wall")
    return {**summary, "files": {"database": str(store.path), "logs": str(store.folder)}}


def _print_result(body: Body, store: Store, plain: bool, seconds: float) -> None:
    from leadline.cli.fit import print_whole
    from leadline.cli.output import span, visible
    from leadline.cli.results import best_trials

    group = body.view.records.group
    status, counts = group.status, group.status.counts
    parts = {"succeeded": counts.succeeded, "failed": counts.failed, "stopped": counts.stopped}
    told = ", ".join(f"{number} {word}" for word, number in parts.items() if number)
    done = f"{status.progress} trials" + (f" ({told})" if told else "")
    if not body.finished:
        click.echo(f"{group.name} was interrupted: {done} are done; the same command goes on")
    elif group.spec is not None and group.spec.stop:
        click.echo(f"{group.name} {status.state.lower()} in {span(seconds)}: it was stopped after {done}")
    else:
        click.echo(f"{group.name} {status.state.lower()} in {span(seconds)}: {visible(status.message)}")
    table = best_trials(store, group)
    if table.rows:
        click.echo()
        print_whole(table, plain=plain)
        click.echo()
    click.echo(f"file: {shown(store.path)}")
    click.echo(f"logs: {shown(store.folder)}")


def shown(path: Path) -> str:
    """A path as short as it can be from here."""
    from leadline.cli.output import visible

    here = Path.cwd()
    return visible(str(path.relative_to(here) if path.is_relative_to(here) else path))
