"""The commands of ``leadline``, as their help texts describe them."""

from __future__ import annotations

import click

from leadline.cli.main import EXIT_STATUSES, SECTIONS, cli

from .tables import table

WIDTH = 80
"""Columns of a terminal that shows the help texts as they stand on the page."""


def command_reference() -> str:
    """Every command's help, by section."""
    parts = []
    for title, commands in SECTIONS.items():
        parts.append(f"## {title}")
        for name in commands:
            command = cli.get_command(click.Context(cli), name)
            assert command is not None
            parts.append(f"### leadline {name}\n\n```text\n{_help(command, f'leadline {name}')}\n```")
    return "\n\n".join(parts)


def exit_status_reference() -> str:
    """What each exit status means."""
    return table(("Status", "Meaning"), ([str(status), meaning] for status, meaning in EXIT_STATUSES.items()))


def _help(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    text = command.get_help(context)
    return "\n".join(line.rstrip() for line in text.splitlines())
