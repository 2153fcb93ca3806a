"""Edits of a running search: what each does to the trials that run, told to whoever asks for it."""

from __future__ import annotations

from typing import Any

import click

from leadline.cli.errors import CliError
from leadline.cli.output import visible
from leadline.cli.rows import outcome_of
from leadline.cli.source import Object, Source


def running_of(group: Object) -> int:
    """Trials that run now."""
    return int(((group.get("status") or {}).get("counts") or {}).get("running", 0))


def count(number: int, what: str = "running trial") -> str:
    """ "4 running trials", "1 running trial", "no running trial"."""
    return f"{number or 'no'} {what}{'s' if number > 1 else ''}"


def require_driven(source: Source, group: Object) -> None:
    """Raise CliError where nobody would take notice of an edit."""
    if not source.is_driven(group):
        name = group["metadata"]["name"]
        raise CliError(
            f"nothing runs {name} now: `leadline run` with its file goes on with it, and what that file says counts"
        )


def has_finished(group: Object) -> bool:
    """Whether nothing is left to steer; says so."""
    outcome = outcome_of(group)
    if outcome is None:
        return False
    tell(group, f"has finished already ({outcome.lower()}): nothing was changed")
    return True


def suspend(source: Source, group: Object) -> None:
    """Start no new trials."""
    if has_finished(group):
        return
    if group["spec"].get("suspend"):
        tell(group, "is suspended already: nothing was changed")
        return
    require_driven(source, group)
    source.edit(group, {"suspend": True})
    name, running = group["metadata"]["name"], running_of(group)
    goes_on = (
        f"{count(running)} {'goes' if running == 1 else 'go'} on and will be recorded. "
        if running
        else "None runs now. "
    )
    tell(group, f"suspended: no new trial starts. {goes_on}To go on: leadline resume {name}")


def resume(source: Source, group: Object) -> None:
    """Start trials again, after ``suspend`` or after ``stop``."""
    spec: dict[str, Any] = group["spec"]
    if not spec.get("suspend") and not spec.get("stop"):
        tell(group, "is neither suspended nor stopped: nothing was changed")
        return
    require_driven(source, group)
    source.edit(group, {"suspend": None, "stop": None})
    if spec.get("stop"):
        tell(group, "resumed: it is no longer to stop, and starts the trials that are left of its plan")
    else:
        tell(group, "resumed: new trials start as places are free")


def stop(source: Source, group: Object, now: bool) -> None:
    """End the search: after its running trials, or with them."""
    if has_finished(group):
        return
    spec = group["spec"]
    if spec.get("stop") == "Now" or (spec.get("stop") == "Drain" and not now):
        tell(group, "is stopping already: nothing was changed")
        return
    require_driven(source, group)
    source.edit(group, {"stop": "Now" if now else "Drain"})
    name, running = group["metadata"]["name"], running_of(group)
    if not running:
        what = "none runs now, so it ends at once"
    elif now:
        what = f"{count(running)} {'is' if running == 1 else 'are'} being ended and will count as stopped"
    else:
        what = (
            f"{count(running)} {'comes' if running == 1 else 'come'} to the end first and will be recorded "
            f"(to end {'it' if running == 1 else 'them'} as well: leadline stop {name} --now)"
        )
    tell(group, f"stopping: no new trial starts; {what}. What was found is kept")


def tell(group: Object, what: str) -> None:
    """One sentence about a group."""
    click.echo(visible(f"{group['metadata']['name']} {what}"))
