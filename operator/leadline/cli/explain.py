"""``leadline explain``: where a trial came from, what it came to, and why it ended; in sentences, or as data."""

from __future__ import annotations

from typing import Any, Final

import click

from leadline.cli.examples import examples
from leadline.cli.output import cell, output_option, print_data, visible
from leadline.cli.source import Where, complete_group, open_source, source_options
from leadline.cli.which import WHICH, find_trial

_HEADINGS: Final = {
    "suggested": "Where it comes from",
    "results": "What it came to",
    "attempts": "Attempts without a result",
    "state": "How it stands",
}


@click.command(
    epilog=examples(
        ("A trial", "leadline explain digits-svm-7"),
        ("Why the best one was tried at all", "leadline explain digits-svm best"),
        ("For a program", "leadline explain digits-svm-7 -o json | jq .suggestion"),
    )
)
@click.argument("name", metavar="TRIAL|GROUP", shell_complete=complete_group)
@click.argument("which", metavar=WHICH, required=False)
@source_options
@output_option("text", "json", "yaml")
def command(name: str, which: str | None, where: Where, output: str) -> None:
    """Say where a trial came from and what became of it.

    Which algorithm suggested it, in which phase, bracket and rung, how many results it knew, and what it hoped for;
    what each rung came to and where that stands among the others; which attempts were lost, and why the trial is in its
    state. Places are those of now; they may have been others when the search decided.
    """
    from leadline.cli.story import tell

    with open_source(where) as source:
        group, trial = find_trial(source, name, which, "explain")
        story = tell(group, trial, source.trials(group))
    if output == "text":
        _print(story)
    else:
        print_data(story, output)


def _print(story: dict[str, Any]) -> None:
    params = ", ".join(f"{name}={cell(value)}" for name, value in story["params"].items())
    click.echo(visible(f"{story['trial']} ({story['state']}): {params}"))
    for key, heading in _HEADINGS.items():
        sentences = story["sentences"][key]
        if sentences:
            click.echo(f"\n{heading}")
            for sentence in sentences:
                click.echo(f"  {visible(sentence)}")
