"""Which trial is meant: by its name, by group and number, or as the best one or the last that failed."""

from __future__ import annotations

from typing import Final

import click

from leadline.cli.best import best_of
from leadline.cli.errors import CliError
from leadline.cli.source import Object, Source

WORDS: Final = ("best", "failed")
"""What may stand for a trial's number: the best trial, and the one that failed last."""
WHICH: Final = "[best|failed|NUMBER]"
"""The second argument, in a command's help."""


def find_trial(source: Source, name: str, which: str | None, command: str) -> tuple[Object, Object]:
    """The group and the trial that are meant. command: for messages. Raises CliError and click's errors."""
    if which is None and name in WORDS:
        return find_trial(source, _only_group(source, name, command), name, command)
    if which is None:
        trial = _trial_called(source, name, command)
        return source.group(name.rpartition("-")[0]), trial
    group = source.group(name)
    if which == "best":
        return group, source.trial(str(best_of(group)["trial"]))
    if which == "failed":
        return group, _last_failed(source, group)
    if not which.isdigit():
        raise click.BadParameter(f"{which!r} is neither a number nor one of {', '.join(WORDS)}")
    return group, source.trial(f"{name}-{int(which)}")


def _trial_called(source: Source, name: str, command: str) -> Object:
    try:
        return source.trial(name)
    except CliError:
        # Most likely the search was named and the trial forgotten.
        if any(group["metadata"]["name"] == name for group in source.groups()):
            raise click.UsageError(
                f"{name} is a search: name one of its trials, as in `leadline {command} {name} best`"
            ) from None
        raise


def _only_group(source: Source, word: str, command: str) -> str:
    names = [str(group["metadata"]["name"]) for group in source.groups()]
    if len(names) == 1:
        return names[0]
    told = f"there are {len(names)} searches" if names else "there is no search"
    raise click.UsageError(f"{told} in {source.place}: name one, as in `leadline {command} GROUP {word}`")


def _last_failed(source: Source, group: Object) -> Object:
    failed = [trial for trial in source.trials(group) if (trial.get("status") or {}).get("state") == "Failed"]
    if not failed:
        raise CliError(f"no trial of {group['metadata']['name']} has failed")
    # Times as Kubernetes writes them sort as text.
    return max(failed, key=lambda trial: str(trial["status"].get("completionTime") or ""))
