"""The command ``leadline``, also ``kubectl leadline``: which commands there are, and how every one of them ends.

A command's module is imported when it runs, so that ``leadline --help`` is quick; each has its command as ``command``.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn

import click

import leadline

SECTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "From a file": {
        "check": "Say what is wrong with a file, or what it would do.",
        "run": "Run a search on this machine.",
        "simulate": "Run a search on a fake clock, against formulas.",
    },
    "Searches of a cluster, or of this machine": {
        "list": "List searches: how far they are, and the best value.",
        "trials": "List the trials of a search, the best first.",
        "best": "Print the parameters of the best trial.",
        "explain": "Say where a trial came from and what became of it.",
        "logs": "Print the log of a trial.",
        "wait": "Wait until a search has finished.",
        "suspend": "Start no new trials; let the running ones go on.",
        "resume": "Go on with a search that is suspended or stopped.",
        "stop": "End a search.",
    },
    "Installation": {
        "crd": "Print the CustomResourceDefinitions.",
    },
}
"""Names and short helps, here so that the list of commands needs none of their modules."""

EXIT_STATUSES: Final[Mapping[int, str]] = {
    0: "all went well",
    1: "the search failed (run, wait)",
    2: "wrong usage or an invalid file; with wait: the time is over",
    3: "something is in the way: no such search, no cluster, no permission",
    130: "interrupted by Ctrl-C",
}

COMPLETION: Final = "_LEADLINE_COMPLETE"
"""The environment variable through which shells ask click for completions."""

_SHORT: Final = {name: text for section in SECTIONS.values() for name, text in section.items()}
_DEBUG: Final = "leadline.debug"


class Commands(click.Group):
    """Commands that are imported when they are needed, and whose errors end in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the help."""
        return list(_SHORT)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        if cmd_name not in _SHORT:
            return None
        command: click.Command = import_module(f"leadline.cli.{cmd_name}").command
        if not any(parameter.name == "debug" for parameter in command.params):
            _complete(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant, or the name of the one that most likely is."""
        name = args[0]
        near = difflib.get_close_matches(name, _SHORT, n=1)
        if name not in _SHORT and not name.startswith("-") and near:
            ctx.fail(f"No such command {name!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, by section."""
        for title, section in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(section.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; it returns its exit status, and what it raises comes out as one line with its remedy."""
        try:
            ctx.exit(super().invoke(ctx) or 0)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.meta.get(_DEBUG):
                import traceback

                traceback.print_exc()
            from leadline.cli.errors import explain

            raise explain(error) from error


def _complete(command: click.Command) -> None:
    """Give a command the options that every command has."""

    def remember(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        ctx.meta[_DEBUG] = value or ctx.meta.get(_DEBUG, False)

    debug = click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        callback=remember,
        help="With an error, show where in the program it arose.",
    )
    debug(command)
    # Click keeps the help option under the names with which it is asked for first.
    command.get_help_option(click.Context(command, help_option_names=["-h", "--help"]))


def _epilog() -> str:
    statuses = "\n".join(f"  {status:>3}  {meaning}" for status, meaning in EXIT_STATUSES.items())
    return (
        f"\b\nExit status:\n{statuses}\n\n"
        f'\b\nCompletion, for bash (or zsh, fish):\n  eval "$({COMPLETION}=bash_source leadline)"'
    )


@click.command(cls=Commands, epilog=_epilog(), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(leadline.__version__, prog_name="leadline", message="%(prog)s %(version)s")
def cli() -> None:
    """Search hyper-parameters on Kubernetes, on this machine, or on a fake clock.

    Every command has examples: leadline COMMAND --help
    """


def main() -> NoReturn:
    """The entry point of ``leadline`` and ``kubectl-leadline``."""
    program = "kubectl leadline" if Path(sys.argv[0]).name.startswith("kubectl-") else "leadline"
    sys.exit(_run(program))


def _run(program: str) -> int:
    try:
        status: int = cli.main(prog_name=program, complete_var=COMPLETION, standalone_mode=False)
        sys.stdout.flush()
        return status
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(err=True)
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough (`leadline trials … | head`). Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
