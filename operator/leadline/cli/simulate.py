"""``leadline simulate``: the whole search on a fake clock, in a world that is given by formulas."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from leadline.cli.examples import examples
from leadline.cli.files import GroupFile, InvalidFileError, read_group
from leadline.cli.fit import print_whole
from leadline.cli.output import (
    INACTIVE,
    Table,
    cell,
    console,
    is_live,
    output_option,
    print_data,
    span,
    visible,
)
from leadline.cli.results import parameter_names
from leadline.problems import Problem

if TYPE_CHECKING:
    from leadline.cli.worlds import WorldFile
    from leadline.reconcile.observed import Group
    from leadline.simulate.body import Simulation
    from leadline.simulate.meter import SlotMeter
    from leadline.simulate.world import Formulas, WorldError, WrittenWorld

REFRESH = 0.2
"""Seconds between two pictures of the progress."""


@click.command(
    epilog=examples(
        (
            "A valley in the learning rate, with noise",
            'leadline simulate search.yaml --objective "(log10(lr) + 3) ** 2 + 0.1 * z"',
        ),
        (
            "Trials of 10 to 30 minutes, one in twenty fails",
            'leadline simulate search.yaml --objective "sqrt(lr)" --duration "600 + 1200 * u" --failures 0.05',
        ),
        (
            "What depends on a choice",
            "leadline simulate search.yaml --objective \"0.9 if kernel == 'rbf' else 0.8\"",
        ),
        ("The same from a file", "leadline simulate search.yaml --world world.yaml -o json"),
    )
)
@click.argument("file")
@click.option("--objective", metavar="FORMULA", help="The metric's value. Needed if the file has a metric.")
@click.option("--duration", metavar="FORMULA", help="Seconds that an attempt runs.  [default: 60]")
@click.option("--failures", metavar="FORMULA", help="Probability that an attempt fails.  [default: 0]")
@click.option(
    "--disruptions", metavar="FORMULA", help="Probability that the cluster ends an attempt.  [default: 0]"
)
@click.option(
    "--reports",
    metavar="FORMULA",
    help="How often a trial reports its metric; the objective may then use report, the number of one.  [default: 1]",
)
@click.option("--world", "world_file", metavar="FILE", help="YAML with any of these; options win over it.")
@click.option("--seed", type=int, metavar="N", help="Of chance in the formulas.  [default: 0]")
@output_option("table", "json", "yaml")
@click.option("--plain", is_flag=True, help="No progress, no colours.")
@click.option("--quiet", "-q", is_flag=True, help="Show the result only.")
def command(
    file: str,
    objective: str | None,
    duration: str | None,
    failures: str | None,
    disruptions: str | None,
    reports: str | None,
    world_file: str | None,
    seed: int | None,
    output: str,
    plain: bool,
    quiet: bool,
) -> int:
    """Run the search in FILE (- for standard input) on a fake clock: nothing runs but the search itself.

    The algorithm, concurrency, retries, timeouts and limits are the real ones; what trials are worth and how long they
    run is given by formulas, so that thousands of trials take seconds. It tells how long a search takes, how well it
    uses its slots, and what an algorithm finds in a landscape like yours.

    A FORMULA is written as in Python, over the names of the parameters, number and attempt, and chance: u is uniform
    between 0 and 1, z is normal with mean 0 and deviation 1. Functions: abs, cos, exp, floor, log, log10, max, min,
    sin, sqrt. The same seed gives the same chance; a file without a seed of its own searches by this one, too.

    The exit status is 0 if the search succeeds, 1 if it does not.
    """
    from leadline.cli.preview import read_document
    from leadline.cli.worlds import WorldFile
    from leadline.search.errors import ExtensionError
    from leadline.simulate.body import Simulation
    from leadline.simulate.world import WorldError

    group_file = read_group(file)
    group_file.require_valid()
    given = {
        "objective": objective,
        "duration": duration,
        "failures": failures,
        "disruptions": disruptions,
        "reports": reports,
    }
    options = {name: value for name, value in {**given, "seed": seed}.items() if value is not None}
    source = WorldFile(world_file) if world_file is not None else None
    formulas = _formulas({**(source.fields if source is not None else {}), **options}, group_file)
    group = read_document(group_file.value, uid=f"simulated-{formulas.seed}")
    _refuse_rounds(group)
    try:
        simulation = Simulation(group, _world(group_file, group, formulas))
        meter = _run(simulation, shown=not quiet and is_live(sys.stderr, plain))
    except WorldError as error:
        raise _refusal(error, source, options) from None
    except ExtensionError as error:
        raise click.ClickException(str(error)) from None
    if output == "table":
        _print(simulation, meter, plain)
    else:
        print_data(_summary(simulation, meter, formulas), output)
    return 0 if simulation.records.group.status.state == "Succeeded" else 1


def _refuse_rounds(group: Group) -> None:
    """A tuner outside is not asked by a fake clock; one in Python is."""
    from leadline.reconcile.rounds import has_rounds

    assert group.spec is not None
    if has_rounds(group.spec.matrix):
        raise click.ClickException(
            "a tuner in a container or over HTTP can't be simulated; one by entryPoint can, and so can every other kind"
        )


def _formulas(fields: Mapping[str, Any], file: GroupFile) -> Formulas:
    from leadline.simulate.world import DURATION_WITH_RUNGS, Formulas

    texts = {name: str(value) for name, value in fields.items() if name != "seed"}
    if file.value["spec"]["matrix"].get("resource"):
        texts.setdefault("duration", DURATION_WITH_RUNGS)
    return Formulas(**texts, seed=fields.get("seed", 0))


def _world(file: GroupFile, group: Group, formulas: Formulas) -> WrittenWorld:
    from leadline.cli.worlds import example_objective
    from leadline.reconcile.parse import parameter_names
    from leadline.search import parse_space
    from leadline.simulate.world import WrittenWorld

    assert group.spec is not None
    matrix = group.spec.matrix
    if matrix.metric is not None and formulas.objective is None:
        space = parse_space(matrix.params)[0] if matrix.params is not None else None
        example = example_objective(matrix.metric, space, matrix.values)
        raise click.UsageError(
            f"the search needs a value of {cell(matrix.metric.name)} for each trial: give a formula, for example\n\n"
            f'  leadline simulate {file.label} --objective "{example}"'
        )
    names = parameter_names(file.value["spec"]["matrix"])
    resource = matrix.resource.name if matrix.resource is not None else ""
    return WrittenWorld(formulas, matrix.metric, names, resource, resume=bool(matrix.resume))


def _refusal(error: WorldError, source: WorldFile | None, options: Mapping[str, Any]) -> click.ClickException:
    """A formula that can't be used, at the place where it was given."""
    if error.formula in options or source is None:
        return click.BadParameter(error.explanation, param_hint=f"--{error.formula}")
    return InvalidFileError.of(source.label, source.mistake(Problem(error.formula, error.explanation)))


def _run(simulation: Simulation, shown: bool) -> SlotMeter:
    from leadline.simulate.meter import SlotMeter

    meter = SlotMeter(simulation)
    with _progress(simulation, shown) as show:

        def look(simulation: Simulation) -> None:
            meter.look(simulation)
            show()

        simulation.run(look)
    return meter


@contextmanager
def _progress(simulation: Simulation, shown: bool) -> Iterator[Callable[[], None]]:
    """One line on standard error that is drawn over again and again; gives the function that does so now and then."""
    if not shown:
        yield lambda: None
        return
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(28), TextColumn("{task.fields[told]}"))
    drawn = 0.0
    with Progress(*columns, console=console(stderr=True), transient=True, auto_refresh=False) as progress:
        group = simulation.records.group
        task = progress.add_task(group.name, total=group.status.total, told="")

        def show() -> None:
            nonlocal drawn
            if time.monotonic() - drawn < REFRESH:
                return
            drawn = time.monotonic()
            status = simulation.records.group.status
            best = f"  best {cell(status.best.value)}" if status.best is not None else ""
            told = f"{status.progress}  {span(simulation.now - group.created)} simulated{best}"
            done = simulation.records.history.finals()
            progress.update(task, completed=done, total=status.total, told=told, refresh=True)

        yield show


# --- the result ---


def _best_trials(simulation: Simulation) -> list[dict[str, Any]]:
    """The best ten, each with its parameters."""
    from leadline.api.names import trial_name
    from leadline.api.schema import to_dict

    group, history = simulation.records.group, simulation.records.history
    params = {trial_name(group.name, result.number): result.params for result in history.results}
    return [{**to_dict(entry), "params": dict(params[entry.trial])} for entry in group.status.top]


def _summary(simulation: Simulation, meter: SlotMeter, formulas: Formulas) -> dict[str, Any]:
    """As ``-o json`` prints it: the same for the same file, formulas and seed."""
    from dataclasses import asdict

    from leadline.reconcile.summary import summarise

    group = simulation.records.group
    return {
        **summarise(group, simulation.most_at_once, meter.duration, "simulated"),
        "failures": _failures(simulation),
        "slotUsePercent": round(100 * _slot_use(simulation, meter), 1),
        "top": _best_trials(simulation),
        "world": {name: value for name, value in asdict(formulas).items() if value is not None},
    }


def _failures(simulation: Simulation) -> dict[str, int]:
    """How many trials failed for each reason, the most frequent first."""
    # Each failed trial is told once, in an event of its own.
    reasons = Counter(
        str(event.reason)
        for _, event in simulation.events
        if event.trial is not None and event.message.startswith("failed: ")
    )
    return dict(reasons.most_common())


def _slot_use(simulation: Simulation, meter: SlotMeter) -> float:
    spec = simulation.records.group.spec
    return meter.use(spec.matrix.concurrency) if spec is not None else 0.0


def _print(simulation: Simulation, meter: SlotMeter, plain: bool) -> None:
    group = simulation.records.group
    status, counts = group.status, group.status.counts
    parts = {"succeeded": counts.succeeded, "failed": counts.failed, "stopped": counts.stopped}
    told = ", ".join(f"{number:,} {word}" for word, number in parts.items() if number)
    if reasons := _failures(simulation):
        told += "; failed by " + ", ".join(f"{reason} {number:,}" for reason, number in reasons.items())
    # What follows a semicolon is about objects, and there are none here.
    message = cell(status.message.partition("; ")[0])
    click.echo(f"{group.name}: {status.state}" + (f", {message}" if message else ""))
    click.echo(f"trials:    {status.progress}" + (f" ({told})" if told else ""))
    click.echo(f"duration:  {span(meter.duration)} on the simulated clock")
    used = f"{100 * _slot_use(simulation, meter):.0f} % of the time of all slots"
    click.echo(f"at once:   {simulation.most_at_once:,} at most, {used}")
    best = _best_trials(simulation)
    if not best:
        return
    assert group.spec is not None
    names = parameter_names(group.spec)
    rung = () if group.spec.matrix.resource is None else (visible(group.spec.matrix.resource.name),)
    table = Table(("TRIAL", "VALUE", *rung, *names))
    for trial in best:
        values = (trial["params"].get(name, INACTIVE) for name in names)
        table.add(trial["trial"], trial["value"], *(trial["resource"] for _ in rung), *values)
    click.echo()
    print_whole(table, plain=plain)
