"""``leadline check``: what is wrong with a file, in better words than the API server's; else what it would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import indent
from typing import TYPE_CHECKING, Any, Final

import click

from leadline.cli.examples import examples
from leadline.cli.files import InvalidFileError, Mistake, read_group
from leadline.cli.output import Table, cell, output_option, print_data, print_table, yaml_text
from leadline.problems import errors, warnings

if TYPE_CHECKING:
    from leadline.api.matrix import Metric
    from leadline.cli.preview import Preview
    from leadline.search import Parameter

INVALID: Final = 2
MOST_SHOWN: Final = 8
"""Values of a parameter that are shown to people; JSON has all of them up to 1000."""
MOST_LINES: Final = 12
"""Lines of a text in the example that are shown to people."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say of one file: mistakes and warnings, and what it would do where there is no mistake."""

    label: str
    errors: Sequence[Mistake]
    warnings: Sequence[Mistake]
    preview: Preview | None

    def to_dict(self) -> dict[str, Any]:
        """As ``-o json`` prints it."""
        if self.preview is None:
            return {"errors": [_to_dict(mistake) for mistake in self.errors]}
        return self.preview.to_dict([_to_dict(mistake) for mistake in self.warnings])


@click.command(
    epilog=examples(
        ("Before it is applied", "leadline check search.yaml"),
        ("All values of one parameter", "leadline check search.yaml -o json | jq '.params.lr.values'"),
        ("Several files, as in a build", "leadline check experiments/*.yaml"),
    )
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@output_option("text", "json", "yaml")
def command(files: tuple[str, ...], output: str) -> None:
    """Say what is wrong with files, or what they would do; nothing is run and no cluster is asked.

    The verdict is the API server's, and the operator's where it would find more. Each mistake stands on a line of its
    own, as FILE:LINE:COLUMN: FIELD: what is wrong; what to write instead. FILE may be - for standard input.

    For a valid file: the algorithm, the size of the space, the number of trials, the values of each parameter, and the
    Job of the first trial. The exit status is 0 if all files are valid, else 2.

    -o json prints, for one file, {"algorithm", "space": {"size"}, "trials", "concurrency", "params": {NAME: {"kind",
    "values" or "low" and "high", "when" if it has a condition}}, "warnings", "example"}, with "starts" and "brackets":
    [{"bracket", "rungs": [{"trials", "resource"}]}] for searches by rungs and "chosen": {"kind", "reason"} for auto, or
    {"errors": [{"path", "line", "column", "message", "remedy"}]}; for several files a list of these, each with its
    "file". A size or number of trials that is not finite is null.
    """
    verdicts = [_check(path) for path in files]
    if output == "text":
        for index, verdict in enumerate(verdicts):
            if index:
                click.echo()
            _print(verdict)
    elif len(verdicts) == 1:
        print_data(verdicts[0].to_dict(), output)
    else:
        print_data([{"file": verdict.label, **verdict.to_dict()} for verdict in verdicts], output)
    if any(verdict.errors for verdict in verdicts):
        raise click.exceptions.Exit(INVALID)


def _check(path: str) -> Verdict:
    from leadline.cli.preview import PreviewError, preview

    try:
        file = read_group(path)
    except InvalidFileError as error:
        return Verdict(error.label, error.mistakes, (), None)
    warned, wrong = warnings(file.problems), errors(file.problems)
    found = None
    if not wrong:
        try:
            found = preview(file.value)
            warned = (*warned, *found.warnings)
        except PreviewError as error:
            wrong = (error.problem,)
    return Verdict(file.label, file.mistakes(wrong), file.mistakes(warned), found)


def _to_dict(mistake: Mistake) -> dict[str, Any]:
    problem = mistake.problem
    return {
        "path": problem.path,
        "line": mistake.line or None,
        "column": mistake.column or None,
        "message": problem.message,
        "remedy": problem.remedy,
    }


# --- for people ---


def _print(verdict: Verdict) -> None:
    for mistake in (*verdict.errors, *verdict.warnings):
        click.echo(mistake.text(verdict.label))
    found = verdict.preview
    if found is None:
        return
    click.echo(f"{verdict.label}: {click.style('valid', fg='green')}")
    click.echo()
    for name, text in _facts(found).items():
        click.echo(f"{name:<12} {text}")
    if found.params:
        click.echo()
        print_table(_parameters(found))
    if found.brackets:
        click.echo()
        print_table(_brackets(found))
    if found.job is None:
        click.echo("\nThe parameters are the tuner's: there is no first trial to show.")
        return
    click.echo("\nThe first trial, as a Job (shortened; -o yaml prints all of it):\n")
    click.echo(indent(yaml_text(_shortened(found.job)), "  "), nl=False)


def _parameters(found: Preview) -> Table:
    """What each parameter can be, and when it is active where not every trial has it."""
    conditional = any("when" in described for described in found.params.values())
    table = Table(("PARAMETER", "KIND", "VALUES", *(["ACTIVE"] if conditional else [])))
    for name, described in found.params.items():
        parameter = found.space.parameters[name] if found.space is not None else None
        row = (cell(name), described["kind"], _values(described, parameter))
        table.rows.append((*row, _when(described.get("when"))) if conditional else row)
    return table


def _brackets(found: Preview) -> Table:
    """What each bracket gives to how many trials, rung by rung."""
    if not found.starts:
        table = Table(("BRACKET", f"RUNGS ({cell(found.resource)})"))
        for bracket in found.brackets:
            table.add(bracket.s, "  ".join(f"{amount:g}" for amount in bracket.amounts))
        return table
    table = Table(("BRACKET", f"TRIALS @ {cell(found.resource)}, RUNG BY RUNG"))
    for bracket in found.brackets:
        rungs = zip(bracket.sizes, bracket.amounts, strict=True)
        table.add(bracket.s, "  ".join(f"{size:,} @ {amount:g}" for size, amount in rungs))
    return table


def _when(when: Mapping[str, Sequence[Any]] | None) -> str:
    """A condition in words: when optimizer is sgd or momentum."""
    if when is None:
        return "always"
    return "when " + " and ".join(f"{cell(name)} is {_any_of(values)}" for name, values in when.items())


def _any_of(values: Sequence[Any]) -> str:
    if len(values) <= MOST_SHOWN:
        return " or ".join(map(_short, values))
    return f"one of {len(values):,} values, such as {_short(values[0])}"


def _facts(found: Preview) -> dict[str, str]:
    """The search in a few lines, names to texts."""
    seed = "" if found.algorithm in ("grid", "mapping") else "; the seed will be drawn"
    return {
        "search": cell(found.name),
        "algorithm": found.algorithm + (seed if found.seed is None else f", seed {found.seed}"),
        **({"chosen": f"{found.chosen.kind}: {found.chosen.reason}"} if found.chosen is not None else {}),
        "objective": "none: no trial will be the best" if found.metric is None else _objective(found.metric),
        **({"tuner": cell(found.tuner)} if found.tuner else {}),
        **({"stopping": cell("; ".join(found.stopping))} if found.stopping else {}),
        "space": _size(found),
        "trials": "as many as it takes" if found.trials is None else f"{found.trials:,}",
        **({"starts": f"{found.starts:,}, a promotion counted as another one"} if found.starts else {}),
        "concurrency": f"{found.concurrency:,}",
    }


def _size(found: Preview) -> str:
    if not found.params:
        return "open: the tuner names the parameters"
    return "continuous" if found.size is None else f"{found.size:,} points"


def _objective(metric: Metric) -> str:
    which = {"last": "last value", "best": "best value", "mean": "mean value"}[metric.strategy]
    return f"{metric.optimization} {cell(metric.name)} (each trial's {which})"


def _values(described: Mapping[str, Any], parameter: Parameter | None) -> str:
    """The values of a finite parameter, some of many; the bounds of another one."""
    values = described.get("values")
    if values is None:
        more = {key: value for key, value in described.items() if key not in ("kind", "low", "high", "when")}
        rest = "".join(f", {key} {cell(value)}" for key, value in more.items())
        return f"{cell(described['low'])} to {cell(described['high'])}{rest}"
    size = described.get("size", len(values))
    last = values[-1] if parameter is None or parameter.values is None else parameter.values[size - 1]
    chances = described.get("probabilities")
    texts = [_short(value) for value in values]
    if chances is not None:
        texts = [f"{text} ({chance:.3g})" for text, chance in zip(texts, chances, strict=True)]
    if size <= MOST_SHOWN:
        return ", ".join(texts)
    return f"{size:,} values: {', '.join(texts[: MOST_SHOWN - 2])}, … {_short(last)}"


def _short(value: Any, most: int = 40) -> str:
    from leadline.api.yaml_scalars import resolve

    text = "null" if value is None else cell(value)
    if isinstance(value, str) and not isinstance(resolve(value), str):
        text = f'"{text}"'
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _shortened(job: Mapping[str, Any]) -> dict[str, Any]:
    """What of a Job says something about the trial: the user's template, filled in."""
    pod = job["spec"]["template"]["spec"]
    return {
        "kind": job["kind"],
        "metadata": {"name": job["metadata"]["name"]},
        "spec": {"template": {"spec": _cut({**pod, **_without_ours(pod)})}},
    }


def _without_ours(pod: Mapping[str, Any]) -> dict[str, Any]:
    """The containers without the variables that every trial gets."""
    from leadline.api.names import ENV_PREFIX

    found: dict[str, Any] = {}
    for key in ("initContainers", "containers"):
        if key not in pod:
            continue
        found[key] = []
        for container in pod[key]:
            ours = [item for item in container["env"] if item["name"].startswith(ENV_PREFIX)]
            own = [item for item in container["env"] if item not in ours]
            told = {"name": f"{ENV_PREFIX}…", "value": f"{len(ours)} variables: group, trial, parameters"}
            found[key].append({**container, "env": [*own, told]})
    return found


def _cut(value: Any) -> Any:
    """A copy with long texts cut, each with how much is missing."""
    if isinstance(value, Mapping):
        return {key: _cut(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cut(item) for item in value]
    if not isinstance(value, str):
        return value
    lines = value.splitlines()
    if len(lines) > MOST_LINES:
        more = len(lines) - MOST_LINES + 1
        return "\n".join([*map(_cut_line, lines[: MOST_LINES - 1]), f"… {more} more lines", ""])
    return value if len(lines) > 1 else _cut_line(value)


def _cut_line(line: str) -> str:
    return line if len(line) <= 200 else f"{line[:180]}… {len(line) - 180:,} more characters"
