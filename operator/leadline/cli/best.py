"""``leadline best``: the parameters of the best trial, ready to be used."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import click

from leadline.cli.errors import CliError
from leadline.cli.examples import examples
from leadline.cli.output import cell, output_option, print_data, say, visible
from leadline.cli.rows import at_resource
from leadline.cli.source import Object, Where, complete_group, open_source, source_options


@click.command(
    epilog=examples(
        ("As YAML", "leadline best digits-svm"),
        ("One parameter", "leadline best digits-svm -o json | jq .C"),
        ("Train once more with them", 'set -a; eval "$(leadline best digits-svm -o env)"; python train.py'),
    )
)
@click.argument("group", shell_complete=complete_group)
@source_options
@output_option("yaml", "json", "env")
def command(group: str, where: Where, output: str) -> None:
    """Print the parameters of the best trial of GROUP; its name and value go to standard error.

    -o env prints the variables that every trial finds in its environment, LEADLINE_PARAM_NAME=value, quoted for a
    shell.
    """
    with open_source(where) as source:
        found = source.group(group)
    best = best_of(found)
    params: Mapping[str, Any] = best["params"]
    metric = found["spec"]["matrix"]["metric"]["name"]
    say(visible(f"{best['trial']}: {metric} {cell(best['value'])}{at_resource(found, best)}"))
    if output != "env":
        print_data(dict(params), output)
        return
    from leadline.api.names import ENV_PREFIX
    from leadline.template import text_of

    for name, value in params.items():
        click.echo(f"{ENV_PREFIX}PARAM_{name.upper()}={shlex.quote(text_of(value))}")


def best_of(group: Object) -> Mapping[str, Any]:
    """The best trial as the group's status tells it: trial, number, value, params. Raises CliError."""
    best: Mapping[str, Any] | None = (group.get("status") or {}).get("best")
    if best is not None:
        return best
    name = group["metadata"]["name"]
    if not group["spec"]["matrix"].get("metric"):
        raise CliError(
            f"{name} has no spec.matrix.metric, so none of its trials is the best; "
            f"`leadline trials {name}` lists them"
        )
    progress = (group.get("status") or {}).get("progress") or "none"
    raise CliError(
        f"no trial of {name} has succeeded yet ({progress} done); `leadline trials {name} -o wide` says why"
    )
