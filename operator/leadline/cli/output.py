"""How commands speak: tables, JSON and YAML on standard output, words for people on standard error.

What a trial or a file wrote is shown, never obeyed: control characters come out escaped, so that no text of theirs
moves the cursor or changes a colour. Everything heavy is imported by whoever calls: ``leadline --help`` stays quick.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

F = TypeVar("F", bound=Callable[..., Any])

GAP = "   "
"""Between two columns, as kubectl has it."""
STYLES: Mapping[str, str] = {
    "Succeeded": "green",
    "Running": "cyan",
    "Searching": "cyan",
    "Waiting": "yellow",
    "Suspended": "yellow",
    "Stopping": "yellow",
    "Stopped": "yellow",
    "Failed": "red",
    "Stalled": "red",
}
"""Colours of states, where a terminal has colours."""


# --- text ---


INACTIVE: Final = "-"
"""Stands for the value of a parameter that is not active in a trial."""


def visible(text: str) -> str:
    """The text on one line, with every character escaped that a terminal would not just show."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def visible_lines(text: str) -> list[str]:
    """A text of several lines, each fit to be shown."""
    return [visible(line) for line in text.splitlines()]


def cell(value: Any) -> str:
    """A value as a table shows it: numbers with six digits, texts as they are, lists and maps as JSON."""
    from leadline.template import text_of

    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return visible(text_of(value))


def span(seconds: float) -> str:
    """A stretch of time as kubectl writes it: 45s, 3m20s, 5h12m, 12d."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    return f"{hours}h" if hours < 48 else f"{days}d"


# --- where it goes ---


def console(*, stderr: bool = False, plain: bool = False) -> Console:
    """A console that interprets nothing in what it prints. NO_COLOR and TERM=dumb are honoured by rich itself."""
    from rich.console import Console

    return Console(
        stderr=stderr,
        markup=False,
        emoji=False,
        highlight=False,
        force_terminal=False if plain else None,
        soft_wrap=plain,
    )


def is_live(stream: IO[str], plain: bool = False) -> bool:
    """Whether something may be drawn over again on this stream."""
    return not plain and stream.isatty() and os.environ.get("TERM") not in ("dumb", "")


def say(text: str = "") -> None:
    """A word for people, beside the result."""
    click.echo(text, err=True)


# --- tables ---


@dataclass(slots=True)
class Table:
    """Rows of cells that are ready to be shown. A column in ``styled`` takes its cells' colours from STYLES."""

    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    styled: frozenset[str] = frozenset({"STATE"})

    def add(self, *values: Any) -> None:
        """One more row; each value is made fit to be shown."""
        self.rows.append([cell(value) for value in values])


def print_table(table: Table, *, plain: bool = False) -> None:
    """On a terminal the table fits its width; elsewhere no cell is cut and nothing is coloured."""
    if is_live(sys.stdout, plain):
        _print_rich(table)
    else:
        for line in table_lines(table):
            click.echo(line)


def table_lines(table: Table) -> list[str]:
    """The table as plain lines."""
    from rich.cells import cell_len

    every = [list(table.columns), *table.rows]
    widths = [max(cell_len(row[index]) for row in every) for index in range(len(table.columns))]
    return [
        GAP.join(
            text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in every
    ]


def _print_rich(table: Table) -> None:
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=None, pad_edge=False, padding=(0, len(GAP), 0, 0), header_style="bold")
    for name in table.columns:
        drawn.add_column(visible(name), overflow="fold")
    for row in table.rows:
        drawn.add_row(
            *(
                Text(text, style=STYLES.get(text, "") if name in table.styled else "")
                for name, text in zip(table.columns, row, strict=True)
            )
        )
    console().print(drawn)


# --- for programs ---


def output_option(*formats: str) -> Callable[[F], F]:
    """``-o``, with the formats that a command has; the first one is the default."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print the result.",
    )


def print_data(data: Any, output: str) -> None:
    """One JSON or YAML document."""
    click.echo(yaml_text(data) if output == "yaml" else json_text(data), nl=output != "yaml")


def print_names(resource: str, names: Iterable[str]) -> None:
    """``-o name``, as kubectl prints it: ``optimizationgroup.leadline.dev/digits``."""
    from leadline.api.names import GROUP

    for name in names:
        click.echo(f"{resource}.{GROUP}/{name}")


def json_text(data: Any) -> str:
    """JSON that is safe to look at in a terminal; NaN and infinity are refused with ValueError."""
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    # Line breaks are the layout's: those inside of texts are escaped already.
    return "".join(char if char == "\n" or char.isprintable() else json.dumps(char)[1:-1] for char in text)


def yaml_text(data: Any) -> str:
    """YAML that kubectl, and we, read back as the same values, ``1e-5``, ``y`` and ``12:30`` included."""
    import yaml

    from leadline.api.yaml_scalars import resolve

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, _: Any) -> bool:
            return True

    def represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        style = None
        if not text.replace("\n", "").isprintable():
            style = '"'
        elif "\n" in text:
            style = "|"
        elif not isinstance(resolve(text), str):
            style = "'"
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent)
    text: str = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    # What is not printable stands in double quotes, where YAML knows escapes.
    return "".join(char if char == "\n" or char.isprintable() else f"\\U{ord(char):08x}" for char in text)
