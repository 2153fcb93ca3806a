"""``leadline trials``: the trials of one search as a table, the best first, or as data."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

import click

from leadline.cli.examples import examples
from leadline.cli.fit import overflows, print_whole
from leadline.cli.list import as_list
from leadline.cli.output import Table, output_option, print_data, print_names, say, span
from leadline.cli.source import Object, Where, complete_group, open_source, source_options

STATES: Final = ("Pending", "Running", "Paused", "Succeeded", "Failed", "Stopped", "Skipped")
"""As ``api.names.TrialState``, without its import."""


@click.command(
    epilog=examples(
        ("The best first", "leadline trials digits-svm"),
        ("The slowest first", "leadline trials digits-svm --sort=-duration"),
        ("Why trials failed", "leadline trials digits-svm --state failed -o wide"),
        ("For a spreadsheet or a notebook", "leadline trials digits-svm -o csv > trials.csv"),
    )
)
@click.argument("group", shell_complete=complete_group)
@click.option(
    "--sort",
    metavar="FIELD",
    help="value, number, state, start, duration, a parameter or a metric; with - before it, the greatest first.  "
    "[default: the best first]",
)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES, case_sensitive=False),
    help="Only trials in this state; may be given several times.",
)
@source_options
@output_option("table", "wide", "json", "yaml", "csv", "name")
def command(group: str, sort: str | None, states: tuple[str, ...], where: Where, output: str) -> None:
    """List the trials of GROUP, with their parameters and metrics as columns.

    The best trial comes first; trials without a value come last. On a terminal columns of metrics that do not fit are
    left out; -o wide has all of them, and why each trial is in its state. -o csv has every number in full; its columns
    of parameters and metrics are called params.NAME and metrics.NAME.
    """
    from leadline.cli.rows import name_of, state_of

    with open_source(where) as source:
        found = source.group(group)
        every = source.trials(found)
    now = time.time()
    trials = _in_order(found, every, sort, now)
    if states:
        trials = [trial for trial in trials if state_of(trial) in states]
    if output == "name":
        print_names("trial", map(name_of, trials))
    elif output in ("json", "yaml"):
        print_data(as_list(trials), output)
    elif output == "csv":
        _print_csv(found, trials)
    elif not trials:
        say(f"{group} has no trials" + (f" that are {' or '.join(states)}" if every else " yet"))
    elif output == "wide":
        print_whole(_table(found, trials, now, wide=True))
    else:
        _print_fitting(_table(found, trials, now, wide=False), found, trials)


def _in_order(group: Object, trials: Sequence[Object], sort: str | None, now: float) -> list[Object]:
    from leadline.cli.rows import best_first, in_order, sorters

    if sort is None:
        return best_first(group, trials)
    keys = sorters(group, trials, now)
    # A metric's name may begin with a minus itself.
    name = sort if sort in keys else sort.removeprefix("-")
    if name not in keys:
        raise click.BadParameter(f"{name!r} is none of {', '.join(keys)}", param_hint="--sort")
    return in_order(trials, keys[name], descending=name != sort)


def _table(group: Object, trials: Sequence[Object], now: float, wide: bool) -> Table:
    from leadline.cli import rows

    params, metrics = rows.parameter_names(group, trials), rows.metric_names(group, trials)
    resource = rows.resource_name(group)
    rung = () if resource is None else (resource,)
    ours = ("TIME", "ATTEMPT", "NODE", "AGE", "MESSAGE") if wide else ("TIME",)
    table = Table(("TRIAL", "STATE", "VALUE", *rung, *params, *metrics, *ours))
    for trial in trials:
        status = trial.get("status") or {}
        duration = rows.duration_of(trial, now)
        last = {
            "TIME": None if duration is None else span(duration),
            "ATTEMPT": status.get("attempt") or None,
            "NODE": status.get("node"),
            "AGE": rows.age_of(trial, now),
            "MESSAGE": ": ".join(filter(None, (status.get("reason"), status.get("message")))),
        }
        table.add(
            rows.name_of(trial),
            rows.state_of(trial),
            rows.value_of(trial),
            *(rows.resource_of(trial) for _ in rung),
            *(rows.parameter_value(trial, name) for name in params),
            *(rows.metric_value(trial, name) for name in metrics),
            *(last[name] for name in ours),
        )
    return table


def _print_fitting(table: Table, group: Object, trials: Sequence[Object]) -> None:
    """On a terminal, without the last columns of metrics that would not fit."""
    from leadline.cli.rows import metric_names

    metrics = len(metric_names(group, trials))
    left_out = 0
    while left_out < metrics and overflows(table):
        left_out += 1
        # Metrics stand before the last column.
        table = _without_column(table, len(table.columns) - 2)
    print_whole(table)
    if left_out:
        say(f"{left_out} more {'metric' if left_out == 1 else 'metrics'}: -o wide")


def _without_column(table: Table, index: int) -> Table:
    columns = [*table.columns[:index], *table.columns[index + 1 :]]
    return Table(columns, [[*row[:index], *row[index + 1 :]] for row in table.rows])


def _print_csv(group: Object, trials: Sequence[Object]) -> None:
    from leadline.cli import rows
    from leadline.template import text_of

    params, metrics = rows.parameter_names(group, trials), rows.metric_names(group, trials)
    resource = rows.resource_name(group)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    counts = ("attempt", "failures", "disruptions")
    texts = ("startTime", "completionTime", "node", "reason", "message")
    named = [
        *(() if resource is None else ("resource",)),
        *(f"params.{name}" for name in params),
        *(f"metrics.{name}" for name in metrics),
    ]
    writer.writerow(("trial", "number", "state", "value", *named, *counts, *texts))
    for trial in trials:
        status = trial.get("status") or {}
        values: list[Any] = [
            rows.name_of(trial),
            trial["spec"]["number"],
            rows.state_of(trial),
            rows.value_of(trial),
            *(() if resource is None else (rows.resource_of(trial),)),
            *(trial["spec"]["params"].get(name) for name in params),
            *(rows.metric_value(trial, name) for name in metrics),
            *(status.get(name, 0) for name in counts),
            *(status.get(name) for name in texts),
        ]
        writer.writerow(["" if value is None else text_of(value) for value in values])
