"""``leadline list``: every search, how far it is, and its best value."""

from __future__ import annotations

import time
from typing import Any

import click

from leadline.cli.examples import examples
from leadline.cli.fit import print_whole
from leadline.cli.output import Table, output_option, print_data, print_names, say
from leadline.cli.source import Object, Where, open_source, source_options_with_all

WIDE = ("METRIC", "MESSAGE")
"""Columns that only -o wide has."""


@click.command(
    epilog=examples(
        ("Those of the current namespace", "leadline list"),
        ("All of the cluster, with what they wait for", "leadline list -A -o wide"),
        ("Those that `leadline run` began in this folder", "leadline list --local"),
    )
)
@source_options_with_all
@output_option("table", "wide", "json", "yaml", "name")
def command(where: Where, output: str) -> None:
    """List searches: algorithm, trials done of trials planned, running trials, best value, state and age."""
    from leadline.cli.rows import name_of, outcome_of

    with open_source(where) as source:
        groups = source.groups()
        place = source.place
        idle = {id(group) for group in groups if outcome_of(group) is None and not source.is_driven(group)}
    if output == "name":
        print_names("optimizationgroup", map(name_of, groups))
    elif output in ("json", "yaml"):
        print_data(as_list(groups), output)
    elif not groups:
        say(f"no searches in {place}")
    else:
        _print(groups, idle, wide=output == "wide", namespaces=where.all_namespaces)


def _print(groups: list[Object], idle: set[int], wide: bool, namespaces: bool) -> None:
    """idle: ids of the groups that could go on, and that nobody runs."""
    from leadline.cli.rows import group_row

    rows = []
    for group in groups:
        row = {"NAMESPACE": group["metadata"].get("namespace"), **group_row(group, time.time())}
        rows.append(row | {"STATE": "Interrupted"} if id(group) in idle else row)
    hidden = (*(() if wide else WIDE), *(() if namespaces else ("NAMESPACE",)))
    columns = [name for name in rows[0] if name not in hidden]
    table = Table(columns)
    for row in rows:
        table.add(*(row[name] for name in columns))
    print_whole(table)


def as_list(items: list[Object]) -> dict[str, Any]:
    """Objects as kubectl prints several: without who has written which field."""
    shown = [
        {
            **item,
            "metadata": {key: value for key, value in item["metadata"].items() if key != "managedFields"},
        }
        for item in items
    ]
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": shown}
